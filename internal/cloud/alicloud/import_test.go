package alicloud

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

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
		p := parseVServerGroupServerID(id)
		if !validServer(p.VServerGroupID, p.ServerID, p.ServerIP) {
			return
		}
		for _, part := range []types.String{p.VServerGroupID, p.ServerID} {
			if !tfkit.ValidName(part.ValueString()) {
				t.Errorf("%q was taken, with the part %s", id, part)
			}
		}
		if port := p.Port.ValueInt64(); port < 0 || port > 65535 {
			t.Errorf("%q was taken, with port %d", id, port)
		}
		m := vserverGroupServerModel{VServerGroupID: p.VServerGroupID, Port: p.Port}
		m.ServerID, m.Type = p.ServerID, types.StringValue(typeECS)
		if p.ServerIP.IsNull() && !p.Port.IsNull() {
			if again := parseVServerGroupServerID(m.importID()); again != p {
				t.Errorf("%q is written as %q, which is read as something else", id, m.importID())
			}
		}
	})
}
