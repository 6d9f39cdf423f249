package slbfake

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
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
	if c.front.Plain(call, c.rules.imds()) {
		return nil
	}
	params, refused := c.front.Params(call)
	if refused != nil {
		return refused
	}
	if is, refused := c.front.STS(call, params); is {
		return refused
	}
	act, ok := actions[call.Op]
	if !ok {
		return c.front.Unsupported("unknown action %q", call.Op)
	}
	call.Write = act.write
	q := &request{call: call, action: act, params: params, members: map[string][]item{}}
	call.Parsed = q
	call.Group = params[act.target]
	call.Detail = call.Group
	if refused := c.front.Check(call, params, []string{act.target}, act.required, act.optional); refused != nil {
		return refused
	}
	if refused := c.front.Authenticate(call.HTTP.Method, params); refused != nil {
		return refused
	}
	if act.write && !c.meter.Allow(call.Op, c.rules.WritesPerMinute, time.Minute, c.rules.WriteWindow) {
		return &refusal{Status: 400, Code: orDefault(c.rules.ThrottleCode, "Throttling.User")}
	}
	if c.front.OnlySTS(params["AccessKeyId"]) {
		return &refusal{Status: 403, Code: "Forbidden.RAM"}
	}
	for _, name := range append([]string{act.target}, act.required...) {
		if name != "" && params[name] == "" {
			return acsfake.Missing(name)
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
				return c.front.Unsupported("%s: %s: %v", call.Op, name, field)
			}
			return invalid("The specified %s is invalid.", name)
		}
		if limit := c.rules.batchLimit(); len(items) > limit {
			return &refusal{Status: 400, Code: "TooManyBackendServers", Message: fmt.Sprintf(
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
			q.call.Members = append(q.call.Members, it.text(false))
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
