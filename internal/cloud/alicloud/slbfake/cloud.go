// Package slbfake is a small Alibaba Cloud SLB: the RPC wire format of API
// version 2014-05-15, the state of load balancers with their default server
// groups, vserver groups and listeners, and the rules by which it changes. It
// is built from the vendor's API reference
// (https://www.alibabacloud.com/help/en/slb/) and imports neither the vendor's
// SDK nor this project's adapter, so that it does not share their misreadings.
// FIDELITY.md names the source of each behaviour and how sure it is.
package slbfake

import (
	"fmt"
	"sync"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// Cloud is the simulated SLB of one region and one account. Its methods may be
// called from many goroutines.
type Cloud struct {
	front acsfake.Front

	mu        sync.Mutex
	region    string
	rules     Rules
	servers   map[string]*Server
	balancers map[string]*balancer
	groups    map[string]*group // vserver groups by id
	deleted   map[string]*group // vserver groups that were, for stale reads
	health    []*override       // the latest that matches wins
	ward      fakecloud.Ward    // goes before health
	refusals  int               // busy answers so far, to rotate the codes
	adds      int               // to vserver groups, to stop some half-way
	meter     fakecloud.Meter   // writes of the last minute
	addresses traffic.Places    // where servers really are
	plane     *traffic.Plane    // nil: nothing is forwarded
}

var _ fakecloud.Cloud = (*Cloud)(nil)

// Option alters a new [Cloud].
type Option func(*Cloud)

// ReportTo has requests that no correct client sends (an unknown action or
// parameter, an unreadable body) reported, besides being answered with the
// error FakeUnsupported.
func ReportTo(r fakecloud.Reporter) Option { return func(c *Cloud) { c.front.Reporter = r } }

// Behind has the cloud take the keys of a gate, beside those of its seed.
func Behind(g *acsfake.Gate) Option { return func(c *Cloud) { c.front.Gate = g } }

// WithRules alters the rules that the seed sets.
func WithRules(change func(*Rules)) Option { return func(c *Cloud) { change(&c.rules) } }

// AnyServer lets every server be added, not the seed's servers alone. It is an
// [Option].
func AnyServer(c *Cloud) { c.rules.AnyServer = true }

// New makes a cloud. It panics where the seed is invalid (see [Seed.Validate]):
// a mistake in the test that wrote it.
func New(seed Seed, opts ...Option) *Cloud {
	c := &Cloud{
		region:    seed.Region,
		rules:     seed.Rules,
		servers:   map[string]*Server{},
		balancers: map[string]*balancer{},
		groups:    map[string]*group{},
		deleted:   map[string]*group{},
		addresses: seed.Addresses,
		front:     acsfake.Front{Gate: acsfake.NewGate(), Fake: "slbfake", Name: "SLB", Host: "slb.aliyuncs.com", Version: apiVersion, Messages: messages},
	}
	for _, o := range opts {
		o(c)
	}
	seed.Rules = c.rules
	err := seed.Validate()
	if err == nil {
		err = c.front.Admit(seed.account())
	}
	if err != nil {
		panic(fmt.Sprintf("slbfake: invalid seed: %v", err))
	}
	for _, s := range seed.Servers {
		c.servers[s.ID] = s.clone()
	}
	for _, lb := range seed.LoadBalancers {
		c.plant(lb)
	}
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
		panic(fmt.Sprintf("slbfake: %v", err))
	}
	c.rules = r
}

// Execute carries a parsed call out.
func (c *Cloud) Execute(call *fakecloud.Call) fakecloud.Reply {
	c.mu.Lock()
	defer c.mu.Unlock()
	if issue, ok := call.Parsed.(acsfake.Issuing); ok {
		return issue()
	}
	q := call.Parsed.(*request)
	refused := c.admit(q)
	halfway := refused == nil && c.halfway(q)
	var answer answer
	if refused == nil {
		answer, refused = q.action.run(c, q)
	}
	if refused == nil && halfway {
		refused = &refusal{Status: 400, Code: "VpcSystemBusy"}
	}
	if refused != nil {
		return c.refuse(refused)
	}
	return c.front.Answer(answer)
}

// Busy is the answer to a write while another holds the load balancer's lock.
// The reference lists several codes for one condition and not which comes
// when, so [Rules.BusyCodes] chooses.
func (c *Cloud) Busy(call *fakecloud.Call) (fakecloud.Reply, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rules.BusyWaits {
		return fakecloud.Reply{}, false
	}
	if !call.Write {
		return c.refuse(&refusal{Status: 400, Code: c.rules.BusyReads}), c.rules.BusyReads != ""
	}
	entry := "ServiceIsConfiguring"
	if q, ok := call.Parsed.(*request); ok && q.action.target == groupParam {
		entry = "VServerGroupProcessing"
	}
	if n := len(c.rules.BusyCodes); n > 0 {
		entry = c.rules.BusyCodes[c.refusals%n]
	}
	c.refusals++
	refused, err := busyRefusal(entry)
	if err != nil {
		panic(err) // rules are validated when they are set
	}
	return c.refuse(refused), true
}

// admit refuses a write to a load balancer of another region or one that is
// locked.
func (c *Cloud) admit(q *request) *refusal {
	if !q.action.write {
		return nil
	}
	lb := c.balancers[q.params[balancerParam]]
	if g := c.groups[q.params[groupParam]]; g != nil {
		lb = g.lb
	}
	switch {
	case lb == nil:
		return nil
	case !c.inRegion(q) && !c.rules.WrongRegionNotFound:
		return &refusal{Status: 500, Code: "InternalError"}
	case lb.status == "locked":
		return &refusal{Status: 400, Code: "ActionNotAllowed"}
	}
	return nil
}

// halfway tells whether an Add to a vserver group is to stop half-way, and
// cuts it off there. c.mu is held.
func (c *Cloud) halfway(q *request) bool {
	if c.rules.VPCBusyEvery == 0 || q.call.Op != "AddVServerGroupBackendServers" {
		return false
	}
	c.adds++
	if c.adds%c.rules.VPCBusyEvery != 0 {
		return false
	}
	q.call.Only = (len(q.members["BackendServers"]) + 1) / 2
	return true
}

// Error is an error in the vendor's wire format. An empty message becomes the
// code's usual one.
func (c *Cloud) Error(_ *fakecloud.Call, status int, code, message string) fakecloud.Reply {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refuse(&refusal{Status: status, Code: code, Message: message})
}

// Throttled is the vendor's answer above its rate limit.
func (c *Cloud) Throttled(*fakecloud.Call) fakecloud.Reply {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refuse(&refusal{Status: 400, Code: orDefault(c.rules.ThrottleCode, "Throttling.User")})
}

// State is what the cloud holds, in the form of a [Seed] without its keys.
func (c *Cloud) State() any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.snapshot()
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Revoke has issued keys refused as expired from now on.
func (c *Cloud) Revoke() { c.front.Revoke() }

// Issued are the secrets of the keys issued so far: ids, secrets and tokens.
func (c *Cloud) Issued() []string { return c.front.Issued() }
