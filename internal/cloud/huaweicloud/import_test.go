package huaweicloud

import "testing"

// What is read as an address and a port is written as it is read.
func FuzzAddressPort(f *testing.F) {
	for _, s := range []string{
		"10.0.0.5:8080", "[2001:db8::5]:8080", "[2001:DB8::5]:1", "10.0.0.5", ":80", "10.0.0.5:", "10.0.0.5:65536", "10.0.0.5:-1", "10.0.0.5:0",
		"[fe80::1%eth0]:80", "a/b:80", "10.0.0.5:8080/x", "[::ffff:10.0.0.5]:80",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k, ok := parseAddressPort(s)
		if !ok {
			return
		}
		if again, ok := parseAddressPort(k.String()); !ok || again != k {
			t.Errorf("%q is %+v, written %q, which is read as %+v", s, k, k, again)
		}
	})
}
