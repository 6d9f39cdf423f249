// Package elbfake is a small Huawei Cloud ELB: the v3 API's calls for pools
// and their members over HTTP, with state, rules and signatures of its own,
// and the IAM calls with which a client logs in and finds its project.
//
// It is written from the vendor's API reference ("Elastic Load Balance API
// Reference", API v3, https://support.huaweicloud.com/intl/en-us/api-elb/) and
// imports neither the SDK nor this provider's adapter, so that it cannot share
// their misreadings. FIDELITY.md beside the code says of each behaviour where
// it comes from and how sure it is. What the reference leaves open is a switch
// in [Behaviour].
//
// [Start] serves a seed on a loopback port for one test; [InProcess] does so
// without a socket, for testing/synctest. One server answers for ELB and IAM.
package elbfake

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// Cloud is one account's ELB in one region. It implements [fakecloud.Cloud].
type Cloud struct {
	reporter fakecloud.Reporter

	mu        sync.Mutex
	seed      Seed // Behaviour, keys, tokens and quota may change; the rest is as at the start
	behaviour Behaviour
	ids       int // ids made so far
	requests  int
	meter     fakecloud.Meter

	balancers map[string]*LoadBalancer
	pools     map[string]*pool
	before    map[string]*pool // each pool as before its last write; nil: it was not there
	known     map[string]bool  // every member and pool id there ever was, for markers
	instances map[string]string
	stopped   map[string]bool // addresses whose server stopped or was deleted
	polls     map[string]int  // readings of a member's health
	health    map[string]Health
	ward      fakecloud.Ward     // goes before health
	issued    map[string]*issued // what IAM has issued, by token or access key
	plane     *traffic.Plane     // nil: nothing is forwarded
}

var _ fakecloud.Cloud = (*Cloud)(nil)

// Option adjusts a new cloud.
type Option func(*Cloud)

// ReportTo names who is told of requests that no correct client sends: calls,
// query parameters and methods that the API does not have.
func ReportTo(r fakecloud.Reporter) Option { return func(c *Cloud) { c.reporter = r } }

// With changes the seed's behaviour.
func With(change func(*Behaviour)) Option { return func(c *Cloud) { change(&c.behaviour) } }

// New is a cloud that holds what the seed says. It panics where the seed is
// wrong: see [Seed.Validate] to find out before.
func New(seed Seed, options ...Option) *Cloud {
	if err := seed.Validate(); err != nil {
		panic(err)
	}
	c := &Cloud{
		seed: seed, behaviour: seed.Behaviour,
		balancers: map[string]*LoadBalancer{}, pools: map[string]*pool{}, before: map[string]*pool{},
		known: map[string]bool{}, instances: map[string]string{}, stopped: map[string]bool{}, polls: map[string]int{}, health: map[string]Health{},
		issued: map[string]*issued{},
	}
	for _, b := range seed.LoadBalancers {
		if b.Status == "" {
			b.Status = "ACTIVE"
		}
		c.balancers[b.ID] = &b
	}
	for _, s := range seed.Pools {
		p := c.newPool(s)
		for _, m := range s.Members {
			if refused := c.join(p, m); refused != nil {
				panic(fmt.Sprintf("ELB seed: pool %s: member %s: %s", s.ID, m.Address, refused.message))
			}
		}
		c.pools[p.ID] = p
	}
	for _, o := range options {
		o(c)
	}
	if err := c.behaviour.validate(); err != nil {
		panic("elbfake: " + err.Error())
	}
	return c
}

// SetBehaviour changes the switches from the next call on. It panics on a value
// that no switch has.
func (c *Cloud) SetBehaviour(change func(*Behaviour)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.behaviour
	change(&b)
	if err := b.validate(); err != nil {
		panic("elbfake: " + err.Error())
	}
	c.behaviour = b
}

func (c *Cloud) now() string { return time.Now().UTC().Format("2006-01-02T15:04:05Z") }

func (c *Cloud) switches() Behaviour {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.behaviour
}

func (c *Cloud) errorf(format string, args ...any) {
	if c.reporter != nil {
		c.reporter.Errorf("elbfake: "+format, args...)
	}
}

// holder finds out whose token it is.
func (c *Cloud) holder(token string) (caller, *refusal) {
	if slices.Contains(c.seed.Tokens, token) {
		return caller{domain: c.account(), token: true, scope: anyProject}, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.issued[token]
	switch {
	case i == nil || i.key.AK != "":
		return caller{}, unauthorized("decrypt token fail")
	case i.expired():
		return caller{}, c.expired("token")
	}
	return i.caller, nil
}

// key finds a key and whose it is.
func (c *Cloud) key(ak string) (Key, caller, *refusal) {
	if i := slices.IndexFunc(c.seed.Keys, func(k Key) bool { return k.AK == ak }); i >= 0 {
		k := c.seed.Keys[i]
		return k, caller{domain: cmp.Or(k.Domain, c.account())}, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.issued[ak]
	switch {
	case i == nil || i.key.AK == "":
		return Key{}, caller{}, unauthorized("Get secretKey failed,ak:" + ak + ",err:ak not exist")
	case i.expired():
		return Key{}, caller{}, c.expired("the temporary ak:" + ak)
	}
	return i.key, i.caller, nil
}

// Parse finds out what a call wants and refuses what no state can make right.
func (c *Cloud) Parse(call *fakecloud.Call) *fakecloud.Reply {
	if refused := c.parse(call); refused != nil {
		r := c.Error(call, refused.status, refused.code, refused.message)
		return &r
	}
	return nil
}

func (c *Cloud) parse(call *fakecloud.Call) *refusal {
	req, refused := c.route(call)
	if refused != nil {
		return refused
	}
	call.Parsed = req
	h := call.HTTP.Header
	if !req.route.open || h.Get("Authorization") != "" || h.Get("X-Auth-Token") != "" {
		if refused := c.authenticate(call, req); refused != nil {
			return refused
		}
	}
	if refused := c.throttle(call, req); refused != nil {
		return refused
	}
	if refused := c.checkProject(call, req); refused != nil {
		return refused
	}
	if refused := c.parseQuery(call, req); refused != nil {
		return refused
	}
	return c.parseBody(call, req)
}

// throttle counts ELB calls, not IAM's.
func (c *Cloud) throttle(call *fakecloud.Call, req *request) *refusal {
	b := c.switches()
	if req.project == "" || len(b.ThrottledCalls) > 0 && !slices.Contains(b.ThrottledCalls, call.Op) {
		return nil
	}
	for _, l := range []struct {
		limit  int
		window time.Duration
		unit   string
	}{{b.CallsPerSecond, time.Second, "second"}, {b.CallsPerMinute, time.Minute, "minute"}} {
		if !c.meter.Allow(l.unit, l.limit, l.window, b.ThrottleWindow) {
			return throttled(fmt.Sprintf(",limit:%d,time:1 %s", l.limit, l.unit))
		}
	}
	return nil
}

// Execute carries a call out.
func (c *Cloud) Execute(call *fakecloud.Call) fakecloud.Reply {
	c.mu.Lock()
	defer c.mu.Unlock()
	req := call.Parsed.(*request)
	status, body, refused := req.route.execute(c, call, req)
	if refused != nil && req.route.iam {
		return c.reply(refused.status, "", iamError{refused.status, refused.message, http.StatusText(refused.status)})
	}
	if refused != nil {
		return c.refuse(refused)
	}
	return c.reply(status, "", body)
}

// Busy refuses a write while another one on the pool is under way, where
// Behaviour.BusyCode says so.
func (c *Cloud) Busy(call *fakecloud.Call) (fakecloud.Reply, bool) {
	code := c.switches().BusyCode
	if code == "" {
		return fakecloud.Reply{}, false
	}
	return c.Error(call, http.StatusConflict, code,
		fmt.Sprintf("pool %s is being changed by another request, try again later.", call.Lock)), true
}

// Error is an error as ELB and the API gateway write it.
func (c *Cloud) Error(_ *fakecloud.Call, status int, code, message string) fakecloud.Reply {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refuse(&refusal{status, code, message})
}

// refuse writes an error flat or, where the region does, nested. c.mu is held.
func (c *Cloud) refuse(r *refusal) fakecloud.Reply {
	if c.behaviour.NestedErrors {
		return c.reply(r.status, r.code, map[string]any{"error": map[string]any{"code": r.code, "message": r.message}})
	}
	return c.reply(r.status, r.code, errorBody{Code: r.code, Message: r.message})
}

// throttled is the API gateway's answer above its rate limit; window is what
// it says of the limit.
func throttled(window string) *refusal {
	return &refusal{http.StatusTooManyRequests, "APIGW.0308",
		"The throttling threshold has been reached: policy user over ratelimit" + window}
}

// Throttled is the API gateway's answer above its rate limit.
func (c *Cloud) Throttled(call *fakecloud.Call) fakecloud.Reply {
	r := throttled("")
	return c.Error(call, r.status, r.code, r.message)
}
