package tfkit

import (
	"strings"
	"testing"
)

func TestEndpoints(t *testing.T) {
	t.Parallel()
	slb := Endpoint{Example: "slb.example.com"}
	iam := Endpoint{Example: "iam.example.com", Paths: []string{"/v3"}, Region: true}
	for _, tt := range []struct {
		rule Endpoint
		text string
		want string // in the error; "" is accepted
	}{
		{slb, "slb.example.com", ""}, {slb, "slb.example.com:8443", ""}, {slb, "https://slb.example.com", ""},
		{slb, "http://127.0.0.1:41234", ""}, {slb, "http://127.0.0.1:41234/", ""}, {slb, "HTTPS://SLB.example.com", ""},
		{slb, "localhost:80", ""}, {slb, "[2001:db8::1]", ""}, {slb, "http://[::1]:8080", ""}, {slb, "my_host", ""}, {slb, "a.example.", ""},
		{iam, "https://iam.example.com/v3", ""}, {iam, "iam.example.com/v3/", ""}, {iam, "https://iam.example.com", ""},
		{iam, "https://iam.{region}.example.com:8443/v3", ""}, {iam, "{region}", ""},

		{slb, "ftp://slb.example.com", "its scheme is ftp"}, {slb, "://slb.example.com", "scheme"}, {slb, "https:slb.example.com", "port"},
		{slb, "http:/127.0.0.1:80", "not followed by ://"}, {slb, "https://", "no host"}, {slb, "http:///x", "it has a path"},
		{slb, ":8080", "no host"}, {slb, "slb example.com", "a space"}, {slb, " slb.example.com", "a space"}, {slb, "slb.example.com\n", "a space"},
		{slb, "slb.example.com/v3", "it has a path, /v3"}, {slb, "https://slb.example.com/v3", "it has a path, /v3"},
		{iam, "https://iam.example.com/v2", "its path is /v2, where only /v3 may stand"}, {iam, "https://iam.example.com/{region}", "its path is"},
		{slb, "slb.example.com:", `its port is ""`}, {slb, "slb.example.com:0", `"0"`}, {slb, "slb.example.com:65536", "1 to 65535"},
		{slb, "slb.example.com:-1", "port"}, {slb, "slb.example.com:https", "port"}, {slb, "https://https://x", "path"},
		{slb, "2001:db8::1", "stands in brackets"}, {slb, "[2001:db8::1", "stands in brackets"}, {slb, "[127.0.0.1]:80", "no IPv6 address"},
		{slb, "[::1]8080", "no IPv6 address"}, {slb, "[x]:80", "no IPv6 address"}, {slb, "[::1]:99999", "port"},
		{slb, "slb..example.com", "host names"}, {slb, "-slb.example.com", "host names"}, {slb, "slb.{region}.example.com", "host names"},
		{iam, "iam.{Region}.example.com", "host names"}, {slb, "slb,example", "host names"}, {slb, strings.Repeat("a.", 127) + "a", "host names"},
		{slb, "https://user:hush@slb.example.com", "user name"}, {slb, "https://us:hu/sh@slb.example.com", "user name"},
		{slb, "https://slb.example.com?token=hush", "query"}, {slb, "slb.example.com#hush", "fragment"},
	} {
		err := tt.rule.Check(tt.text)
		switch {
		case (err == nil) != (tt.want == ""), err != nil && !strings.Contains(err.Error(), tt.want):
			t.Errorf("%q: %v, want %q", tt.text, err, tt.want)
		case err != nil && (strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "such as "+tt.rule.Example)):
			t.Errorf("%q: %v", tt.text, err)
		}
	}
}

func TestURLs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"http://127.0.0.1:7002/credentials": "", "https://user:hush@keys.example.com/x?token=hush": "", "http://[::1]:80": "",
		"localhost:7002/x?token=hush": "begin with", "ftp://x/hush": "begin with", "http://": "no host", "http://x:99999/hush": "port",
		"http://x y/hush": "space", "http://us:hu/sh@x": "must be a URL", "/hush": "begin with", "http://a..b/hush": "host names",
	} {
		err := CheckURL(text)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush")) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestDomains(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"myhuaweicloud.com": true, "cloud": true, "a.b-c.example": true,
		".com": false, "cloud.": false, "https://cloud.com": false, "cloud.com:8443": false, "cloud.com/": false, "a b": false,
	} {
		if err := CheckDomain(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}
