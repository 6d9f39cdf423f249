package elbfake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// maxBatch is how many members a batch call takes.
const maxBatch = 200

// memberBody is a member as any of the calls writes it; nil is absent. Which
// attributes a call takes is in the lists below.
type memberBody struct {
	ID      *string `json:"id"`
	Address *string `json:"address"`
	Port    *int    `json:"protocol_port"`
	Weight  *int    `json:"weight"`
	Name    *string `json:"name"`
	Subnet  *string `json:"subnet_cidr_id"`
	Zone    *string `json:"availability_zone"`

	AdminStateUp *bool   `json:"admin_state_up"` // taken and ignored, as the reference says
	Project      *string `json:"project_id"`
}

var (
	createAttributes      = []string{"address", "protocol_port", "weight", "name", "subnet_cidr_id", "availability_zone", "admin_state_up", "project_id"}
	updateAttributes      = []string{"protocol_port", "weight", "name", "availability_zone", "admin_state_up"}
	batchCreateAttributes = []string{"address", "protocol_port", "weight", "name", "subnet_cidr_id", "availability_zone"}
	batchUpdateAttributes = []string{"id", "protocol_port", "weight", "name", "availability_zone", "admin_state_up"}
	batchDeleteAttributes = []string{"id", "address", "protocol_port"}
)

func (c *Cloud) parseBody(call *fakecloud.Call, req *request) *refusal {
	if req.route.read == nil {
		if len(call.Body) > 0 {
			return c.unknown(call, "a body where none belongs")
		}
		if req.route.write {
			call.Items, call.Detail = 1, strings.TrimPrefix(req.id, "/")
			call.Members = c.named(req, memberBody{ID: &req.id})
		}
		return nil
	}
	if !strings.HasPrefix(call.HTTP.Header.Get("Content-Type"), "application/json") {
		return c.unknown(call, "a body that is not declared as application/json")
	}
	if refused := req.route.read(c, req, call.Body); refused != nil {
		return refused
	}
	switch {
	case req.members != nil:
		call.Items, call.Members = len(req.members), c.named(req, req.members...)
		details := make([]string, len(req.members))
		for i, m := range req.members {
			details[i] = m.String()
		}
		call.Detail = strings.Join(details, "; ")
	default:
		one := req.member
		if req.id != "" {
			one = memberBody{ID: &req.id}
		}
		call.Members = c.named(req, one)
		call.Items, call.Detail = 1, strings.TrimSpace(req.id+" "+req.member.String())
	}
	return nil
}

// named are the members that a write is about, by address and port: those of ids
// as the pool has them.
func (c *Cloud) named(req *request, bodies ...memberBody) (members []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pools[req.pool]
	for _, b := range bodies {
		switch {
		case b.ID != nil && p != nil && p.index(*b.ID) >= 0:
			members = append(members, p.members[p.index(*b.ID)].target())
		case b.ID == nil && b.Address != nil:
			m := member{addr: parseAddr(*b.Address)}
			if b.Port != nil {
				m.port = *b.Port
			}
			members = append(members, m.target())
		}
	}
	return members
}

// String is for the request log: the attributes that were sent, in one order.
func (m memberBody) String() string {
	var parts []string
	text := func(name string, v *string) {
		if v != nil {
			parts = append(parts, name+"="+strconv.Quote(*v))
		}
	}
	number := func(name string, v *int) {
		if v != nil {
			parts = append(parts, fmt.Sprintf("%s=%d", name, *v))
		}
	}
	if m.ID != nil {
		parts = append(parts, *m.ID)
	}
	if m.Address != nil {
		parts = append(parts, *m.Address)
	}
	number("port", m.Port)
	number("weight", m.Weight)
	text("name", m.Name)
	text("subnet", m.Subnet)
	text("zone", m.Zone)
	return strings.Join(parts, " ")
}

// open takes an object apart and refuses attributes that it may not have.
func open(raw json.RawMessage, allowed ...string) (map[string]json.RawMessage, *refusal) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil || fields == nil {
		return nil, invalid("Invalid request body: Malformed JSON.")
	}
	var unknown []string
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(allowed, k) {
			unknown = append(unknown, k)
		} else if bytes.Equal(fields[k], []byte("null")) {
			return nil, invalid("Invalid input for attribute %s. Value: null.", k)
		}
	}
	if len(unknown) > 0 {
		return nil, invalid("Unrecognized attribute(s) '%s'", strings.Join(unknown, ", "))
	}
	return fields, nil
}

// attributes are those of a call, less what this region does not know.
func (c *Cloud) attributes(op string, all []string) []string {
	lacking := c.switches().Unsupported
	return slices.DeleteFunc(slices.Clone(all), func(a string) bool {
		return slices.Contains(lacking, a) || slices.Contains(lacking, op+"."+a)
	})
}

func decodeMember(raw json.RawMessage, allowed []string) (m memberBody, given int, refused *refusal) {
	fields, refused := open(raw, allowed...)
	if refused != nil {
		return m, 0, refused
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, 0, invalid("Invalid request body: %s", typeError(err))
	}
	return m, len(fields), nil
}

func typeError(err error) string {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("attribute %s must not be a %s.", e.Field, e.Value)
	}
	return "Malformed JSON."
}

func meaningless(what string) *refusal {
	return &refusal{http.StatusBadRequest, "SYS.0400", fmt.Sprintf("Invalid request body: Empty body '%s' is meaningless.", what)}
}

func (c *Cloud) readCreate(req *request, body []byte) *refusal {
	outer, refused := open(body, "member")
	if refused != nil {
		return refused
	}
	if outer["member"] == nil {
		return invalid("Invalid request body: member is required.")
	}
	req.member, _, refused = decodeMember(outer["member"], c.attributes("CreateMember", createAttributes))
	return refused
}

func (c *Cloud) readUpdate(req *request, body []byte) *refusal {
	outer, refused := open(body, "member")
	if refused != nil {
		return refused
	}
	if outer["member"] == nil {
		return meaningless("{}")
	}
	m, given, refused := decodeMember(outer["member"], c.attributes("UpdateMember", updateAttributes))
	if refused != nil {
		return refused
	}
	if given == 0 {
		return meaningless("{}")
	}
	req.member = m
	return nil
}

// readBatch reads {"members": [...]} of 1 to 200 elements.
func (c *Cloud) readBatch(req *request, body []byte, allowed []string, check func(m memberBody, given int) *refusal) *refusal {
	outer, refused := open(body, "members")
	if refused != nil {
		return refused
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(outer["members"], &elements); err != nil {
		return invalid("Invalid request body: members must be a list.")
	}
	if len(elements) < 1 || len(elements) > maxBatch {
		return invalid("Invalid request body: members must have 1 to %d elements, not %d.", maxBatch, len(elements))
	}
	req.members = make([]memberBody, 0, len(elements))
	for _, e := range elements {
		m, given, refused := decodeMember(e, allowed)
		if refused != nil {
			return refused
		}
		if refused := check(m, given); refused != nil {
			return refused
		}
		req.members = append(req.members, m)
	}
	return nil
}

func (c *Cloud) readBatchCreate(req *request, body []byte) *refusal {
	return c.readBatch(req, body, c.attributes("BatchCreateMembers", batchCreateAttributes), func(memberBody, int) *refusal { return nil })
}

func (c *Cloud) readBatchUpdate(req *request, body []byte) *refusal {
	seen := map[string]bool{}
	return c.readBatch(req, body, c.attributes("BatchUpdateMembers", batchUpdateAttributes), func(m memberBody, given int) *refusal {
		switch {
		case m.ID == nil || *m.ID == "":
			return invalid("Invalid request body: id is required.")
		case seen[*m.ID]:
			return invalid("Invalid request body: member %s is there twice.", *m.ID)
		case given == 1:
			return meaningless("{}")
		}
		seen[*m.ID] = true
		return nil
	})
}

func (c *Cloud) readBatchDelete(req *request, body []byte) *refusal {
	return c.readBatch(req, body, c.attributes("BatchDeleteMembers", batchDeleteAttributes), func(m memberBody, _ int) *refusal {
		byID := m.ID != nil && m.Address == nil && m.Port == nil
		byAddress := m.ID == nil && m.Address != nil && m.Port != nil
		if !byID && !byAddress {
			return invalid("Invalid request body: either id alone or both address and protocol_port.")
		}
		return nil
	})
}
