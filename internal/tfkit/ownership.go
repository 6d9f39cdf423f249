package tfkit

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// pendingKey is the key of private state under which a set keeps the members
// that it added or moved, and has not seen healthy since.
const pendingKey = "pending"

// listed are members as private state has them: by key and, where the vendor has
// ids, by id too, because a key may change.
type listed struct {
	Keys []string `json:"keys"`
	IDs  []string `json:"ids,omitempty"`

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

// moved puts a member in the place of the one that it was, if that is listed.
func (l *listed) moved(was, is membership.Member) {
	if !l.has(was) {
		return
	}
	l.Keys = slices.DeleteFunc(l.Keys, func(s string) bool { return s == was.Key.String() })
	l.IDs = slices.DeleteFunc(l.IDs, func(s string) bool { return s == was.ID })
	l.add(is)
}

// readList is a list of private state; known is false where there is none, as
// of a resource that was moved here.
func readList(ctx context.Context, p private, key string) (l listed, known bool) {
	b, diags := p.GetKey(ctx, key)
	if diags.HasError() || b == nil || json.Unmarshal(b, &l) != nil {
		return listed{}, false
	}
	return l, true
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

// The keys of private state about what an import brought in.
const (
	// importedKey says that no apply has changed anything of a set since it was
	// imported. Terraform does not tell a provider of an apply that changes
	// nothing.
	importedKey = "imported"
	// goesKey has the members of an imported set that a replacement takes out.
	goesKey = "goes"
)

// ownership is which members of a set's state are its own: those that its
// configuration listed at the last apply. State may hold others, which an
// import has brought in, a refresh of a group that the set owns, or a creation
// that took them over and failed. The attribute others names them, because a
// tainted object is destroyed without its private state.
type ownership struct {
	others   map[string]bool // by key
	imported bool
}

func readOwnership(ctx context.Context, others types.List, p private) (o ownership, diags diag.Diagnostics) {
	var keys []string
	if !others.IsNull() && !others.IsUnknown() {
		diags = others.ElementsAs(ctx, &keys, false)
	}
	o = ownership{others: make(map[string]bool, len(keys)), imported: kept(ctx, p, importedKey) != ""}
	for _, k := range keys {
		o.others[k] = true
	}
	return o, diags
}

// own tells whether a member of state is the set's own.
func (o ownership) own(m membership.Member) bool { return !o.imported && !o.others[m.Key.String()] }

// goes tells whether a destruction takes a member of state out: the set's own
// and, where it was only imported, what came in, which may have been listed.
func (o ownership) goes(m membership.Member) bool { return o.imported || !o.others[m.Key.String()] }

// removes tells, for a plan, whether a member of state that it does not list is
// to be removed: the plan of a resource that owns the group has shown it as a
// removal, whosoever it is. Otherwise only its own is; others are let go.
func (o ownership) removes(exclusive bool) func(membership.Member) bool {
	return func(m membership.Member) bool { return exclusive || o.own(m) }
}

// othersOf are the keys of members as the attribute others has them; null where
// there are none.
func othersOf(members []membership.Member) types.List {
	if len(members) == 0 {
		return types.ListNull(types.StringType)
	}
	keys := make([]attr.Value, 0, len(members))
	for _, m := range sorted(members) {
		keys = append(keys, types.StringValue(m.Key.String()))
	}
	return types.ListValueMust(types.StringType, keys)
}

// nobody owns nothing.
func nobody(membership.Member) bool { return false }

// displaced are the keys of the members of others that the plan names.
func displaced(ctx context.Context, plan interface{ Set() *SetCommon }, diags *diag.Diagnostics) (keys []string) {
	if of := plan.Set().Displaced; !of.IsNull() && !of.IsUnknown() {
		diags.Append(of.ElementsAs(ctx, &keys, false)...)
	}
	return keys
}
