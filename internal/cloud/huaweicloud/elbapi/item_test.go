package elbapi

import (
	"errors"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// An item that failed is judged by the code and the text that it has, like an
// answer of its own, and keeps them.
func TestAFailedItemSaysWhy(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		item   string // beside the id, the address and the port
		add    membership.Class
		remove membership.Class
		code   string
		says   string
	}{
		"protected":      {`"ret_status":"failed","ret_code":"ELB.8999","ret_msg":"Deletion protection is on"`, membership.Refused, membership.Refused, "ELB.8999", "Deletion protection is on"},
		"no reason":      {`"ret_status":"FAILED"`, membership.Refused, membership.Refused, "", "no reason"},
		"an error":       {`"ret_status":"error","ret_code":8902,"ret_msg":"Unrecognized"`, membership.Refused, membership.Refused, "8902", "Unrecognized"},
		"locked":         {`"ret_status":"failed","ret_code":"ELB.8907","ret_msg":"The member is being updated, try again"`, membership.Busy, membership.Busy, "ELB.8907", "being updated"},
		"full":           {`"ret_status":"failed","ret_code":"ELB.8905","ret_msg":"Quota exceeded"`, membership.Quota, membership.Quota, "ELB.8905", "Quota"},
		"gone":           {`"ret_status":"failed","ret_code":"ELB.8904","ret_msg":"Member ` + memberA + ` could not be found."`, membership.MemberNotFound, membership.MemberNotFound, "ELB.8904", "could not be found"},
		"gone, newer":    {`"ret_status":"failed","ret_code":"ELB.9903","ret_msg":"member ` + memberA + ` not found"`, membership.MemberNotFound, membership.MemberNotFound, "ELB.9903", "not found"},
		"their failure":  {`"ret_status":"failed","ret_code":"ELB.8906","ret_msg":"Internal error"`, membership.Unknown, membership.Unknown, "ELB.8906", "Internal error"},
		"an odd word":    {`"ret_status":"odd","ret_code":"ELB.8999","ret_msg":"why"`, membership.Unknown, membership.Unknown, "ELB.8999", `unknown ret_status "odd": why`},
		"no word at all": {`"ret_code":"ELB.8999"`, membership.Unknown, membership.Unknown, "ELB.8999", `unknown ret_status ""`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := `{"request_id":"req-1","members":[{"id":"` + memberA + `","address":"10.0.0.1","protocol_port":80,` + tt.item +
				`},{"id":"` + memberB + `","address":"10.0.0.2","protocol_port":80,"ret_status":"successful"}]}`
			other := withID(memberB)
			other.Key.Address = "10.0.0.2"
			both := []membership.Member{withID(memberA), other}
			for action, class := range map[string]membership.Class{"BatchCreateMembers": tt.add, "BatchDeleteMembers": tt.remove} {
				g, _ := testGroup(t, answers(200, body))
				do := g.Add
				if action == "BatchDeleteMembers" {
					do = g.Remove
				}
				items, ok := errors.AsType[membership.ItemErrors](do(t.Context(), both))
				if !ok || len(items) != 2 || items[1] != nil {
					t.Fatalf("%s: %v", action, items)
				}
				e := wantClass(t, items[0], class)
				if e.Code != tt.code || !strings.Contains(e.Message, tt.says) || e.RequestID != "req-1" || e.Action != action {
					t.Errorf("%s: %+v", action, e)
				}
			}
		})
	}
}
