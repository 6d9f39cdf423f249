package membership

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// claims are who answers for which members of a group, as far as one session
// knows: one process of the provider, which mostly lives for one walk of
// Terraform's over its graph, and under terraform test or a debugger for many.
type claims struct {
	mu    sync.Mutex
	plans map[string]Claim // the latest of each resource instance, by token
	byKey map[Key]tokens   // those that speak of a member
	owner tokens           // those that own the whole group

	held   map[Key]string // who has put a member in, or taken it over, in this session
	handed map[Key]bool   // left in by who had them, for the next one to add them
	wanted map[Key]string // who could not take a member over, because it was there
}

type tokens map[string]bool

// Part is what a claim says of one instance.
type Part int

// The parts. Only what is planned can conflict with another's plan.
const (
	Seen    Part = iota // it was read, and nothing is planned yet
	Planned             // it is to be so
	Leaving             // it is to be destroyed
)

// Claim is what one resource instance answers for in a group.
type Claim struct {
	// Token tells resource instances apart. It is the instance's own for as
	// long as it lives; one that is not created yet has a new one in each plan.
	Token string
	// By is the claimant as another one's error names it, such as
	// "cloudlb_elb_members".
	By   string
	Part Part
	// Members are the members claimed, or to be taken out where the instance is
	// leaving, each with what the claimant calls it ("" for nothing in
	// particular).
	Members map[Key]string
	// Gives are the members that the plan takes out of the group while the
	// instance stays.
	Gives []Key
	// Exclusive: the claimant owns the whole group.
	Exclusive bool
	// New: the instance is not created yet. Again tells that this may be the
	// plan, in a later walk of the session, of one that was planned before: then
	// two that are alike in everything, their Likeness included, do not conflict.
	New, Again bool
	Likeness   string
	// Unfinished: the instance's creation has failed.
	Unfinished bool
	// Took are the members that the instance's creation has taken over, as a
	// replacement under create_before_destroy does.
	Took map[Key]bool
	// Adopts are the members that the plan takes over, should they be there.
	Adopts map[Key]bool
	// Resumes: its creation has failed earlier. Unbegun: it is what a replacement has
	// left, and an earlier apply could not begin to take it out, because what comes in
	// its place was wanting.
	Resumes, Unbegun bool
}

// Conflict is two claims that cannot both hold.
type Conflict struct {
	Key       Key   // the member that both claim, or that the other adds
	Other     Claim // the claim that came first
	Exclusive bool  // one of the two owns the whole group, and the member is not its own
	Both      bool  // both own the whole group
	Goes      bool  // the other takes the member out
	Comes     bool  // the other one claims what this one takes out
}

func (c *Conflict) Error() string {
	who := c.Other.name(c.Key)
	switch {
	case c.Both:
		return "two resources own the whole group; the other is " + c.Other.By
	case c.Exclusive && c.Other.Exclusive:
		return fmt.Sprintf("%s owns the whole group, and %s is not among its members", c.Other.By, c.Key)
	case c.Exclusive:
		return fmt.Sprintf("%s adds member %s to the group", who, c.Key)
	case c.Goes:
		return fmt.Sprintf("member %s is to be taken out by another %s in this very plan", c.Key, c.Other.By)
	case c.Comes:
		return fmt.Sprintf("member %s is to be managed by %s in this very plan", c.Key, who)
	}
	return fmt.Sprintf("member %s also belongs to %s", c.Key, who)
}

// name is the claimant and what it calls a member.
func (c Claim) name(k Key) string {
	if label := c.Members[k]; label != "" {
		return fmt.Sprintf("%s (as %q)", c.By, label)
	}
	return c.By
}

// keys are the members that a claim speaks of.
func (c Claim) keys() []Key { return slices.AppendSeq(slices.Clone(c.Gives), maps.Keys(c.Members)) }

// Claim says what a resource instance answers for. It returns the conflict with
// what another instance claims, nil where there is none. A claim replaces the same
// instance's claim of before; one that conflicts is not recorded.
//
// inherits tells that a leftover of the instance's own replacement, an object
// that an interrupted run has not destroyed, speaks of a member that the
// instance has taken over.
func (h *Handle) Claim(c Claim) (conflict *Conflict, inherits bool) {
	cs := &h.claims
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for _, token := range cs.near(c) {
		other := cs.plans[token]
		if conflict = cs.against(c, other); conflict != nil {
			return conflict, false
		}
		inherits = inherits || c.Part == Planned && c.succeeds(other)
	}
	c.Members = maps.Clone(c.Members) // the caller's own may change
	if c.New && c.Gives == nil {      // the second plan of one that is replaced
		c.Gives = cs.plans[c.Token].Gives
	}
	cs.record(c)
	return nil, inherits
}

// replaced ends the token under which an instance that is to be replaced leaves:
// under its own it claims what it will have, perhaps in another group.
const replaced = "/replaced"

// Replaced says what an instance leaves that is to be replaced, beside the claim
// of what it will be.
func (h *Handle) Replaced(c Claim) (conflict *Conflict) {
	c.Part, c.Token = Leaving, c.Token+replaced
	conflict, _ = h.Claim(c)
	return conflict
}

// See records what was read of an instance. It returns those of its members that
// another instance of the same type has taken over and claims: the one that was
// read is a leftover of that one's replacement.
func (h *Handle) See(c Claim) (superseded map[Key]bool) {
	h.short.forget() // it is read before anything is changed in a run
	cs := &h.claims
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c.Part = Seen
	cs.drop(c.Token + replaced)
	superseded = map[Key]bool{}
	for _, token := range cs.near(c) {
		if other := cs.plans[token]; other.Part == Planned && other.succeeds(c) {
			for k := range c.Members {
				superseded[k] = superseded[k] || other.Took[k]
			}
		}
	}
	was, known := cs.plans[c.Token]
	switch {
	case !known || was.Part == Seen:
		c.Members = maps.Clone(c.Members)
		cs.record(c)
	case was.New: // its run is over
		was.New, was.Likeness = false, ""
		cs.plans[c.Token] = was
	}
	return superseded
}

// Forget ends the claim of an instance that is destroyed.
func (h *Handle) Forget(token string) {
	cs := &h.claims
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.drop(token)
	cs.drop(token + replaced)
}

// Made records that an instance was created: what was planned for it before it
// had a token of its own is its claim now. It returns the key of a member that
// another instance has made in this session and that nothing has looked at since,
// so that the two must be of one and the same run; nil where there is none.
func (h *Handle) Made(c Claim) *Conflict {
	cs := &h.claims
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for k := range c.Members {
		for token := range cs.byKey[k] {
			if other := cs.plans[token]; other.New && other.Likeness == "made" && token != c.Token {
				return &Conflict{Key: k, Other: other}
			}
		}
	}
	for k := range c.Members {
		for token := range maps.Clone(cs.byKey[k]) {
			if cs.plans[token].New {
				cs.drop(token)
			}
		}
	}
	c.Part, c.New, c.Likeness = Planned, true, "made"
	c.Members = maps.Clone(c.Members)
	cs.record(c)
	return nil
}

// succeeds tells whether an instance has taken a member over from another
// object, which is a leftover of its own replacement: of one type, and not one
// that is planned to stay.
func (c Claim) succeeds(other Claim) bool {
	if c.By != other.By || other.Part == Planned || other.New {
		return false
	}
	for k := range other.Members {
		if _, claimed := c.Members[k]; claimed && c.Took[k] {
			return true
		}
	}
	return false
}

// near are the tokens of the claims that one may conflict with, in order. Of
// hundreds of single members only those of the same key are, so that each claim
// costs little.
func (cs *claims) near(c Claim) []string {
	near := maps.Clone(cs.owner)
	if near == nil {
		near = tokens{}
	}
	for _, k := range c.keys() {
		maps.Copy(near, cs.byKey[k])
	}
	if c.Exclusive {
		for token := range cs.plans {
			near[token] = true
		}
	}
	delete(near, c.Token)
	return slices.Sorted(maps.Keys(near))
}

// record takes a claim over, in the place of the same instance's of before.
func (cs *claims) record(c Claim) {
	cs.drop(c.Token)
	if cs.plans == nil {
		cs.plans, cs.byKey, cs.owner = map[string]Claim{}, map[Key]tokens{}, tokens{}
	}
	for _, k := range c.keys() {
		if cs.byKey[k] == nil {
			cs.byKey[k] = tokens{}
		}
		cs.byKey[k][c.Token] = true
	}
	if c.Exclusive && c.Part == Planned {
		cs.owner[c.Token] = true
	}
	cs.plans[c.Token] = c
}

func (cs *claims) drop(token string) {
	for _, k := range cs.plans[token].keys() {
		if delete(cs.byKey[k], token); len(cs.byKey[k]) == 0 {
			delete(cs.byKey, k)
		}
	}
	delete(cs.owner, token)
	delete(cs.plans, token)
}

// against is how a claim conflicts with another; of several members the first
// by name is told.
func (cs *claims) against(c, other Claim) *Conflict {
	if c.Part == Seen || other.Part == Seen || c.alike(other) {
		return nil
	}
	planned := c.Part == Planned && other.Part == Planned
	if planned && c.Exclusive && other.Exclusive {
		return &Conflict{Other: other, Both: true, Exclusive: true}
	}
	var first *Conflict
	found := func(k Key, conflict Conflict) {
		if first == nil || k.String() < first.Key.String() {
			conflict.Key, conflict.Other = k, other
			first = &conflict
		}
	}
	for k := range c.Members {
		_, both := other.Members[k]
		switch {
		case planned && (both || other.Exclusive && !slices.Contains(other.Gives, k)):
			found(k, Conflict{Exclusive: !both})
		case c.Part == Planned && (both || slices.Contains(other.Gives, k)) && !cs.passes(k, c, other):
			found(k, Conflict{Goes: true})
		case c.Part == Leaving && other.Part == Planned && both && !cs.passes(k, other, c):
			found(k, Conflict{Comes: true})
		}
	}
	for _, k := range c.Gives {
		if _, claimed := other.Members[k]; claimed && other.Part == Planned && !cs.passes(k, other, c) {
			found(k, Conflict{Comes: true})
		}
	}
	if planned && c.Exclusive {
		for k := range other.Members {
			if _, both := c.Members[k]; !both && !slices.Contains(c.Gives, k) {
				found(k, Conflict{Exclusive: true})
			}
		}
	}
	return first
}

// alike tells whether a plan of an instance that is not created yet may be of the
// same one as another plan, before it.
func (c Claim) alike(other Claim) bool {
	return c.New && c.Again && other.New && c.By == other.By && c.Exclusive == other.Exclusive && c.Likeness == other.Likeness &&
		maps.Equal(c.Members, other.Members)
}

type askerKey struct{}

// As is a context in which a resource instance asks, by the token of its claims.
func As(ctx context.Context, token string) context.Context {
	return context.WithValue(ctx, askerKey{}, token)
}

// asker is the token of the instance that asks; "" for none.
func asker(ctx context.Context) string {
	token, _ := ctx.Value(askerKey{}).(string)
	return token
}

// hold records that an instance has put a member in, or taken it over.
func (h *Handle) hold(k Key, by string) {
	h.claims.mu.Lock()
	defer h.claims.mu.Unlock()
	if h.claims.held == nil {
		h.claims.held = map[Key]string{}
	}
	h.claims.held[k] = by
	delete(h.claims.wanted, k)
	delete(h.claims.handed, k)
}

// let records that a member is out.
func (h *Handle) let(k Key) {
	h.engine.arrivals.forget(h, k)
	h.claims.mu.Lock()
	defer h.claims.mu.Unlock()
	delete(h.claims.held, k)
	delete(h.claims.handed, k)
}

// want records that an instance could not have a member, because it is there.
func (h *Handle) want(k Key, by string) {
	h.claims.mu.Lock()
	defer h.claims.mu.Unlock()
	if h.claims.wanted == nil {
		h.claims.wanted = map[Key]string{}
	}
	h.claims.wanted[k] = by
}

// passedOn tells whether a member that an instance is to take out is another
// one's by now: that one has put it in or taken it over in this session, or has
// done so earlier and claims it. What replaces a member and keeps its key does so
// before the old one is destroyed, and the member must survive that.
func (h *Handle) passedOn(m Member, by string) bool {
	cs := &h.claims
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if holder := cs.held[m.Key]; holder != "" && holder != by {
		return true
	}
	for token := range cs.byKey[m.Key] {
		if c := cs.plans[token]; token != by && c.Part == Planned && c.Took[m.Key] {
			if _, claimed := c.Members[m.Key]; claimed {
				return true
			}
		}
	}
	return false
}

// wantedByAnother tells whether another instance of this session could not have
// a member, because it was there.
func (h *Handle) wantedByAnother(m Member, by string) bool {
	h.claims.mu.Lock()
	defer h.claims.mu.Unlock()
	who := h.claims.wanted[m.Key]
	return who != "" && who != by
}
