package apigw

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
)

const (
	maxNesting = 4        // of objects in an error body
	maxFault   = 64 << 10 // bytes of an error body that is looked into at all
)

// fault is what an error body says; empty where it does not.
type fault struct {
	code, message, requestID string
	page                     bool // message is the text of a body that was no JSON object
}

// parseFault reads an error body in any of the forms seen: {error_code,
// error_msg, request_id} of ELB and its gateway, {code, message}, either of
// them nested as in IAM's {"error": {...}}, and pages of proxies. Codes may be
// numbers. The texts are one line each, not yet shortened. A body of more than
// 64 KiB is nobody's error and is not looked into.
func parseFault(body []byte) fault {
	var f fault
	if len(body) > maxFault {
		return fault{page: true}
	}
	if !f.read(body, 0) {
		f.message, f.page = apikit.OneLine(apikit.PageText(string(body))), true
		return f
	}
	f.code, f.message, f.requestID = apikit.OneLine(f.code), apikit.OneLine(f.message), apikit.OneLine(f.requestID)
	if f.message == "" && f.code == "" {
		f.message, f.page = apikit.OneLine(string(body)), true
	}
	return f
}

// read takes what is still missing from a JSON object and the objects in it,
// and tells whether it was one.
func (f *fault) read(raw []byte, depth int) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil || fields == nil {
		return false
	}
	take := func(into *string, names ...string) {
		for _, name := range names {
			if *into == "" {
				*into = Scalar(fields[name])
			}
		}
	}
	take(&f.code, "error_code", "code")
	take(&f.message, "error_msg", "message")
	take(&f.requestID, "request_id")
	if depth == maxNesting {
		return true
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		f.read(fields[name], depth+1)
	}
	if f.message == "" {
		take(&f.message, "error", "msg") // {"error": "text"}
	}
	return true
}

// Scalar is a JSON string's or number's text, empty for anything else.
func Scalar(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}
