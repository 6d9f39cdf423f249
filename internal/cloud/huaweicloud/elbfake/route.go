package elbfake

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// route is one call of the API.
type route struct {
	op, method, path string
	write            bool
	batch            bool // one of the three that some regions do not publish
	iam              bool // an IAM call, whose errors look otherwise
	open             bool // a login, which need not be signed
	query            []string
	read             func(*Cloud, *request, []byte) *refusal // body; nil: there is none
	execute          func(*Cloud, *fakecloud.Call, *request) (int, any, *refusal)
}

// request is a call as parsed.
type request struct {
	route             *route
	project, pool, id string // from the path; id is a member's
	query             url.Values
	limit             int
	member            memberBody   // single create and update
	members           []memberBody // batches
	login             iamRequest
	who               caller
}

const (
	poolsPath   = "/v3/{project_id}/elb/pools"
	poolPath    = poolsPath + "/{pool_id}"
	membersPath = poolPath + "/members"
	memberPath  = membersPath + "/{member_id}"
)

var paging = []string{"limit", "marker"}

var membersQuery = append([]string{"name", "weight", "admin_state_up", "subnet_cidr_id", "address", "protocol_port",
	"id", "operating_status", "enterprise_project_id", "ip_version", "member_type", "instance_id", "availability_zone"}, paging...)

var poolsQuery = append([]string{"id", "name", "description", "protocol", "lb_algorithm", "admin_state_up", "healthmonitor_id",
	"loadbalancer_id", "listener_id", "enterprise_project_id", "ip_version", "type", "vpc_id", "any_port_enable",
	"member_deletion_protection_enable", "member_address", "member_device_id", "member_instance_id"}, paging...)

// routes has literal paths before patterns that would match them too.
var routes = []route{
	{op: "KeystoneListProjects", method: "GET", path: "/v3/projects", query: []string{"name"}, execute: (*Cloud).listProjects},
	{op: "KeystoneCreateUserTokenByPassword", method: "POST", path: "/v3/auth/tokens", query: []string{"nocatalog"}, iam: true, open: true, read: (*Cloud).readLogin, execute: (*Cloud).createToken},
	{op: "CreateTokenWithIdToken", method: "POST", path: "/v3.0/OS-AUTH/id-token/tokens", iam: true, open: true, read: (*Cloud).readLogin, execute: (*Cloud).createTokenByIDToken},
	{op: "CreateTemporaryAccessKey", method: "POST", path: "/v3.0/OS-CREDENTIAL/securitytokens", iam: true, open: true, read: (*Cloud).readLogin, execute: (*Cloud).createKeys},
	{op: "ListMembers", method: "GET", path: membersPath, query: membersQuery, execute: (*Cloud).listMembers},
	{op: "CreateMember", method: "POST", path: membersPath, write: true, read: (*Cloud).readCreate, execute: (*Cloud).createMember},
	{op: "UpdateMember", method: "PUT", path: memberPath, write: true, read: (*Cloud).readUpdate, execute: (*Cloud).updateMember},
	{op: "DeleteMember", method: "DELETE", path: memberPath, write: true, execute: (*Cloud).deleteMember},
	{op: "BatchCreateMembers", method: "POST", path: membersPath + "/batch-add", write: true, batch: true, read: (*Cloud).readBatchCreate, execute: (*Cloud).batchCreate},
	{op: "BatchUpdateMembers", method: "POST", path: membersPath + "/batch-update", write: true, batch: true, read: (*Cloud).readBatchUpdate, execute: (*Cloud).batchUpdate},
	{op: "BatchDeleteMembers", method: "POST", path: membersPath + "/batch-delete", write: true, batch: true, read: (*Cloud).readBatchDelete, execute: (*Cloud).batchDelete},
	{op: "ListPools", method: "GET", path: poolsPath, query: poolsQuery, execute: (*Cloud).listPools},
	{op: "ShowPool", method: "GET", path: poolPath, execute: (*Cloud).showPool},
}

// actions are the names of all calls.
func actions() (all []string) {
	for _, r := range routes {
		all = append(all, r.op)
	}
	return all
}

// unknown is what the API does not have: a mistake of the client's that must
// not look like an answer of the vendor's.
func (c *Cloud) unknown(call *fakecloud.Call, what string) *refusal {
	c.errorf("%s %s: %s", call.HTTP.Method, call.HTTP.URL.RequestURI(), what)
	return &refusal{http.StatusBadRequest, "FAKE.0000", "elbfake: " + what}
}

func (c *Cloud) route(call *fakecloud.Call) (*request, *refusal) {
	r := call.HTTP
	for i := range routes {
		rt := &routes[i]
		if rt.method != r.Method {
			continue
		}
		vars, ok := match(rt.path, r.URL)
		if !ok {
			continue
		}
		req := &request{route: rt, project: vars["project_id"], pool: vars["pool_id"], id: vars["member_id"]}
		call.Op, call.Write, call.Group = rt.op, rt.write, req.pool
		if rt.write {
			call.Lock = req.pool
		}
		if rt.batch && c.switches().BatchUnpublished {
			return nil, &refusal{http.StatusNotFound, "APIGW.0101", "The API does not exist or has not been published in the environment"}
		}
		return req, nil
	}
	call.Op = "unknown " + r.Method
	return nil, c.unknown(call, "no such path or method")
}

// match compares a path with a pattern, segment by segment. A variable takes
// one segment, which must not be empty.
func match(pattern string, u *url.URL) (map[string]string, bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(u.EscapedPath(), "/")
	if len(want) != len(got) {
		return nil, false
	}
	vars := map[string]string{}
	for i, w := range want {
		g, err := url.PathUnescape(got[i])
		if err != nil {
			return nil, false
		}
		if name, ok := strings.CutPrefix(w, "{"); ok {
			if g == "" {
				return nil, false
			}
			vars[strings.TrimSuffix(name, "}")] = g
		} else if w != g {
			return nil, false
		}
	}
	return vars, true
}

// checkProject wants the project of the path to be the account's, and that of
// X-Project-Id, where sent, to be the same.
func (c *Cloud) checkProject(call *fakecloud.Call, req *request) *refusal {
	if req.project == "" {
		return nil
	}
	forbidden := &refusal{http.StatusForbidden, "ELB.8903", "Forbidden: no access to project " + req.project}
	if !slices.ContainsFunc(c.seed.Projects, func(p Project) bool { return p.ID == req.project }) {
		return forbidden
	}
	if req.who.domain != c.account() || (req.who.token && req.who.scope != anyProject && req.who.scope != req.project) {
		return forbidden
	}
	if h := call.HTTP.Header.Get("X-Project-Id"); h != "" && h != req.project {
		return forbidden
	}
	return nil
}

// owner is the project that the pools and load balancers belong to.
func (c *Cloud) owner() string { return c.seed.Projects[0].ID }

const maxLimit = 2000

func (c *Cloud) parseQuery(call *fakecloud.Call, req *request) *refusal {
	q, err := url.ParseQuery(call.HTTP.URL.RawQuery)
	if err != nil {
		return c.unknown(call, "the query does not parse: "+err.Error())
	}
	req.query, req.limit = q, maxLimit
	for _, k := range slices.Sorted(maps.Keys(q)) {
		if !slices.Contains(req.route.query, k) {
			return c.unknown(call, "no such query parameter: "+k)
		}
		for _, v := range q[k] {
			if !validQuery(k, v) {
				return invalid("Invalid value %q for query parameter %s.", v, k)
			}
		}
	}
	if q.Has("limit") {
		req.limit, _ = strconv.Atoi(q.Get("limit"))
	} else if q.Has("marker") {
		return invalid("marker must be used with limit.")
	}
	if !call.Write && call.Detail == "" {
		call.Detail = canonicalQuery(q)
	}
	return nil
}

func validQuery(key, value string) bool {
	switch key {
	case "limit":
		return inRange(value, 0, maxLimit)
	case "marker":
		return value != ""
	case "admin_state_up", "any_port_enable", "member_deletion_protection_enable":
		return value == "true" || value == "false"
	case "weight":
		return inRange(value, 0, maxWeight)
	case "protocol_port":
		return inRange(value, 0, maxPort)
	}
	return true
}

func inRange(s string, low, high int) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= low && n <= high
}
