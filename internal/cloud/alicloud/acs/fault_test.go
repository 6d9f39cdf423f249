package acs

import "testing"

func TestParseFault(t *testing.T) {
	t.Parallel()
	want := Fault{Code: "C.D", Message: "m & n", RequestID: "r"}
	for name, body := range map[string]string{
		"JSON":             `{"Code":"C.D","Message":"m & n","RequestId":"r","HostId":"h"}`,
		"JSON, lower case": `{"code":"C.D","message":"m & n","requestId":"r"}`,
		"JSON, in Error":   `{"Error":{"Code":"C.D","Message":"m & n","RequestId":"r"}}`,
		"byte order mark":  "\xef\xbb\xbf" + `{"Code":"C.D","Message":"m & n","RequestId":"r"}` + "\n",
		"XML":              `<Error><RequestId>r</RequestId><HostId>h</HostId><Code>C.D</Code><Message>m &amp; n</Message></Error>`,
		"XML, declared":    "<?xml version='1.0' encoding='GBK'?>\n<Error>\n <Code> C.D </Code>\n <Message>m &amp; n</Message>\n <RequestId>r</RequestId>\n</Error>\n",
		"XML, CDATA":       `<Error><Code>C.D</Code><Message><![CDATA[m & n]]></Message><RequestId>r</RequestId></Error>`,
		"XML, in Error":    `<ErrorResponse><Error><Code>C.D</Code><Message>m &amp; n</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
		"XML, twice":       `<Error><Code>C.D</Code><Code>E</Code><Message>m &amp; n</Message><RequestId>r</RequestId></Error>`,
	} {
		if got := ParseFault([]byte(body)); got != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, body := range []string{
		"", " ", "null", `"Code"`, `[{"Code":"C"}]`, `{`, `{"Code":null}`, `{"Code":["C"]}`, `{"Code":true}`,
		"<", "<Error>", "<html><Code>C</Code></html>", "<HTML><Code>C</Code></HTML>", "<Error><A><Code>C</Code></A></Error>",
		"<Error><Code>C</Code></Error><", "text",
	} {
		if got := ParseFault([]byte(body)); got.Code != "" {
			t.Errorf("%s: %+v", body, got)
		}
	}
	if got := ParseFault([]byte(`{"Code":503,"Message":"m"}`)); got.Code != "503" || got.Message != "m" {
		t.Errorf("number: %+v", got)
	}
}
