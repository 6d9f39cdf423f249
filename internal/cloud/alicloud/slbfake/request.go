package slbfake

import (
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

const (
	apiVersion    = "2014-05-15"
	balancerParam = "LoadBalancerId"
	groupParam    = "VServerGroupId"
)

// action is one action of the API.
type action struct {
	target   string   // the parameter that names the load balancer or group, and is required; "": none does
	write    bool     // changes state
	required []string // besides the target
	optional []string
	lists    []string // those of the parameters that hold members
	ported   bool     // its members have ports
	idList   bool     // its members may be plain ids
	run      func(*Cloud, *request) (answer, *refusal)
}

// request is a decoded call.
type request struct {
	call    *fakecloud.Call
	action  *action
	params  map[string]string
	members map[string][]item // by parameter
}

// commonParams go with every action: those of the RPC style, and the owner's,
// which clients may send and nothing here depends on.
var commonParams = []string{
	"Action", "Version", "Format", "RegionId", "AccessKeyId", "SecurityToken", "Timestamp",
	"Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce", "SignatureType",
	"OwnerId", "OwnerAccount", "ResourceOwnerId", "ResourceOwnerAccount", "SourceIp", "SecureTransport",
}

// Parse identifies a call and checks all of it that does not depend on load
// balancers.
func (c *Cloud) Parse(call *fakecloud.Call) *fakecloud.Reply {
	c.mu.Lock()
	defer c.mu.Unlock()
	refused := c.parse(call)
	if refused == nil {
		return nil
	}
	reply := c.refuse(refused)
	return &reply
}

func (c *Cloud) parse(call *fakecloud.Call) *refusal {
	if c.parsePlain(call) {
		return nil
	}
	params, err := readParams(call)
	if err != nil {
		return c.unsupported("%s %s: %v", call.HTTP.Method, call.HTTP.URL.Path, err)
	}
	call.Op = params["Action"]
	if sts, ok := stsActions[call.Op]; ok {
		return c.parseSTS(call, sts, params)
	}
	act, ok := actions[call.Op]
	if !ok {
		return c.unsupported("unknown action %q", call.Op)
	}
	call.Write = act.write
	q := &request{call: call, action: act, params: params, members: map[string][]item{}}
	call.Parsed = q
	call.Group = params[act.target]
	call.Detail = call.Group
	if err := q.checkNames(); err != nil {
		return c.unsupported("%s: %v", call.Op, err)
	}
	if refused := c.authenticate(call.HTTP.Method, params); refused != nil {
		return refused
	}
	if act.write && !c.meter.Allow(call.Op, c.rules.WritesPerMinute, time.Minute, c.rules.WriteWindow) {
		return &refusal{status: 400, code: orDefault(c.rules.ThrottleCode, "Throttling.User")}
	}
	if c.keys[params["AccessKeyId"]].OnlySTS {
		return &refusal{status: 403, code: "Forbidden.RAM"}
	}
	for _, name := range append([]string{act.target}, act.required...) {
		if name != "" && params[name] == "" {
			return missing(name)
		}
	}
	if refused := c.readLists(call, q); refused != nil {
		return refused
	}
	q.describe()
	if lb := c.lockOf(q); lb != nil {
		call.Lock = lb.id
	}
	return nil
}

// readLists reads the parameters that hold members.
func (c *Cloud) readLists(call *fakecloud.Call, q *request) *refusal {
	for _, name := range q.action.lists {
		items, err := readItems(q.params[name], q.action.idList)
		if err != nil {
			if field, ok := errors.AsType[unknownField](err); ok {
				return c.unsupported("%s: %s: %v", call.Op, name, field)
			}
			return invalid("The specified %s is invalid.", name)
		}
		if limit := c.rules.batchLimit(); len(items) > limit {
			return &refusal{status: 400, code: "TooManyBackendServers", message: fmt.Sprintf(
				"The total number of input real servers exceeds max supported number: %d", limit)}
		}
		for _, it := range items {
			if refused := c.checkItem(it, q.action); refused != nil {
				return refused
			}
		}
		q.members[name] = items
	}
	return nil
}

// unsupported refuses what no correct client sends, and has it reported. Its
// status is not 404, which a client may read as "deleted".
func (c *Cloud) unsupported(format string, args ...any) *refusal {
	message := fmt.Sprintf(format, args...)
	if c.reporter != nil {
		c.reporter.Errorf("slbfake: unsupported request: %s", message)
	}
	return &refusal{status: 400, code: "FakeUnsupported", message: "The simulated SLB does not support this request: " + message}
}

// readParams gathers a request's parameters from its query and its form.
func readParams(call *fakecloud.Call) (map[string]string, error) {
	r := call.HTTP
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, fmt.Errorf("the method is neither GET nor POST")
	}
	if r.URL.Path != "/" && r.URL.Path != "" {
		return nil, fmt.Errorf("the path is not /")
	}
	all, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fmt.Errorf("read query: %w", err)
	}
	if len(call.Body) > 0 {
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "application/x-www-form-urlencoded" {
			return nil, fmt.Errorf("a body of type %q", r.Header.Get("Content-Type"))
		}
		form, err := url.ParseQuery(string(call.Body))
		if err != nil {
			return nil, fmt.Errorf("read form: %w", err)
		}
		for name, values := range form {
			all[name] = append(all[name], values...)
		}
	}
	params := map[string]string{}
	for name, values := range all {
		if len(values) > 1 {
			return nil, fmt.Errorf("parameter %s is there %d times", name, len(values))
		}
		params[name] = values[0]
	}
	return params, nil
}

// checkNames refuses parameters that the action does not have, and formats and
// signature methods that this cloud does not speak.
func (q *request) checkNames() error {
	known := slices.Concat(commonParams, []string{q.action.target}, q.action.required, q.action.optional)
	for _, name := range slices.Sorted(maps.Keys(q.params)) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("unknown parameter %q", name)
		}
	}
	for name, want := range map[string]string{
		"Version": apiVersion, "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0",
	} {
		if got, ok := q.params[name]; ok && got != want {
			return fmt.Errorf("%s %q is not %q", name, got, want)
		}
	}
	if q.params["Version"] == "" {
		return fmt.Errorf("no Version")
	}
	if f := q.params["Format"]; f != "" && !strings.EqualFold(f, "JSON") {
		return fmt.Errorf("format %q", f)
	}
	if t := q.params["SignatureType"]; t != "" {
		return fmt.Errorf("signature type %q", t)
	}
	return nil
}

// describe fills in the log's view of the members: i-a:8080@100, with the
// weight where the call may set it.
func (q *request) describe() {
	var words []string
	if q.call.Group != "" {
		words = append(words, q.call.Group)
	}
	removal := strings.HasPrefix(q.call.Op, "Remove")
	for _, name := range q.action.lists {
		for _, it := range q.members[name] {
			words = append(words, it.text(!removal))
			q.call.Items++
		}
	}
	q.call.Detail = strings.Join(words, " ")
}

// lockOf is the load balancer that a write locks, and whose lock turns a read
// away where the rules say so; nil where there is none.
func (c *Cloud) lockOf(q *request) *balancer {
	if !q.action.write && c.rules.BusyReads == "" || !c.inRegion(q) {
		return nil
	}
	if q.action.target == groupParam {
		if g, ok := c.groups[q.params[groupParam]]; ok {
			return g.lb
		}
		return nil
	}
	return c.balancers[q.params[balancerParam]]
}

// inRegion tells whether a request is for this region. One that names none is
// for the region whose endpoint it was sent to.
func (c *Cloud) inRegion(q *request) bool {
	return orDefault(q.params["RegionId"], c.region) == c.region
}

// balancer is the load balancer that a request names.
func (c *Cloud) balancer(q *request) (*balancer, *refusal) {
	if lb, ok := c.balancers[q.params[balancerParam]]; ok && c.inRegion(q) {
		return lb, nil
	}
	return nil, noBalancer()
}

// group is the vserver group that a request names.
func (c *Cloud) group(q *request) (*group, *refusal) {
	id := q.params[groupParam]
	g, ok := c.groups[id]
	if q.stale() {
		if !ok {
			g, ok = c.deleted[id]
		}
	}
	if !ok || !c.inRegion(q) {
		return nil, noGroup()
	}
	return g, nil
}

// items are the members that a request's BackendServers names, without those
// that a fault cuts off.
func (q *request) items() []item {
	items := q.members["BackendServers"]
	if only := q.call.Only; only > 0 && only < len(items) {
		return items[:only]
	}
	return items
}

// stale tells whether a read is to see what was before the last write.
func (q *request) stale() bool { return q.call.Stale && !q.action.write }
