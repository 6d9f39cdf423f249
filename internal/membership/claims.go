package membership

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// claims are who, in one run of Terraform, answers for which members of a
// group. An engine lives as long as one walk of Terraform's over its graph.
type claims struct {
	mu    sync.Mutex
	held  map[Key]bool
	plans map[string]Claim // by Token

	// What of plans a claim of single members can conflict with: the owner of
	// each member, and those of the whole group.
	owner  map[Key]string
	owners map[string]bool
}

// Claim is what one resource instance, as planned, answers for in a group.
type Claim struct {
	// Token tells resource instances apart; see [Handle.Claim].
	Token string
	// By is the claimant as another one's error names it, such as
	// "cloudlb_elb_members".
	By string
	// Members are the members claimed, each with what the claimant calls it
	// ("" for nothing in particular).
	Members map[Key]string
	// Exclusive: the claimant owns the whole group.
	Exclusive bool
}

// Conflict is two claims that cannot both hold.
type Conflict struct {
	Key       Key   // the member that both claim, or that the other adds
	Other     Claim // the claim that came first
	Exclusive bool  // one of the two owns the whole group, and the member is not its own
	Both      bool  // both own the whole group
}

func (c *Conflict) Error() string {
	switch {
	case c.Both:
		return "two resources own the whole group; the other is " + c.Other.By
	case c.Exclusive && c.Other.Exclusive:
		return fmt.Sprintf("%s owns the whole group, and %s is not among its members", c.Other.By, c.Key)
	case c.Exclusive:
		return fmt.Sprintf("%s adds member %s to the group", c.Other.name(c.Key), c.Key)
	}
	return fmt.Sprintf("member %s also belongs to %s", c.Key, c.Other.name(c.Key))
}

// name is the claimant and what it calls a member.
func (c Claim) name(k Key) string {
	if label := c.Members[k]; label != "" {
		return fmt.Sprintf("%s (as %q)", c.By, label)
	}
	return c.By
}

// Claim says which members a resource instance answers for. It returns the
// conflict with what another instance has claimed in this run, nil where there
// is none. A claim replaces the same instance's claim of before; one that
// conflicts is not recorded.
func (h *Handle) Claim(c Claim) *Conflict {
	h.claims.mu.Lock()
	defer h.claims.mu.Unlock()
	for _, token := range h.claims.near(c) {
		if conflict := c.against(h.claims.plans[token]); conflict != nil {
			return conflict
		}
	}
	c.Members = maps.Clone(c.Members) // the caller's own may change
	h.claims.record(c)
	return nil
}

// near are the tokens of the claims that one may conflict with, in order. Of
// hundreds of single members only those of the same key are, so that each claim
// costs little.
func (cs *claims) near(c Claim) []string {
	tokens := maps.Clone(cs.owners)
	if tokens == nil {
		tokens = map[string]bool{}
	}
	for k := range c.Members {
		if token, ok := cs.owner[k]; ok {
			tokens[token] = true
		}
	}
	if c.Exclusive {
		for token := range cs.plans {
			tokens[token] = true
		}
	}
	delete(tokens, c.Token)
	return slices.Sorted(maps.Keys(tokens))
}

// record takes a claim over, in the place of the same instance's of before.
func (cs *claims) record(c Claim) {
	if cs.plans == nil {
		cs.plans, cs.owner, cs.owners = map[string]Claim{}, map[Key]string{}, map[string]bool{}
	}
	for k := range cs.plans[c.Token].Members {
		delete(cs.owner, k)
	}
	delete(cs.owners, c.Token)
	for k := range c.Members {
		cs.owner[k] = c.Token
	}
	if c.Exclusive {
		cs.owners[c.Token] = true
	}
	cs.plans[c.Token] = c
}

// Claimed tells whether a token has a claim in this run.
func (h *Handle) Claimed(token string) bool {
	h.claims.mu.Lock()
	defer h.claims.mu.Unlock()
	_, ok := h.claims.plans[token]
	return ok
}

// against is how a claim conflicts with an earlier one; of several members the
// first by name is told.
func (c Claim) against(other Claim) *Conflict {
	if c.Exclusive && other.Exclusive {
		return &Conflict{Other: other, Both: true, Exclusive: true}
	}
	var first *Conflict
	found := func(k Key, exclusive bool) {
		if first == nil || k.String() < first.Key.String() {
			first = &Conflict{Key: k, Other: other, Exclusive: exclusive}
		}
	}
	for k := range c.Members {
		if _, both := other.Members[k]; both || other.Exclusive {
			found(k, !both)
		}
	}
	if c.Exclusive {
		for k := range other.Members {
			if _, both := c.Members[k]; !both {
				found(k, true)
			}
		}
	}
	return first
}

// hold records whether this run has put a member in, or taken it over.
func (h *Handle) hold(k Key, held bool) {
	h.claims.mu.Lock()
	defer h.claims.mu.Unlock()
	if h.claims.held == nil {
		h.claims.held = map[Key]bool{}
	}
	h.claims.held[k] = held
}

// Holds tells whether this run has put a member in, or taken it over. What
// replaces a member and keeps its key does so before the old one is destroyed
// (create_before_destroy): the member must survive that.
func (h *Handle) Holds(m Member) bool {
	h.claims.mu.Lock()
	defer h.claims.mu.Unlock()
	return h.claims.held[m.Key]
}
