package alicloud

import (
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// A status that does not pass is the load balancer's, and so is the advice; what
// passes by itself has none but what holds on every cloud.
func TestTheAdviceAboutAStatus(t *testing.T) {
	t.Parallel()
	for code, says := range map[string]string{
		"LbStatusNotSupport": "locked", "ListenerStatusNotSupport": "running", "SignatureNonceUsed": "", "SomethingNew": "",
	} {
		got := defaultGroup.advise(&membership.Error{Class: membership.Transient, Code: code, Status: 400}, "", "cn-hangzhou")
		if says == "" && got.Text != "" || !strings.Contains(got.Text, says) {
			t.Errorf("%s: %q, want %q in it", code, got.Text, says)
		}
	}
}

// SLB's quota counts what is behind the load balancer, in whichever of its groups;
// that of ALB and NLB is each group's own.
func TestTheAdviceAboutAQuota(t *testing.T) {
	t.Parallel()
	for says, kinds := range map[string][]serverKind{
		"per load balancer": {defaultGroup, vserverGroup}, "per server group": {albServerGroup, nlbServerGroup},
	} {
		for _, k := range kinds {
			if got := k.advise(&membership.Error{Class: membership.Quota}, "", "cn-hangzhou"); !strings.Contains(got.Text, says) {
				t.Errorf("%s: %q, want %q in it", k.typ, got.Text, says)
			}
		}
	}
}
