package acsfake

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// Refusal is an error answer on its way.
type Refusal struct {
	Status  int
	Code    string
	Message string // "" is the code's usual one
}

// messages are the usual words of the codes that every product has.
var messages = map[string]string{
	"Throttling":                                 "Request was denied due to request throttling.",
	"Throttling.User":                            "Request was denied due to user flow control.",
	"Throttling.Api":                             "Request was denied due to api flow control.",
	"ServiceUnavailable":                         "The request has failed due to a temporary failure of the server.",
	"InternalError":                              "The request processing has failed due to some unknown error.",
	"InvalidAccessKeyId.NotFound":                "Specified access key is not found.",
	"InvalidTimeStamp.Format":                    "Specified time stamp or date value is not well formatted.",
	"InvalidTimeStamp.Expired":                   "Specified time stamp or date value is expired.",
	"Forbidden.RAM":                              "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
	"SignatureNonceUsed":                         "Specified signature nonce was used already.",
	"MissingSecurityToken":                       "SecurityToken is mandatory for this action.",
	"InvalidSecurityToken.Expired":               "Specified SecurityToken is expired.",
	"InvalidSecurityToken.MismatchWithAccessKey": "Specified SecurityToken mismatch with the AccessKey.",
}

// Missing is how the vendor says that a parameter is not there.
func Missing(param string) *Refusal {
	return &Refusal{Status: 400, Code: "MissingParameter", Message: fmt.Sprintf(
		"The input parameter %q that is mandatory for processing this request is not supplied.", param)}
}

// errorBody is an error on the wire, JSON or XML.
type errorBody struct {
	XMLName   xml.Name `json:"-" xml:"Error"`
	RequestID string   `json:"RequestId" xml:"RequestId"`
	HostID    string   `json:"HostId" xml:"HostId"`
	Code      string   `json:"Code" xml:"Code"`
	Message   string   `json:"Message" xml:"Message"`
	Recommend string   `json:"Recommend,omitempty" xml:"Recommend,omitempty"`
}

// Refuse makes an error answer, in XML where asked.
func (f *Front) Refuse(r *Refusal, inXML bool) fakecloud.Reply {
	body := errorBody{
		RequestID: f.Gate.NextRequest(), HostID: f.Host, Code: r.Code, Message: f.Words(r),
		Recommend: "https://error-center.alibabacloud.com/status/search?Keyword=" + r.Code + "&source=PopGw",
	}
	if inXML {
		b, err := xml.Marshal(body)
		if err != nil {
			panic(err) // a struct of strings always marshals
		}
		return fakecloud.Reply{Status: r.Status, ContentType: "text/xml;charset=utf-8", Body: append([]byte(xml.Header), b...), Code: r.Code}
	}
	reply := jsonReply(r.Status, body)
	reply.Code = r.Code
	return reply
}

// Words are what a refusal says: its own message, or its code's usual one.
func (f *Front) Words(r *Refusal) string {
	return cmp.Or(r.Message, f.Messages[r.Code], messages[r.Code], r.Code)
}

// Answer makes a successful answer, with a request id.
func (f *Front) Answer(fields map[string]any) fakecloud.Reply {
	fields["RequestId"] = f.Gate.NextRequest()
	return jsonReply(200, fields)
}

// NextRequest is the next request's id, in the vendor's form.
func (g *Gate) NextRequest() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.requestID()
}

func jsonReply(status int, body any) fakecloud.Reply {
	b, err := json.Marshal(body)
	if err != nil {
		panic(err) // maps of strings, numbers and lists always marshal
	}
	return fakecloud.Reply{Status: status, ContentType: "application/json;charset=utf-8", Body: b}
}
