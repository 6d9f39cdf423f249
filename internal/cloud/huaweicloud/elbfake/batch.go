package elbfake

import (
	"net/http"
	"slices"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// batch carries out a batch on a clone of the pool: one element after the
// other, with the consequences of a bad one that Behaviour.Atomicity names.
// It returns the answers of the elements that landed.
func (c *Cloud) batch(call *fakecloud.Call, req *request, status int, one func(next *pool, in memberBody) (any, *refusal)) (int, any, *refusal) {
	p, refused := c.poolFor(call, req)
	if refused != nil {
		return 0, nil, refused
	}
	items := req.members
	if call.Only > 0 && call.Only < len(items) {
		items = items[:call.Only]
	}
	next := p.clone()
	answers := []any{}
	var bad *refusal
	for _, in := range items {
		a, refused := one(next, in)
		if refused == nil {
			answers = append(answers, a)
			continue
		}
		if c.behaviour.Atomicity == ReportBad {
			answers = append(answers, failed{deref(in.ID), "failed", refused.code, refused.message})
			continue
		}
		if bad == nil {
			bad = refused
		}
		if c.behaviour.Atomicity != SkipBad {
			break
		}
	}
	landed := len(answers) > 0
	if bad != nil && (c.behaviour.Atomicity == "" || c.behaviour.Atomicity == AllOrNothing) {
		landed = false
	}
	if landed {
		c.commit(next)
	}
	if bad != nil {
		return 0, nil, bad
	}
	if c.behaviour.ShuffleResults {
		slices.Reverse(answers)
	}
	if status == 0 {
		status = http.StatusOK
	}
	return status, map[string]any{"members": answers}, nil
}

func (c *Cloud) batchCreate(call *fakecloud.Call, req *request) (int, any, *refusal) {
	return c.batch(call, req, c.behaviour.BatchCreateStatus, func(next *pool, in memberBody) (any, *refusal) {
		m, refused := c.newMember(next, in)
		if refused != nil {
			return nil, refused
		}
		if i := next.find(m.addr, m.port); i >= 0 {
			if c.behaviour.ExistedApplies {
				old := &next.members[i]
				_ = setWeightAndName(old, in) // newMember has checked both
				old.updated = c.now()
				if in.Zone != nil {
					old.zone = m.zone
				}
			}
			return c.renderBatch(next, next.members[i], "existed"), nil
		}
		if refused := c.checkQuota(next); refused != nil {
			return nil, refused
		}
		return c.renderBatch(next, c.admit(next, m), "successful"), nil
	})
}

// renderBatch is the BatchMember of batch-add: a Member less ip_version and
// availability_zone, with port_id and ret_status.
func (c *Cloud) renderBatch(p *pool, m member, ret string) memberJSON {
	j := c.render(p, m)
	j.IPVersion, j.Zone = "", nil
	j.PortID, j.RetStatus = &m.portID, ret
	return j
}

func (c *Cloud) batchUpdate(call *fakecloud.Call, req *request) (int, any, *refusal) {
	if p, refused := c.poolFor(call, req); refused == nil {
		if refused := c.active(p); refused != nil {
			return 0, nil, refused
		}
	}
	return c.batch(call, req, c.behaviour.BatchUpdateStatus, func(next *pool, in memberBody) (any, *refusal) {
		m, refused := c.change(next, *in.ID, in)
		if refused != nil {
			return nil, refused
		}
		j := c.render(next, m)
		j.IPVersion, j.PortID = "", &m.portID
		return j, nil
	})
}

// failed is an element that a batch answers for though it refused it, in the
// words of the batch calls of pools: those of members document none.
type failed struct {
	ID        string `json:"id"`
	RetStatus string `json:"ret_status"`
	RetCode   string `json:"ret_code"`
	RetMsg    string `json:"ret_msg"`
}

type deleted struct {
	ID        string `json:"id"`
	RetStatus string `json:"ret_status"`
}

func (c *Cloud) batchDelete(call *fakecloud.Call, req *request) (int, any, *refusal) {
	if p, refused := c.poolFor(call, req); refused == nil {
		if refused := c.protected(p); refused != nil {
			return 0, nil, refused
		}
	}
	return c.batch(call, req, 0, func(next *pool, in memberBody) (any, *refusal) {
		answer := deleted{RetStatus: "not found"}
		var i int
		switch {
		case in.ID != nil:
			answer.ID, i = *in.ID, next.index(*in.ID)
		case *in.Port < 0 || *in.Port > maxPort || !parseAddr(*in.Address).IsValid():
			return nil, invalid("Invalid address %q or protocol_port %d.", *in.Address, *in.Port)
		default:
			i = next.find(parseAddr(*in.Address), *in.Port)
		}
		if i >= 0 {
			answer = deleted{next.members[i].id, "successful"}
			next.members = slices.Delete(next.members, i, i+1)
		}
		return answer, nil
	})
}
