package elbapi

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// batchAnswer is the answer to BatchCreateMembers and BatchDeleteMembers. The
// SDK sets HttpStatusCode in whatever an answer is read into.
type batchAnswer struct {
	Members        *[]batchItem `json:"members"`
	RequestID      string       `json:"request_id"`
	HttpStatusCode int          `json:"-"`
}

// batchItem is what the answer says of one member. The SDK's own type cannot
// tell a port that is not there from 0, and has no reason for a failure. Assumed:
// a member has it as the pools of BatchDeletePools have theirs, in ret_code and
// ret_msg.
type batchItem struct {
	ID      string          `json:"id"`
	Address string          `json:"address"`
	Port    *int            `json:"protocol_port"`
	Subnet  string          `json:"subnet_cidr_id"`
	Status  string          `json:"ret_status"`
	Code    json.RawMessage `json:"ret_code"`
	Message json.RawMessage `json:"ret_msg"`
}

// UnmarshalJSON keeps the SDK's decoder out.
func (b *batchItem) UnmarshalJSON(data []byte) error {
	type plain batchItem
	return json.Unmarshal(data, (*plain)(b))
}

// port is the item's port; 0 where the answer has none.
func (b *batchItem) port() int {
	if b.Port == nil {
		return 0
	}
	return *b.Port
}

// outcome is the ret_status as it is compared.
func (b *batchItem) outcome() string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(b.Status)), "_", " ")
}

func (b *batchItem) successful() bool { return b.outcome() == "successful" }

// gone tells of an item of a removal that its member is out.
func (b *batchItem) gone() bool { return b.successful() || b.outcome() == "not found" }

// failure is the error of an item of op whose ret_status is no success. A word
// that says that it failed is as good as an answer that says so, and classified
// as one; any other word, which no document has, promises nothing.
func (b *batchItem) failure(op operation, requestID, member string) *membership.Error {
	e := &membership.Error{
		Class: membership.Unknown, Action: op.action, RequestID: requestID,
		Code: apikit.Word(apigw.Scalar(b.Code)), Message: apikit.Shorten(apikit.OneLine(apigw.Scalar(b.Message)), apikit.MaxMessage),
	}
	status := apikit.Word(b.Status)
	switch b.outcome() {
	case "failed", "failure", "fail", "error":
		e.Class = b.refusal(op, e.Code, e.Message)
		if e.Message == "" {
			e.Message = fmt.Sprintf("the answer for %s has the ret_status %q and no reason", member, status)
		}
	default:
		said := ""
		if e.Message != "" {
			said = ": " + e.Message
		}
		e.Message = fmt.Sprintf("the answer for %s has the unknown ret_status %q%s", member, status, said)
	}
	return e
}

// refusal is the class of an item that failed. It has no status of its own: the
// one that goes with its code is taken.
func (b *batchItem) refusal(op operation, code, message string) membership.Class {
	if code == "" && message == "" {
		return membership.Refused
	}
	status := 400
	if strings.HasPrefix(code, "ELB.") && absent.MatchString(strings.ToLower(message)) {
		status = 404
	}
	return classify(op, status, code, message)
}
