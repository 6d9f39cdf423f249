package slbapi

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// jsonFault is an error as SLB sends it.
func jsonFault(code, message string) string {
	return fmt.Sprintf(`{"RequestId":"req-9","HostId":"slb.aliyuncs.com","Code":%q,"Message":%q,"Recommend":"https://api.aliyun.com/troubleshoot?q=x"}`, code, message)
}

// Raw answers by class. A read and a write differ only where the outcome is
// unsure.
func TestAnswersAreClassified(t *testing.T) {
	t.Parallel()
	const unsure = membership.Unknown
	for _, tc := range []struct {
		status        int
		code, message string
		want          membership.Class
	}{
		{400, "ServiceIsConfiguring", "A previous configuration is pending; please try again later.", membership.Busy},
		{400, "VServerGroupProcessing", "", membership.Busy},
		{400, "OperationBusy", "", membership.Busy},
		{400, "ProcessingSameRequest", "The same request is being processed.", membership.Busy},
		{409, "BackendServer.configuring", "A previous configuration of the load balancer is pending", membership.Busy},
		{409, "ServiceIsStopping", "", membership.Busy},
		{449, "SystemBusy", "The system is busy.", membership.Busy},
		{449, "SomethingNew", "", membership.Busy},
		{400, "OperationFailed.ListenerStatusNotSupport", "", membership.Busy},
		{409, "Operation.Conflict", "", membership.Busy},
		{500, "SystemBusy", "", membership.Busy},
		{400, "SystemBusy", "The system is busy.", membership.Busy},
		{400, "OperationBusy", "A previous operation is pending.", membership.Busy},
		{400, "BackendServerProcessing", "The backend server is being added. Please try again later.", membership.Busy},
		{400, "OperationFailed.ServiceGroupProcessing", "The service group is processing.", membership.Busy},
		{400, "ListenerProcessing", "", membership.Busy},
		{400, "ResourceInOperating", "", membership.Busy},
		{409, "OperationDenied.ResourceControl", "", membership.Busy},

		{400, "Throttling", "Request was denied due to request throttling.", membership.Throttled},
		{400, "Throttling.User", "Request was denied due to user flow control.", membership.Throttled},
		{400, "Throttling.Api", "", membership.Throttled},
		{400, "Rejected.Throttling", "", membership.Throttled},
		{429, "TooFast", "", membership.Throttled},
		{503, "Throttling.User", "", membership.Throttled},
		{503, "ServiceUnavailable", "Request was denied due to api flow control.", membership.Throttled},

		{400, "SignatureNonceUsed", "Specified signature nonce was used already.", membership.Transient},
		{400, "LbStatusNotSupport", "The status of the load balancer does not support this operation.", membership.Transient},
		{400, "ListenerStatusNotSupport", "The listener's status does not support this operation, try again later.", membership.Transient},
		{400, "SomethingNew", "The operation failed. Please try again later.", membership.Transient},
		{409, "SomethingNew", "A previous operation is pending.", membership.Transient},
		{409, "SomethingNew", "The server group is processing.", membership.Transient},
		{403, "SomethingNew", "Please try again later.", membership.Refused},

		{503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server.", unsure},
		{500, "InternalError", "The request processing has failed due to some unknown error.", unsure},
		{400, "InternalInvokeError", "", unsure},
		{400, "VpcSystemBusy", "The VPC system is busy. Please retry later.", unsure},
		{400, "LocationServiceTimeout", "Location service connection timeout. Please try again later.", unsure},
		{500, "SomethingNew", "", unsure},
		{502, "InvalidParameter", "The specified VServerGroupId does not exist.", unsure},
		{408, "Slow", "", unsure},

		{404, "InvalidLoadBalancerId.NotFound", "LoadBalancerId does not exist.", membership.NotFound},
		{404, "InvalidParameter", "The specified VServerGroupId does not exist.", membership.NotFound},
		{400, "InvalidParameter", "The specified VServerGroupId does not exist.", membership.NotFound},
		{404, "InvalidLoadBalancerId", "The specified LoadBalancerId does not exist.", membership.NotFound},
		{404, "InvalidParameter", "The specified ListenerPort does not exist.", membership.Refused},
		{404, "InvalidParameter", "", membership.Refused},
		{400, "InvalidParameter", "The VServerGroupId is malformed, or its server does not exist", membership.Refused},
		{404, "APIGW.0101", "The VServerGroupId does not exist", membership.Refused},
		{404, "NotFound", "", membership.Refused},

		{400, "ObtainIpFail", "Some of the specified backend servers do not exist or are not running.", membership.MemberNotFound},
		{404, "InvalidServerId.NotFound", "The specified server is not found.", membership.MemberNotFound},
		{400, "InvalidServerId.NotFound", "", membership.MemberNotFound},
		{400, "InvalidServerId.NotExist", "The specified ServerId is not exist.", membership.MemberNotFound},
		{404, "ResourceNotFound.vServers", "The specified enis eni-1 does not exist.", membership.MemberNotFound},

		{400, "InvalidParameter", "The resource already exists.", membership.AlreadyExists},
		{400, "ResourceAlreadyExist", "", membership.AlreadyExists},

		{400, "InstanceBackendServerNumberOverLimit", "", membership.Quota},
		{400, "QuotaExceeded.BackendServer", "", membership.Quota},
		{400, "OverQuota", "The total is over the quota.", membership.Quota},
		{400, "QuotaLimitExceeds.TotalBackendServersNum", "", membership.Quota},

		{403, "Forbidden", "", membership.Denied},
		{403, "Forbidden.RAM", "", membership.Denied},
		{403, "Forbbiden.SubUser", "", membership.Denied},
		{404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.", membership.Denied},
		{403, "InvalidAccessKeyId.Inactive", "", membership.Denied},
		{400, "SignatureDoesNotMatch", "", membership.Denied},
		{400, "IncompleteSignature", "", membership.Denied},
		{400, "InvalidSecurityToken.Expired", "", membership.Denied},
		{400, "InvalidTimeStamp.Expired", "", membership.Denied},
		{404, "InvalidRegionId.NotFound", "", membership.Denied},
		{404, "InvalidAction.NotFound", "", membership.Denied},
		{401, "SomethingNew", "", membership.Denied},
		{400, "InvalidIdentity", "", membership.Denied},
		{400, "InvalidAuthorization", "", membership.Denied},
		{400, "AUTH.RAM_AUTH_FAILED", "", membership.Denied},
		{400, "OperationFailed.Endpoint", "The RegionId is unavailable in this endpoint.", membership.Denied},

		{400, "TooManyBackendServers", "The total number of input real servers exceeds max supported number: 20", membership.Refused},
		{400, "InvalidParameter", "The specified BackendServers is invalid", membership.Refused},
		{400, "InvalidParameter", "The Rs IP is empty.", membership.Refused},
		{400, "InvalidParameter", "The specified load balancer does not support the network type of the ECS instance.", membership.Refused},
		{400, "InvalidBackendServers.Inconsistent", "", membership.Refused},
		{400, "NetworkConflict", "", membership.Refused},
		{400, "RspoolVipExist", "", membership.Refused},
		{400, "Mismatched.ZoneId", "", membership.Refused},
		{400, "InvalidBackendServers.ServerIpConflict", "", membership.Refused},
		{400, "IncorrectStatus.RSByPassToas", "", membership.Refused},
		{400, "BackendServer.ServerIdEmpty", "", membership.Refused},
		{400, "ActionNotAllowed", "The load balancer is locked.", membership.Refused},
		{400, "MissingParameter", "", membership.Refused},
		{400, "SomethingNew", "", membership.Refused},
	} {
		t.Run(fmt.Sprintf("%d %s %s", tc.status, tc.code, tc.message), func(t *testing.T) {
			t.Parallel()
			forms := map[string]string{
				"JSON": jsonFault(tc.code, tc.message),
				"XML": "<?xml version='1.0' encoding='UTF-8'?><Error><RequestId>req-9</RequestId><HostId>slb.aliyuncs.com</HostId><Code>" +
					tc.code + "</Code><Message>" + tc.message + "</Message></Error>",
			}
			for form, body := range forms {
				c := newClient(t, always(tc.status, body, "Retry-After", "3"))
				g := c.BackendServers("lb-1")
				w := asError(t, g.Add(t.Context(), []membership.Member{ecs}))
				_, err := g.List(t.Context())
				r := asError(t, err)
				if w.Class != tc.want {
					t.Errorf("%s, write: %s, want %s", form, w.Class, tc.want)
				}
				want := tc.want
				if want == unsure {
					want = membership.Transient
				}
				if r.Class != want {
					t.Errorf("%s, read: %s, want %s", form, r.Class, want)
				}
				full := membership.Error{Class: tc.want, Action: "AddBackendServers", Status: tc.status, Code: tc.code,
					Message: tc.message, RequestID: "req-9", After: 3 * time.Second}
				if *w != full {
					t.Errorf("%s: %+v\nwant %+v", form, *w, full)
				}
			}
		})
	}
}

func TestAnswersWithoutACode(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		want   membership.Class // of a write
		says   string
	}{
		"page 404":        {404, "<!DOCTYPE html><html><head><title>404 Not Found</title><style>p{}</style></head><body>nginx</body></html>", membership.Unknown, "404 Not Found nginx"},
		"page 403":        {403, "<html><body><h1>Forbidden</h1></body></html>", membership.Unknown, "Forbidden"},
		"page 502":        {502, "<html>Bad&nbsp;Gateway</html>", membership.Unknown, "Bad Gateway"},
		"code in a page":  {404, "<html><Code>InvalidLoadBalancerId.NotFound</Code></html>", membership.Unknown, "InvalidLoadBalancerId"},
		"broken XML":      {404, "<Error><Code>InvalidLoadBalancerId.NotFound</Code>", membership.Unknown, "InvalidLoadBalancerId"},
		"broken JSON":     {404, `{"Code":"InvalidLoadBalancerId.NotFound"`, membership.Unknown, "InvalidLoadBalancerId"},
		"no code":         {400, `{"Message":"what?"}`, membership.Unknown, "what?"},
		"code of objects": {400, `{"Code":{"a":1},"Message":"what?"}`, membership.Unknown, "what?"},
		"empty 404":       {404, "", membership.Unknown, "empty"},
		"empty 500":       {500, "", membership.Unknown, "empty"},
		"plain 429":       {429, "slow down", membership.Throttled, "slow down"},
		"page 414":        {414, "<html>URI too long</html>", membership.Refused, "URI too long"},
		"redirect":        {302, "<html>moved</html>", membership.Denied, "redirect"},
		"proxy login":     {407, "<html>who are you</html>", membership.Denied, "who are you"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, always(tc.status, tc.body, "X-Acs-Request-Id", "req-h"))
			w := asError(t, c.BackendServers("lb-1").Remove(t.Context(), []membership.Member{ecs}))
			_, err := c.BackendServers("lb-1").List(t.Context())
			r := asError(t, err)
			want := tc.want
			if w.Class != want {
				t.Errorf("write: %s, want %s", w.Class, want)
			}
			if want == membership.Unknown {
				want = membership.Transient
			}
			if r.Class != want {
				t.Errorf("read: %s, want %s", r.Class, want)
			}
			if w.Status != tc.status || w.Code != "" || w.RequestID != "req-h" {
				t.Errorf("%+v", *w)
			}
			if !strings.Contains(w.Error(), tc.says) || strings.ContainsAny(w.Error(), "\n<>") {
				t.Errorf("message %q", w.Error())
			}
		})
	}
}

// A call that got no answer may have been carried out, unless it never left.
func TestCallsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err         error
		write, read membership.Class
	}{
		"no such host": {&net.DNSError{Err: "no such host", Name: "h", IsNotFound: true}, membership.Denied, membership.Denied},
		"refused":      {&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}, membership.Transient, membership.Transient},
		"lost":         {io.ErrUnexpectedEOF, membership.Unknown, membership.Transient},
	} {
		c := newClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return nil, tc.err }))
		w := asError(t, c.BackendServers("lb-1").Remove(t.Context(), []membership.Member{ecs}))
		_, err := c.BackendServers("lb-1").List(t.Context())
		r := asError(t, err)
		if w.Class != tc.write || r.Class != tc.read || !errors.Is(w, tc.err) || w.Status != 0 {
			t.Errorf("%s: write %s, read %s; want %s, %s: %v", name, w.Class, r.Class, tc.write, tc.read, w)
		}
	}
}
