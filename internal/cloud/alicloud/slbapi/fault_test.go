package slbapi

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

func TestParseFault(t *testing.T) {
	t.Parallel()
	want := fault{Code: "C.D", Message: "m & n", RequestID: "r"}
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
		if got := parseFault([]byte(body)); got != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, body := range []string{
		"", " ", "null", `"Code"`, `[{"Code":"C"}]`, `{`, `{"Code":null}`, `{"Code":["C"]}`, `{"Code":true}`,
		"<", "<Error>", "<html><Code>C</Code></html>", "<HTML><Code>C</Code></HTML>", "<Error><A><Code>C</Code></A></Error>",
		"<Error><Code>C</Code></Error><", "text",
	} {
		if got := parseFault([]byte(body)); got.Code != "" {
			t.Errorf("%s: %+v", body, got)
		}
	}
	if got := parseFault([]byte(`{"Code":503,"Message":"m"}`)); got.Code != "503" || got.Message != "m" {
		t.Errorf("number: %+v", got)
	}
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                          "",
		"  a\n\tb\r\n c ":           "a b c",
		"a\x00\x1b[31mb":            "a [31mb",
		"a\xffb":                    "a\uFFFDb",
		strings.Repeat("x", 30):     strings.Repeat("x", 17) + "...",
		strings.Repeat("\u4e16", 9): strings.Repeat("\u4e16", 5) + "...",
	} {
		if got := oneLine(in, 20); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

// Any body at any status: no panic, a class that fits, texts fit to print.
func FuzzErrorBody(f *testing.F) {
	for _, body := range []string{
		"", "{}", "null", `{"Code":"Throttling","Message":"m","RequestId":"r"}`, `{"Code":400}`, `{"Code":{"a":[]}}`,
		`{"Code":"InvalidParameter","Message":"The specified VServerGroupId does not exist."}`,
		`{"Error":{"Code":"a"}}`, `{"Code":"\u0000\n","Message":"\ud800"}`,
		"<Error><Code>SystemBusy</Code><Message>m</Message></Error>", "<Error><Code>a</Code>", "<a/>", "</a>", "<!DOCTYPE html><p>",
		"<?xml version='1.0' encoding='x'?><Error><Code>a</Code></Error>", "<html>\xff\xfe</html>", "\xef\xbb\xbf{",
		"POST https://h/?Signature=abc&x=y", strings.Repeat("{\"Error\":", 50), strings.Repeat("<a>", 50),
	} {
		f.Add(404, []byte(body))
		f.Add(500, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 300 || status > 599 {
			t.Skip("no status of an error")
		}
		x := &exchange{called: true, status: status, body: body}
		r := newReadOperation()
		_, e := (&Client{}).judge(x, r, newRedactor(testKeys))
		if e == nil {
			t.Fatal("no error")
		}
		if e.Class == membership.Unknown {
			t.Errorf("a read has an unknown outcome: %+v", e)
		}
		if e.Class == membership.NotFound && e.Code == "" {
			t.Errorf("not found without a code: %+v", e)
		}
		r.write = true
		if _, w := (&Client{}).judge(x, r, newRedactor(testKeys)); w.Class != e.Class && (w.Class != membership.Unknown || e.Class != membership.Transient) {
			t.Errorf("a read is %s and a write %s", e.Class, w.Class)
		}
		for _, s := range []string{e.Code, e.Message, e.RequestID, e.Error()} {
			if !utf8.ValidString(s) || len(s) > 1000 || strings.ContainsFunc(s, unicode.IsControl) {
				t.Errorf("unfit for an error: %q", s)
			}
		}
		if e.Code == "" && e.Message == "" {
			t.Error("an error that says nothing")
		}
	})
}

// Any body of a success: no panic, and members only with the echo.
func FuzzListBody(f *testing.F) {
	for _, body := range []string{
		"", "{}", `{"VServerGroupId":"rsp-1"}`, `{"VServerGroupId":"rsp-1","BackendServers":{"BackendServer":[{"ServerId":"i-1","Port":"80","Weight":1}]}}`,
		`{"DescribeVServerGroupAttribute":{"VServerGroupId":"rsp-1"}}`, `{"VServerGroupId":"rsp-1","BackendServers":{"BackendServer":{"ServerId":7}}}`,
		`{"VServerGroupId":"rsp-1","BackendServers":[null,{}]}`, `{"VServerGroupId":["rsp-1"]}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		members, err := newClient(t, always(200, string(body))).VServerGroup("rsp-1").List(t.Context())
		if err != nil {
			asError(t, err)
			return
		}
		if !json.Valid(trim(body)) || !strings.Contains(string(body), "rsp-") && !strings.Contains(string(body), `\u`) {
			t.Errorf("believed %q", body)
		}
		for _, m := range members {
			if m.Key.Server == "" || m.Type == "" || m.Type == typeECS && m.Key.Address != "" {
				t.Errorf("member %+v from %q", m, body)
			}
		}
	})
}
