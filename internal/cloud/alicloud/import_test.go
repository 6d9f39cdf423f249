package alicloud

import (
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// Whatever is given for an import id is refused, or comes out as parts that can
// be in no request but where they belong.
func FuzzVServerGroupServerImportID(f *testing.F) {
	for _, id := range []string{
		"rsp-1:i-1:80", "rsp-1:eni-1:10.0.0.1:80", "rsp-1:eni-1:[2001:db8::1]:80", "rsp-1:eni-1:2001:db8::1:80", "", ":", "::", "rsp-1:i-1:",
		"rsp-1:i-1:0", "rsp-1:i-1:65536", "rsp-1:i-1:-1", "rsp-1:i-1:+80", "a/b:c?d:80", "rsp-1:i-1:10.0.0.1:10.0.0.2:80", "rsp-1:i-1:8080 ",
	} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		p := vserverGroup.parseID(id)
		if !vserverGroup.valid(p) {
			return
		}
		for _, part := range []string{p.group, p.server} {
			if !tfkit.ValidName(part) {
				t.Errorf("%q was taken, with the part %s", id, part)
			}
		}
		if p.port < 1 || p.port > 65535 {
			t.Errorf("%q was taken, with port %d", id, p.port)
		}
		if again := vserverGroup.parseID(vserverGroup.importID(p)); again != p {
			t.Errorf("%q is written as %q, which is read as something else", id, vserverGroup.importID(p))
		}
	})
}

// The id of a server group's member tells an address that is the server from one
// that is a network interface's, and takes port 0 where a group forwards to any
// port.
func TestServerGroupServerImportID(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		kind serverKind
		id   string
		want place // nothing where the id is malformed
	}{
		{albServerGroup, "sgp-1:i-1:80", place{group: "sgp-1", server: "i-1", port: 80}},
		{albServerGroup, "sgp-1:eni-1:10.0.0.1:80", place{group: "sgp-1", server: "eni-1", address: "10.0.0.1", port: 80}},
		{albServerGroup, "sgp-1:eni-1:[2001:db8::1]:80", place{group: "sgp-1", server: "eni-1", address: "2001:db8::1", port: 80}},
		{albServerGroup, "sgp-1:10.0.0.1:80", place{group: "sgp-1", server: "10.0.0.1", port: 80}},
		{albServerGroup, "sgp-1:[2001:db8::1]:80", place{group: "sgp-1", server: "2001:db8::1", port: 80}},
		{albServerGroup, "sgp-1:2001:db8::1:80", place{}},
		{albServerGroup, "sgp-1:[2001:db8::1]:10.0.0.1:80", place{}},
		{albServerGroup, "sgp-1:10.0.0.1:10.0.0.2:80", place{}},
		{albServerGroup, "sgp-1:[2001:db8::1]80", place{}},
		{albServerGroup, "sgp-1:[i-1]:80", place{}},
		{albServerGroup, "sgp-1:i-1:0", place{}},
		{albServerGroup, "sgp-1:i-1", place{}},
		{nlbServerGroup, "sgp-1:i-1:0", place{group: "sgp-1", server: "i-1"}},
		{nlbServerGroup, "sgp-1:[2001:db8::1]:0", place{group: "sgp-1", server: "2001:db8::1"}},
		{nlbServerGroup, "sgp-1:i-1:", place{}},
		{nlbServerGroup, "sgp-1:i-1", place{}},
		{nlbServerGroup, "sgp-1:i-1:65536", place{}},
	} {
		got := row.kind.parseID(row.id)
		if !row.kind.valid(got) {
			got = place{}
		}
		if got != row.want {
			t.Errorf("%s: %q is %+v, want %+v", row.kind.product, row.id, got, row.want)
		}
		if id := row.kind.importID(got); got != (place{}) && id != row.id {
			t.Errorf("%s: %q is written as %q", row.kind.product, row.id, id)
		}
	}
}

// The id of the default group's members has no port.
func TestBackendServerImportID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]place{
		"lb-1:i-1":                 {group: "lb-1", server: "i-1"},
		"lb-1:eni-1:10.0.0.1":      {group: "lb-1", server: "eni-1", address: "10.0.0.1"},
		"lb-1:eni-1:[2001:db8::1]": {group: "lb-1", server: "eni-1", address: "2001:db8::1"},
		"lb-1:eni-1:2001:db8::1":   {group: "lb-1", server: "eni-1", address: "2001:db8::1"},
		"lb-1":                     {},
		"lb-1:":                    {},
		"lb-1:i-1:":                {},
		"lb-1:i-1:80":              {},
		"":                         {},
	} {
		got := defaultGroup.parseID(id)
		if !defaultGroup.valid(got) {
			got = place{}
		}
		if got != want {
			t.Errorf("%q: %+v, want %+v", id, got, want)
		}
	}
	if id := defaultGroup.importExample(); id != "lb-bp1example:i-bp1example" {
		t.Error(id)
	}
	if id := vserverGroup.importExample(); id != "rsp-bp1example:i-bp1example:8080" {
		t.Error(id)
	}
}
