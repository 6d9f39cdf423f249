package tfkit

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// The keys of private state under which a set keeps lists of members.
const (
	listedKey  = "listed"  // those that its configuration listed at the last apply
	pendingKey = "pending" // those that it added or moved, and has not seen healthy since
)

// listed are members as private state has them: by key and, where the vendor has
// ids, by id too, because a key may change.
type listed struct {
	Keys []string `json:"keys"`
	IDs  []string `json:"ids,omitempty"`
	// Imported: no apply has listed anything yet, and the members are all those
	// that came in by an import.
	Imported bool `json:"imported,omitempty"`

	index map[string]bool
}

func (l *listed) add(m membership.Member) {
	l.Keys = append(l.Keys, m.Key.String())
	if m.ID != "" {
		l.IDs = append(l.IDs, m.ID)
	}
	l.index = nil
}

// has tells whether a member is among those listed.
func (l *listed) has(m membership.Member) bool {
	if l.index == nil {
		l.index = make(map[string]bool, len(l.Keys)+len(l.IDs))
		for _, some := range [][]string{l.Keys, l.IDs} {
			for _, s := range some {
				l.index[s] = true
			}
		}
	}
	return l.index[m.Key.String()] || m.ID != "" && l.index[m.ID]
}

// own tells whether the configuration of an apply has listed a member.
func (l *listed) own(m membership.Member) bool { return !l.Imported && l.has(m) }

// readList is a list of private state; known is false where there is none, as
// of a resource that was moved here.
func readList(ctx context.Context, p private, key string) (l listed, known bool) {
	b, diags := p.GetKey(ctx, key)
	if diags.HasError() || b == nil || json.Unmarshal(b, &l) != nil {
		return listed{}, false
	}
	return l, true
}

// readListed are the members that the configuration listed at the last apply.
// Where nothing is known of that they are taken for imported.
func readListed(ctx context.Context, p private) (l listed, known bool) {
	if l, known = readList(ctx, p, listedKey); !known {
		l.Imported = true
	}
	return l, known
}

// keeper is private state as a verb writes it.
type keeper interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

func (l *listed) write(ctx context.Context, p keeper, key string) diag.Diagnostics {
	b, err := json.Marshal(l)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Unable to keep private state", err.Error())}
	}
	return p.SetKey(ctx, key, b)
}

// nobody owns nothing.
func nobody(membership.Member) bool { return false }

// leaves tells whether the destruction of a set removes a member of its state:
// where its configuration has listed it, and, after an import or a move, where
// it came in by that.
func leaves(l listed, known bool) func(membership.Member) bool {
	return func(m membership.Member) bool { return !known || l.has(m) }
}

// own tells, for a plan, whether a member of state that it does not list is to
// be removed: the plan of a resource that owns the group has shown it as a
// removal, whosoever it is. Otherwise only a member that the configuration has
// listed is; others, which came in by an import or were there while the
// resource owned the group, are let go.
func (v *SetVerbs[M, E, P, I]) own(plan P, l listed) func(membership.Member) bool {
	exclusive := plan.Set().Exclusive.ValueBool()
	return func(m membership.Member) bool { return exclusive || l.own(m) }
}

// displaced are the keys of the members of others that the plan names.
func displaced(ctx context.Context, plan interface{ Set() *SetCommon }, diags *diag.Diagnostics) (keys []string) {
	if of := plan.Set().Displaced; !of.IsNull() && !of.IsUnknown() {
		diags.Append(of.ElementsAs(ctx, &keys, false)...)
	}
	return keys
}
