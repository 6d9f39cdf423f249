package sgfake

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

const (
	groupParam = "ServerGroupId"
	// longestURL is how much of a URL the gateway takes, in bytes.
	longestURL = 8 << 10
)

// request is a decoded call.
type request struct {
	call   *fakecloud.Call
	action *action
	params map[string]string
	lists  map[string][]string
	items  map[string][]item
}

// Parse identifies a call and checks all of it that does not depend on server
// groups.
func (c *Cloud) Parse(call *fakecloud.Call) *fakecloud.Reply {
	if len(call.HTTP.URL.RequestURI()) > longestURL {
		call.Op = call.HTTP.URL.Query().Get("Action")
		return &fakecloud.Reply{
			Status: http.StatusRequestURITooLong, ContentType: "text/html", Body: []byte("<html><h1>414 Request-URI Too Large</h1></html>"),
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	refused := c.parse(call)
	if refused == nil {
		return nil
	}
	reply := c.refuse(refused)
	return &reply
}

func (c *Cloud) parse(call *fakecloud.Call) *acsfake.Refusal {
	if c.front.Plain(call, acsfake.BothIMDS) {
		return nil
	}
	params, refused := c.front.Params(call)
	if refused != nil {
		return refused
	}
	if is, refused := c.front.STS(call, params); is {
		return refused
	}
	if v := params["Version"]; v != "" && v != c.version {
		refused := c.front.Unsupported("%s: Version %q is not %q", call.Op, v, c.version)
		refused.Code = "InvalidVersion"
		return refused
	}
	act, ok := actions[call.Op]
	switch {
	case call.Op == listJobs && c.rules.NoListAsynJobs:
		return refuse(404, "InvalidAction.NotFound", "")
	case !ok || !slices.Contains(c.actions, call.Op):
		refused := c.front.Unsupported("unknown action %q", call.Op)
		refused.Code = "InvalidAction.NotFound"
		return refused
	}
	q := &request{call: call, action: act, params: params}
	call.Parsed, call.Write, call.Group = q, act.write, params[groupParam]
	indexed, err := q.collect(c.lacks)
	if err != nil {
		return c.front.Unsupported("%s: %v", call.Op, err)
	}
	if refused := c.front.Check(call, params, act.required, act.optional, c.extra[call.Op], indexed); refused != nil {
		return refused
	}
	return c.admit(q)
}

// admit checks who calls, and all that a call says of itself.
func (c *Cloud) admit(q *request) *acsfake.Refusal {
	call := q.call
	if refused := c.front.Authenticate(call.HTTP.Method, q.params); refused != nil {
		return refused
	}
	if call.Write && !c.meter.Allow(call.Op, c.rules.WritesPerMinute, time.Minute, c.rules.WriteWindow) {
		return c.throttled()
	}
	if c.front.OnlySTS(q.params["AccessKeyId"]) {
		return refuse(403, "Forbidden.NoPermission", "You are not authorized to perform this operation.")
	}
	for _, name := range q.action.required {
		if q.params[name] == "" {
			return missing(name)
		}
	}
	for name, most := range q.action.lists {
		if len(q.lists[name]) > most {
			return illegal(name, "The number of %s exceeds %d.", name, most)
		}
	}
	for name := range q.action.items {
		if len(q.items[name]) == 0 {
			return missing(name)
		}
		if n, most := len(q.items[name]), c.batchLimit(call.Op); n > most {
			return illegal(name, "The number of %s in a call, %d, exceeds %d.", name, n, most)
		}
		for _, it := range q.items[name] {
			if refused := c.checkItem(it); refused != nil {
				return refused
			}
		}
	}
	q.describe()
	if call.Write && c.inRegion(q) {
		call.Lock = call.Group
	}
	return nil
}

// indexedName is that of a parameter of a list: Servers.1.ServerId, JobIds.1.
var indexedName = regexp.MustCompile(`^([A-Za-z]+)\.([1-9][0-9]*)(?:\.([A-Za-z]+))?$`)

// collect reads the parameters that make up lists, and names those that the
// action has and the product does not lack. Numbers begin at 1 and leave out
// none.
func (q *request) collect(lacks []string) (known []string, _ error) {
	q.lists, q.items = map[string][]string{}, map[string][]item{}
	texts, items := map[string]map[int]string{}, map[string]map[int]item{}
	for name, value := range q.params {
		m := indexedName.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		list, field := m[1], m[3]
		n, err := strconv.Atoi(m[2])
		if err != nil {
			return nil, err
		}
		fields, ofItems := q.action.items[list]
		_, ofTexts := q.action.lists[list]
		switch {
		case ofItems && slices.Contains(fields, field):
			if items[list] == nil {
				items[list] = map[int]item{}
			}
			if items[list][n] == nil {
				items[list][n] = item{}
			}
			items[list][n][field] = value
		case ofTexts && field == "" && !slices.Contains(lacks, list):
			if texts[list] == nil {
				texts[list] = map[int]string{}
			}
			texts[list][n] = value
		default:
			continue // an unknown parameter
		}
		known = append(known, name)
	}
	var err error
	for name, all := range texts {
		q.lists[name], err = inOrder(name, all, err)
	}
	for name, all := range items {
		q.items[name], err = inOrder(name, all, err)
	}
	return known, err
}

func inOrder[T any](name string, all map[int]T, err error) ([]T, error) {
	out := make([]T, len(all))
	for n, v := range all {
		if n > len(all) {
			return nil, fmt.Errorf("%s.%d is there, and one before it is not", name, n)
		}
		out[n-1] = v
	}
	return out, err
}

// describe fills in the log's view of the call: the group, members as
// i-a:8080@100, with the weight where the call may set it.
func (q *request) describe() {
	words := []string{q.call.Group}
	for _, name := range []string{"Servers", "AddedServers", "RemovedServers"} {
		for _, it := range q.items[name] {
			words = append(words, it.text(name == "RemovedServers"))
			q.call.Members = append(q.call.Members, it.text(true))
			q.call.Items++
		}
	}
	for _, name := range []string{"JobIds", "ServerIds", "ServerGroupIds", "LoadBalancerIds"} {
		words = append(words, q.lists[name]...)
	}
	words = append(words, q.params["ListenerId"], q.params["JobId"])
	q.call.Detail = strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

// inRegion tells whether a request is for this region. One that names none is
// for the region whose endpoint it was sent to.
func (c *Cloud) inRegion(q *request) bool {
	return orDefault(q.params["RegionId"], c.region) == c.region
}

// named are the members that a request's list names, without those that a fault
// cuts off.
func (q *request) named(list string) []item {
	items := q.items[list]
	if only := q.call.Only; only > 0 && only < len(items) {
		return items[:only]
	}
	return items
}
