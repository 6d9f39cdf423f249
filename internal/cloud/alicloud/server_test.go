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
