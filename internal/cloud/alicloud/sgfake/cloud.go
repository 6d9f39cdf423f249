// Package sgfake is a small Alibaba Cloud ALB or NLB: server groups, their
// members, the jobs by which they change, and the listeners that they serve. The
// two are one cloud with two tables (see [Product]). It is built from the
// vendor's API references
// (https://www.alibabacloud.com/help/en/slb/application-load-balancer/ and
// .../network-load-balancer/) and imports neither the vendor's SDK nor this
// project's adapters, so that it does not share their misreadings. FIDELITY.md
// names the source of each behaviour and how sure it is.
package sgfake

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// Cloud is the simulated product of one region and one account. Its methods may
// be called from many goroutines.
type Cloud struct {
	*Product
	front acsfake.Front

	mu        sync.Mutex
	region    string
	rules     Rules
	servers   map[string]*Server
	groups    map[string]*group
	deleted   map[string]*group // groups that were, for stale reads
	listeners []Listener
	jobs      []*job // all that are remembered, the oldest first
	made      int    // jobs so far
	failures  []JobFailure
	tokens    map[string]spent
	health    []*override    // the latest that matches wins
	ward      fakecloud.Ward // goes before health
	refusals  int            // busy answers so far, to rotate the codes
	meter     fakecloud.Meter
	addresses traffic.Places // where servers really are
	plane     *traffic.Plane // nil: nothing is forwarded
}

var _ fakecloud.Cloud = (*Cloud)(nil)

// Option alters a new [Cloud].
type Option func(*Cloud)

// ReportTo has requests that no correct client sends reported, besides being
// answered with the error FakeUnsupported.
func ReportTo(r fakecloud.Reporter) Option { return func(c *Cloud) { c.front.Reporter = r } }

// Behind has the cloud take the keys of a gate, beside those of its seed.
func Behind(g *acsfake.Gate) Option { return func(c *Cloud) { c.front.Gate = g } }

// New makes a cloud. It panics where the seed is invalid (see [Seed.Validate]):
// a mistake in the test that wrote it.
func New(p *Product, seed Seed, opts ...Option) *Cloud {
	c := &Cloud{
		Product: p, region: seed.Region, rules: seed.Rules, servers: map[string]*Server{},
		groups: map[string]*group{}, deleted: map[string]*group{}, tokens: map[string]spent{}, addresses: seed.Addresses,
		front: acsfake.Front{Gate: acsfake.NewGate(), Fake: p.name + " of sgfake", Name: p.short, Host: p.host, Version: p.version, Messages: messages},
	}
	for _, o := range opts {
		o(c)
	}
	err := seed.Validate()
	if err == nil {
		err = c.front.Admit(seed.Account)
	}
	if err != nil {
		panic(fmt.Sprintf("sgfake: invalid seed: %v", err))
	}
	for _, s := range seed.Servers {
		c.servers[s.ID] = s.clone()
	}
	for _, g := range seed.ServerGroups {
		made := &group{ServerGroup: g}
		for _, m := range g.Members {
			made.members = append(made.members, member{Member: c.canonical(m)})
		}
		made.before = made.members
		made.Members = nil
		c.groups[g.ID] = made
	}
	c.listeners = seed.Listeners
	return c
}

// SetRules alters the rules of calls that have not begun. It panics on a value
// that no rule has.
func (c *Cloud) SetRules(change func(*Rules)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rules
	change(&r)
	if err := r.validate(); err != nil {
		panic(fmt.Sprintf("sgfake: %v", err))
	}
	c.rules = r
}

// Execute carries a parsed call out.
func (c *Cloud) Execute(call *fakecloud.Call) fakecloud.Reply {
	if issue, ok := call.Parsed.(acsfake.Issuing); ok {
		return issue()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(time.Now())
	q := call.Parsed.(*request)
	answer, refused := q.action.run(c, q)
	if refused != nil {
		return c.refuse(refused)
	}
	if c.succeeds != c.rules.SuccessOtherwise {
		answer["Success"] = true
	}
	return c.front.Answer(answer)
}

// Busy is the answer to a write that comes while another on the group is not
// answered yet.
func (c *Cloud) Busy(*fakecloud.Call) (fakecloud.Reply, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rules.BusyQueues {
		return fakecloud.Reply{}, false
	}
	return c.refuse(c.busy()), true
}

// busy is the refusal of a write while the group is being configured. c.mu is
// held.
func (c *Cloud) busy() *acsfake.Refusal {
	code := c.code("IncorrectStatus")
	if n := len(c.rules.BusyCodes); n > 0 {
		code = c.rules.BusyCodes[c.refusals%n]
	}
	c.refusals++
	message := ""
	if what, ok := strings.CutPrefix(code, "IncorrectStatus."); ok {
		message = "The status of " + what + " is Configuring."
	}
	return refuse(400, code, message)
}

// Error is an error in the vendor's wire format. An empty message becomes the
// code's usual one.
func (c *Cloud) Error(_ *fakecloud.Call, status int, code, message string) fakecloud.Reply {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refuse(refuse(status, code, message))
}

// Throttled is the vendor's answer above its rate limit.
func (c *Cloud) Throttled(*fakecloud.Call) fakecloud.Reply {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refuse(c.throttled())
}

func (c *Cloud) throttled() *acsfake.Refusal {
	return refuse(400, orDefault(c.rules.ThrottleCode, "Throttling.User"), "")
}

// refuse makes an error answer. c.mu is held.
func (c *Cloud) refuse(r *acsfake.Refusal) fakecloud.Reply {
	if !c.rules.RefusalsAre200 {
		return c.front.Refuse(r, false)
	}
	reply := c.front.Answer(map[string]any{
		"Success": false, "Code": r.Code, "Message": c.front.Words(r), "HttpStatusCode": r.Status,
	})
	reply.Code = r.Code
	return reply
}

// State is what the cloud holds, in the form of a [Seed] without its keys.
func (c *Cloud) State() any {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(time.Now())
	return c.snapshot()
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
