package elbfake

import (
	"net/http"
	"net/netip"
	"slices"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// poolFor is the pool of a call, as a read or a write of it sees it.
func (c *Cloud) poolFor(call *fakecloud.Call, req *request) (*pool, *refusal) {
	if req.project == c.owner() {
		if p := c.view(call.Stale && !call.Write)[req.pool]; p != nil {
			return p, nil
		}
	}
	return nil, notFound("pool", req.pool)
}

func (c *Cloud) createMember(call *fakecloud.Call, req *request) (int, any, *refusal) {
	p, refused := c.poolFor(call, req)
	if refused != nil {
		return 0, nil, refused
	}
	m, refused := c.newMember(p, req.member)
	if refused != nil {
		return 0, nil, refused
	}
	if p.find(m.addr, m.port) >= 0 {
		return 0, nil, duplicate(p, m)
	}
	if refused := c.checkQuota(p); refused != nil {
		return 0, nil, refused
	}
	next := p.clone()
	m = c.admit(next, m)
	c.commit(next)
	return http.StatusCreated, map[string]any{"member": c.render(next, m)}, nil
}

func (c *Cloud) updateMember(call *fakecloud.Call, req *request) (int, any, *refusal) {
	p, refused := c.poolFor(call, req)
	if refused != nil {
		return 0, nil, refused
	}
	if refused := c.active(p); refused != nil {
		return 0, nil, refused
	}
	next := p.clone()
	m, refused := c.change(next, req.id, req.member)
	if refused != nil {
		return 0, nil, refused
	}
	c.commit(next)
	return http.StatusOK, map[string]any{"member": c.render(next, m)}, nil
}

func (c *Cloud) deleteMember(call *fakecloud.Call, req *request) (int, any, *refusal) {
	p, refused := c.poolFor(call, req)
	if refused != nil {
		return 0, nil, refused
	}
	i := p.index(req.id)
	if i < 0 {
		return 0, nil, notFound("member", req.id)
	}
	if refused := c.protected(p); refused != nil {
		return 0, nil, refused
	}
	next := p.clone()
	next.members = slices.Delete(next.members, i, i+1)
	c.commit(next)
	return http.StatusNoContent, nil, nil
}

func parseAddr(s string) netip.Addr {
	a, _ := netip.ParseAddr(s)
	return a.Unmap()
}
