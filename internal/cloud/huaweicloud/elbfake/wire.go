package elbfake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// refusal is an answer that is not success.
type refusal struct {
	status  int
	code    string
	message string
}

func invalid(format string, args ...any) *refusal {
	return &refusal{http.StatusBadRequest, "ELB.8902", fmt.Sprintf(format, args...)}
}

func notFound(kind, id string) *refusal {
	return &refusal{http.StatusNotFound, "ELB.8904", fmt.Sprintf("%s %s could not be found.", kind, id)}
}

func conflict(format string, args ...any) *refusal {
	return &refusal{http.StatusConflict, "ELB.8907", fmt.Sprintf(format, args...)}
}

type errorBody struct {
	Code      string `json:"error_code"`
	Message   string `json:"error_msg"`
	RequestID string `json:"request_id"`
}

type pageInfo struct {
	Previous string `json:"previous_marker"`
	Next     string `json:"next_marker,omitempty"`
	Count    int    `json:"current_count"`
}

type idRef struct {
	ID string `json:"id"`
}

// Reason is why a health check fails. The two responses are null except where
// ReasonCode is RESPONSE_MISMATCH.
type Reason struct {
	Code     string  `json:"reason_code"`
	Expected *string `json:"expected_response"`
	Actual   *string `json:"healthcheck_response"`
}

type listenerStatus struct {
	Listener string  `json:"listener_id"`
	Status   string  `json:"operating_status"`
	Reason   *Reason `json:"reason,omitempty"`
}

// memberJSON is the Member of the API. Pointers are what some calls leave out.
type memberJSON struct {
	ID           string            `json:"id"`
	Name         string            `json:"name"`
	Project      string            `json:"project_id"`
	AdminStateUp bool              `json:"admin_state_up"`
	Address      string            `json:"address"`
	Port         int               `json:"protocol_port"`
	Weight       int               `json:"weight"`
	IPVersion    string            `json:"ip_version,omitempty"`
	Zone         *string           `json:"availability_zone,omitempty"`
	Subnet       string            `json:"subnet_cidr_id,omitempty"`
	Status       string            `json:"operating_status"`
	Listeners    *[]listenerStatus `json:"status,omitempty"`
	Reason       *Reason           `json:"reason,omitempty"`
	Type         string            `json:"member_type,omitempty"`
	Instance     string            `json:"instance_id,omitempty"`
	PortID       *string           `json:"port_id,omitempty"`
	RetStatus    string            `json:"ret_status,omitempty"`
	Created      string            `json:"created_at"`
	Updated      string            `json:"updated_at"`
}

// reply writes a body and puts the request id in it and in the header. The
// caller holds the lock.
func (c *Cloud) reply(status int, code string, body any) fakecloud.Reply {
	c.requests++
	id := fmt.Sprintf("%032x", c.requests)
	r := fakecloud.Reply{Status: status, Code: code, Header: http.Header{"X-Request-Id": {id}}}
	switch b := body.(type) {
	case nil:
		return r
	case errorBody:
		b.RequestID = id
		r.Body = encode(b)
	case map[string]any:
		b["request_id"] = id
		r.Body = encode(b)
	case iamBody: // IAM's answers carry no request id
		r.Header.Set("X-IAM-Trace-Id", "token_"+id)
		r.Body = encode(b)
	case iamToken:
		r.Header.Set("X-IAM-Trace-Id", "token_"+id)
		r.Header.Set("X-Subject-Token", b.token)
		r.Body = encode(b.body)
	case iamError:
		r.Header.Set("X-IAM-Trace-Id", "token_"+id)
		r.Body = encode(iamBody{"error": b})
	}
	r.ContentType = "application/json;charset=utf-8"
	return r
}

func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // our own types always encode
	}
	return b.Bytes()
}
