package apikit

import (
	"strings"
	"testing"
)

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"slb.example.com":           "https://slb.example.com",
		"slb.example.com:8443":      "https://slb.example.com:8443",
		" https://slb.example.com/": "https://slb.example.com",
		"iam.example.com/v3":        "https://iam.example.com",
		"https://h/v3/":             "https://h",
		"http://127.0.0.1:8080":     "http://127.0.0.1:8080",
		"[::1]:8080":                "https://[::1]:8080",
	} {
		if got, err := ParseEndpoint("IAM", given, "/v3"); err != nil || got.String() != want {
			t.Errorf("%q gives %v, %v; want %s", given, got, err, want)
		}
	}
	for given, says := range map[string]string{
		"https://h/x": "path", "https://h/v3/x": "path", "ftp://h": "scheme", "https://:80": "host", "": "host",
		"https://u:hunter2@h": "without user", "https://h?hunter2": "without user", "https://u:hunter2@h:x": "not a host",
	} {
		_, err := ParseEndpoint("IAM", given, "/v3")
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "IAM endpoint") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q gives %v, want an error about %q", given, err, says)
		}
	}
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.8.9.1": true, "::1": true, "::ffff:127.0.0.1": true, "LOCALHOST": true, "x.localhost": true,
		"10.0.0.1": false, "example.com": false, "localhost.example.com": false, "": false,
	} {
		if Loopback(host) != want {
			t.Errorf("%q: want %t", host, want)
		}
	}
}

func TestUnprotected(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		"http://slb.example.com": true, "http://10.0.0.1:80": true, "HTTP://x": true, "http://localhost.example.com": true,
		"https://slb.example.com": false, "slb.example.com": false, "": false, "http://127.0.0.1:8080": false,
		"http://localhost": false, "http://[::1]:80": false, "http://a.localhost": false, "http://127.1.2.3/": false,
		"http://elb.{region}.example.com": true, "http://127.0.0.1.example.com": true, "http://%zz": false,
	} {
		if got := Unprotected(in); got != want {
			t.Errorf("%q: %t", in, got)
		}
	}
}
