package apigw

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// bodies are error bodies as they were seen, and worse.
var bodies = map[string]fault{
	`{"error_msg":"Quota exceeded","error_code":"ELB.8905","request_id":"r1"}`:                       {code: "ELB.8905", message: "Quota exceeded", requestID: "r1"},
	`{"code":"X.1","message":"two  lines\nof it"}`:                                                   {code: "X.1", message: "two lines of it"},
	`{"error":{"code":401,"message":"The request requires authentication.","title":"Unauthorized"}}`: {code: "401", message: "The request requires authentication."},
	`{"error":{"error_code":"A.1","error_msg":"m"},"request_id":"r"}`:                                {code: "A.1", message: "m", requestID: "r"},
	`{"error":{"error_code":"in","error_msg":"inner"},"error_code":"out","error_msg":"outer"}`:       {code: "out", message: "outer"},
	`{"error_code":"A.1","error_msg":""}`:                                                            {code: "A.1"},
	`{"error_code":"A.1","error_msg":null,"message":"m"}`:                                            {code: "A.1", message: "m"},
	`{"error":"invalid_client"}`:                                                                     {message: "invalid_client"},
	`{"unexpected":true}`:                                                                            {message: `{"unexpected":true}`, page: true},
	``:                                                                                               {page: true},
	`null`:                                                                                           {message: "null", page: true},
	`[1,2]`:                                                                                          {message: "[1,2]", page: true},
	`{"error_code":"A`:                                                                               {message: `{"error_code":"A`, page: true},
	"<html><head><title>503 Service\nUnavailable</title><style>b{}</style></head><body><!-- x --><h1>503 &amp; out</h1>\r\n<script>alert(1)</script></body></html>": {message: "503 Service Unavailable 503 & out", page: true},
	"plain\x00 text\x1b[31m\xff": {message: "plain text [31m", page: true},
}

func TestErrorBodiesAreRead(t *testing.T) {
	t.Parallel()
	for body, want := range bodies {
		if got := parseFault([]byte(body)); got != want {
			t.Errorf("%q\n got %+v\nwant %+v", body, got, want)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	for body := range bodies {
		f.Add([]byte(body))
	}
	f.Add([]byte(strings.Repeat(`{"a":`, 50) + `{"error_code":"deep","error_msg":"m"}` + strings.Repeat("}", 50)))
	f.Add([]byte("<" + strings.Repeat("<title>", 100)))
	f.Add([]byte(`{"error_code":{"error_code":["x"]},"error_msg":1e999,"code":-0}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got := parseFault(body)
		if got != parseFault(body) {
			t.Fatal("reads one body in two ways")
		}
		for _, s := range []string{got.code, got.message, got.requestID} {
			if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r != ' ' && (unicode.IsSpace(r) || !unicode.IsPrint(r)) }) {
				t.Fatalf("%q is not one clean line", s)
			}
		}
	})
}
