package slbfake

import (
	"encoding/json"
	"encoding/xml"
	"fmt"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// refusal is an error answer on its way.
type refusal struct {
	status  int
	code    string
	message string // "" is the code's usual one
}

// messages are the usual words of each code.
var messages = map[string]string{
	"ServiceIsConfiguring":                       "A previous configuration is pending; please try again later.",
	"VServerGroupProcessing":                     "A previous configuration of the VServer group is pending; please try again later.",
	"OperationBusy":                              "A previous operation is pending; please try again later.",
	"ProcessingSameRequest":                      "The same request is being processed.",
	"BackendServer.configuring":                  "A previous configuration of the load balancer is pending; please try again later.",
	"ServiceIsStopping":                          "The listener is stopping; please try again later.",
	"SystemBusy":                                 "The system is busy.",
	"BackendServerProcessing":                    "The backend server is being processed; please try again later.",
	"OperationFailed.ServiceGroupProcessing":     "The operation failed because the service group is being processed.",
	"OperationFailed.ListenerStatusNotSupport":   "The status of the listener does not support this operation; please try again later.",
	"LbStatusNotSupport":                         "The status of the load balancer does not support this operation.",
	"VpcSystemBusy":                              "The VPC system is busy; please try again later.",
	"LocationServiceTimeout":                     "The location service connection timed out; please try again later.",
	"ActionNotAllowed":                           "The load balancer is locked, and the operation is not allowed.",
	"BackendServer.ServerIdEmpty":                "The ServerId of a backend server is empty.",
	"Mismatched.ZoneId":                          "The zones of the backend server and of the load balancer do not match.",
	"NetworkConflict":                            "The network type of the backend server conflicts with the load balancer's.",
	"MasterSlaveServerConflict":                  "The backend server conflicts with a master-slave server group.",
	"InvalidBackendServers.ServerIpConflict":     "The address of the backend server conflicts with another's.",
	"IncorrectStatus.RSByPassToas":               "The status of the backend server does not allow this operation.",
	"OperationUnsupported.AddBackendServer":      "The load balancer does not support this kind of backend server.",
	"OperationDeny.LbNotSupportIPv6Server":       "The load balancer does not support backend servers with IPv6 addresses.",
	"Throttling":                                 "Request was denied due to request throttling.",
	"Throttling.User":                            "Request was denied due to user flow control.",
	"Throttling.Api":                             "Request was denied due to api flow control.",
	"ServiceUnavailable":                         "The request has failed due to a temporary failure of the server.",
	"InternalError":                              "The request processing has failed due to some unknown error.",
	"ObtainIpFail":                               "Failed to obtain the IP address: some of the specified backend servers do not exist or are not running.",
	"InvalidServerId.NotFound":                   "The specified ServerId does not exist.",
	"InstanceBackendServerNumberOverLimit":       "The number of backend servers of the load balancer exceeds the quota.",
	"InvalidLoadBalancerId.NotFound":             "The specified LoadBalancerId does not exist.",
	"ListenerNotFound":                           "The specified listener does not exist.",
	"CheckedListenerNotFound":                    "The specified listener with a health check does not exist.",
	"InvalidWeight.Malformed":                    "The specified Weight is not valid: it should be in [0, 100].",
	"InvalidAccessKeyId.NotFound":                "Specified access key is not found.",
	"InvalidTimeStamp.Format":                    "Specified time stamp or date value is not well formatted.",
	"InvalidTimeStamp.Expired":                   "Specified time stamp or date value is expired.",
	"Forbidden.RAM":                              "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
	"SignatureNonceUsed":                         "Specified signature nonce was used already.",
	"MissingSecurityToken":                       "SecurityToken is mandatory for this action.",
	"InvalidSecurityToken.Expired":               "Specified SecurityToken is expired.",
	"InvalidSecurityToken.MismatchWithAccessKey": "Specified SecurityToken mismatch with the AccessKey.",
}

func missing(param string) *refusal {
	return &refusal{status: 400, code: "MissingParameter", message: fmt.Sprintf(
		"The input parameter %q that is mandatory for processing this request is not supplied.", param)}
}

func invalid(format string, args ...any) *refusal {
	return &refusal{status: 400, code: "InvalidParameter", message: fmt.Sprintf(format, args...)}
}

// noGroup is how the vendor says that a vserver group does not exist: a code
// that means many things, and HTTP 404.
func noGroup() *refusal {
	return &refusal{status: 404, code: "InvalidParameter", message: "The specified VServerGroupId does not exist."}
}

func noBalancer() *refusal { return &refusal{status: 404, code: "InvalidLoadBalancerId.NotFound"} }

// errorBody is an error on the wire, JSON or XML.
type errorBody struct {
	XMLName   xml.Name `json:"-" xml:"Error"`
	RequestID string   `json:"RequestId" xml:"RequestId"`
	HostID    string   `json:"HostId" xml:"HostId"`
	Code      string   `json:"Code" xml:"Code"`
	Message   string   `json:"Message" xml:"Message"`
	Recommend string   `json:"Recommend,omitempty" xml:"Recommend,omitempty"`
}

// refuse makes an error answer. c.mu is held.
func (c *Cloud) refuse(r *refusal) fakecloud.Reply {
	body := errorBody{
		RequestID: c.requestID(), HostID: "slb.aliyuncs.com",
		Code: r.code, Message: orDefault(r.message, orDefault(messages[r.code], r.code)),
		Recommend: "https://error-center.alibabacloud.com/status/search?Keyword=" + r.code + "&source=PopGw",
	}
	if c.rules.XMLErrors {
		b, err := xml.Marshal(body)
		if err != nil {
			panic(err) // a struct of strings always marshals
		}
		return fakecloud.Reply{Status: r.status, ContentType: "text/xml;charset=utf-8", Body: append([]byte(xml.Header), b...), Code: r.code}
	}
	reply := jsonReply(r.status, body)
	reply.Code = r.code
	return reply
}

// answer is a successful answer, before its request id.
type answer map[string]any

func jsonReply(status int, body any) fakecloud.Reply {
	b, err := json.Marshal(body)
	if err != nil {
		panic(err) // maps of strings, numbers and lists always marshal
	}
	return fakecloud.Reply{Status: status, ContentType: "application/json;charset=utf-8", Body: b}
}

// requestID is the next request's id, in the vendor's form. c.mu is held.
func (c *Cloud) requestID() string {
	c.requests++
	return fmt.Sprintf("FA4E0000-0000-4000-8000-%012X", c.requests)
}
