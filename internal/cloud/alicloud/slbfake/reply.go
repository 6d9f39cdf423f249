package slbfake

import (
	"fmt"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// refusal is an error answer on its way.
type refusal = acsfake.Refusal

// messages are the usual words of SLB's own codes.
var messages = map[string]string{
	"ServiceIsConfiguring":                     "A previous configuration is pending; please try again later.",
	"VServerGroupProcessing":                   "A previous configuration of the VServer group is pending; please try again later.",
	"OperationBusy":                            "A previous operation is pending; please try again later.",
	"ProcessingSameRequest":                    "The same request is being processed.",
	"BackendServer.configuring":                "A previous configuration of the load balancer is pending; please try again later.",
	"ServiceIsStopping":                        "The listener is stopping; please try again later.",
	"SystemBusy":                               "The system is busy.",
	"BackendServerProcessing":                  "The backend server is being processed; please try again later.",
	"OperationFailed.ServiceGroupProcessing":   "The operation failed because the service group is being processed.",
	"OperationFailed.ListenerStatusNotSupport": "The status of the listener does not support this operation; please try again later.",
	"LbStatusNotSupport":                       "The status of the load balancer does not support this operation.",
	"VpcSystemBusy":                            "The VPC system is busy; please try again later.",
	"LocationServiceTimeout":                   "The location service connection timed out; please try again later.",
	"ActionNotAllowed":                         "The load balancer is locked, and the operation is not allowed.",
	"BackendServer.ServerIdEmpty":              "The ServerId of a backend server is empty.",
	"Mismatched.ZoneId":                        "The zones of the backend server and of the load balancer do not match.",
	"NetworkConflict":                          "The network type of the backend server conflicts with the load balancer's.",
	"MasterSlaveServerConflict":                "The backend server conflicts with a master-slave server group.",
	"InvalidBackendServers.ServerIpConflict":   "The address of the backend server conflicts with another's.",
	"IncorrectStatus.RSByPassToas":             "The status of the backend server does not allow this operation.",
	"OperationUnsupported.AddBackendServer":    "The load balancer does not support this kind of backend server.",
	"OperationDeny.LbNotSupportIPv6Server":     "The load balancer does not support backend servers with IPv6 addresses.",
	"ObtainIpFail":                             "Failed to obtain the IP address: some of the specified backend servers do not exist or are not running.",
	"InvalidServerId.NotFound":                 "The specified ServerId does not exist.",
	"InstanceBackendServerNumberOverLimit":     "The number of backend servers of the load balancer exceeds the quota.",
	"InvalidLoadBalancerId.NotFound":           "The specified LoadBalancerId does not exist.",
	"ListenerNotFound":                         "The specified listener does not exist.",
	"CheckedListenerNotFound":                  "The specified listener with a health check does not exist.",
	"InvalidWeight.Malformed":                  "The specified Weight is not valid: it should be in [0, 100].",
}

func invalid(format string, args ...any) *refusal {
	return &refusal{Status: 400, Code: "InvalidParameter", Message: fmt.Sprintf(format, args...)}
}

// noGroup is how the vendor says that a vserver group does not exist: a code
// that means many things, and HTTP 404.
func noGroup() *refusal {
	return &refusal{Status: 404, Code: "InvalidParameter", Message: "The specified VServerGroupId does not exist."}
}

func noBalancer() *refusal { return &refusal{Status: 404, Code: "InvalidLoadBalancerId.NotFound"} }

// refuse makes an error answer. c.mu is held.
func (c *Cloud) refuse(r *refusal) fakecloud.Reply { return c.front.Refuse(r, c.rules.XMLErrors) }

// answer is a successful answer, before its request id.
type answer = map[string]any
