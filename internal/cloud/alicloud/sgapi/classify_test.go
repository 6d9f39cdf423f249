package sgapi

import (
	"fmt"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Answers to a write by class; those of the gateway are tested with SLB's.
func TestAnswersAreClassified(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status        int
		code, message string
		want          membership.Class
	}{
		{400, "IncorrectStatus.ServerGroup", "The status is Creating.", membership.Busy},
		{400, "IncorrectStatus.serverGroup", "", membership.Busy},
		{400, "IncorrectStatus.LoadBalancer", "", membership.Busy},
		{400, "IncorrectStatus.Listener", "", membership.Busy},
		{400, "IncorrectStatus", "", membership.Busy},
		{400, "Conflict.Lock", "The Lock [sgp-1] is conflict.", membership.Busy},
		{400, "OperationFailed.ResourceIsConfiguring", "", membership.Busy},
		{400, "OperationFailed.ResourceGroupStatusCheckFail", "", membership.Busy},
		{400, "ResourceInConfiguring.ServerGroup", "", membership.Busy},
		{400, "IdempotenceProcessing", "", membership.Busy},
		{400, "SystemBusy", "", membership.Busy},

		{400, "Throttling.Api", "Request was denied due to api flow control.", membership.Throttled},
		{429, "Throttling.User", "", membership.Throttled},

		{404, "ResourceNotFound.ServerGroup", "", membership.NotFound},
		{404, "ResourceNotFound.serverGroup", "", membership.NotFound},
		{404, "ResourceNotFound.LoadBalancer", "", membership.Refused},
		{404, "ResourceNotFound.BackendServer", "", membership.MemberNotFound},
		{404, "ResourceNotFound.Ecs", "", membership.MemberNotFound},
		{404, "ResourceNotFound.Eni", "", membership.MemberNotFound},
		{404, "ResourceNotFound.Eci", "", membership.MemberNotFound},
		{400, "IncorrectStatus.Eni", "", membership.Refused},

		{400, "DuplicatedParam.Server", "", membership.AlreadyExists},
		{400, "ResourceAlreadyExist.Server", "", membership.AlreadyExists},
		{400, "SomethingNew", "The server already exists in the group.", membership.AlreadyExists},
		{400, "ResourceInUse.IP", "", membership.Refused},

		{400, "QuotaExceeded.QuotaInsufficient", "The quota of servergroup_servers is exceeded, usage 400/400.", membership.Quota},
		{400, "QuotaExceeded.ServersNum", "At most 40 servers per request.", membership.Refused},

		{400, "Mismatch.VpcId", "", membership.Refused},
		{400, "IllegalParam.IP", "", membership.Refused},
		{400, "MissingParam.IP", "", membership.Refused},
		{400, "OperationDenied.ServerGroupNotSupportIpv6", "", membership.Refused},
		{400, "IdempotenceSignatureMismatch", "", membership.Refused},
		{400, "SomethingNew", "Please try again later.", membership.Transient},
		{403, "Forbidden.NoPermission", "", membership.Denied},
		{404, "InvalidAction.NotFound", "", membership.Denied},
		{503, "ServiceUnavailable", "", membership.Unknown},
		{500, "InternalError", "", membership.Unknown},
	} {
		t.Run(fmt.Sprintf("%d %s %s", tc.status, tc.code, tc.message), func(t *testing.T) {
			t.Parallel()
			both(t, func(t *testing.T, p Product) {
				for form, a := range map[string]reply{
					"an error": fault(tc.status, tc.code, tc.message),
					"a success that is none": {200, fmt.Sprintf(`{"RequestId":"req-9","Success":false,"Code":%q,"Message":%q,"HttpStatusCode":%d}`,
						tc.code, tc.message, tc.status)},
				} {
					c, _ := newClient(t, p, map[string][]reply{"AddServersToServerGroup": {a}})
					e := asError(t, c.Group("sgp-1").Add(t.Context(), []membership.Member{ecs}))
					if e.Class != tc.want || e.Code != tc.code || e.RequestID != "req-9" || e.Partly {
						t.Errorf("%s: %+v, want class %s", form, *e, tc.want)
					}
				}
			})
		})
	}
}
