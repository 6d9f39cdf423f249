package huaweicloud

import (
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// What a user may do depends on what was tried, and on what ELB says.
func TestTheAdviceAboutELBsErrors(t *testing.T) {
	t.Parallel()
	const removal, modification = "member_deletion_protection_enable", "protection_status"
	for name, tt := range map[string]struct {
		err     membership.Error
		at      string
		says    []string
		without string
	}{
		"removal of a protected member": {
			err:  membership.Error{Class: membership.Refused, Action: "DeleteMember", Message: "Deletion protection is enabled on this pool"},
			says: []string{removal}, at: "pool_id", without: modification,
		},
		"removal from a protected pool": {
			err:  membership.Error{Class: membership.Refused, Action: "BatchDeleteMembers", Message: "The modification protection is on."},
			says: []string{modification}, at: "pool_id", without: removal,
		},
		"removal, and some protection": {
			err:  membership.Error{Class: membership.Refused, Action: "BatchDeleteMembers", Message: "The pool is under protection."},
			says: []string{removal, modification}, at: "pool_id",
		},
		"addition": {
			err:  membership.Error{Class: membership.Refused, Action: "CreateMember", Message: "The pool is under protection."},
			says: []string{modification}, at: "pool_id", without: removal,
		},
		"change": {
			err:  membership.Error{Class: membership.Refused, Action: "BatchUpdateMembers", Message: "protection_status is consoleProtection"},
			says: []string{modification}, at: "pool_id", without: removal,
		},
		"enterprise project": {
			err:  membership.Error{Class: membership.Denied, Code: "ELB.1202", Status: 400, Message: "enterprise_project_id can not be empty"},
			says: []string{"enterprise project"}, at: "pool_id",
		},
		"something is gone": {
			err:  membership.Error{Class: membership.Denied, Code: "ELB.9800", Status: 404, Message: "The resource could not be found."},
			says: []string{"pool_id", "eu-1", "terraform state rm"}, at: "pool_id",
		},
		"no such API": {
			err:  membership.Error{Class: membership.Denied, Code: "APIGW.0101", Status: 404, Message: "The API does not exist"},
			says: []string{"endpoints"}, without: "state rm",
		},
	} {
		got := advise(&tt.err, "it is there", "eu-1")
		if at := got.Path.String(); at != tt.at {
			t.Errorf("%s: at %q, want %q", name, at, tt.at)
		}
		for _, part := range tt.says {
			if !strings.Contains(got.Text, part) {
				t.Errorf("%s: %q, want %q in it", name, got.Text, part)
			}
		}
		if tt.without != "" && strings.Contains(got.Text, tt.without) {
			t.Errorf("%s: %q, and %q has nothing to do with it", name, got.Text, tt.without)
		}
		if !strings.HasSuffix(got.Text, ".") {
			t.Errorf("%s: %q has no end", name, got.Text)
		}
	}
}
