package tfkit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// arrivalKey is the key of private state under which a resource that was moved
// here is recorded until it has been read.
const arrivalKey = "arrival"

// arrival is where a resource was moved from that has not been read since.
type arrival struct {
	Type    string   `json:"type"`
	ID      string   `json:"id"`
	Partial []string `json:"partial,omitempty"` // see [Origin]
}

func (a arrival) write(ctx context.Context, p keeper) diag.Diagnostics {
	b, err := json.Marshal(a)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Unable to keep private state", err.Error())}
	}
	return p.SetKey(ctx, arrivalKey, b)
}

// arrivalOf is where a resource was moved from; unread is false of one that has
// been read since, or was not moved at all.
func arrivalOf(ctx context.Context, p private) (a arrival, unread bool) {
	b, diags := p.GetKey(ctx, arrivalKey)
	if diags.HasError() || b == nil || json.Unmarshal(b, &a) != nil {
		return arrival{}, false
	}
	return a, true
}

// settle records that the resource has been read.
func (arrival) settle(ctx context.Context, p keeper) diag.Diagnostics {
	return p.SetKey(ctx, arrivalKey, nil)
}

// own tells whether a server's members are the set's own of whom its old state
// did not say enough.
func (a arrival) own(server string) bool { return slices.Contains(a.Partial, server) }

// lost is what to do where what was moved is not found. Dropped from state, it
// would be added once more, or be nobody's.
func (a arrival) lost(region string) string {
	return fmt.Sprintf("It was moved here from %s, where it had the id %q, and was looked for in region %s; nothing was changed. If it is in "+
		"another region, or the provider block names another account, let the resource use a provider configuration that fits (provider = "+
		"cloudlb.<alias>): its own argument region is not known to the read that follows a move. If it is gone for good, leave the moved "+
		"block out and run terraform state rm for the old resource; the next apply adds the new one.", a.Type, a.ID, region)
}

// unclear is what to do where the old state does not say enough to find the
// member.
func (a arrival) unclear() string {
	return fmt.Sprintf("It was moved here from %s, whose state does not say which of them it is. Instead of the moved block %s, with an id "+
		"that names the address.", a.Type, insteadOfMoved)
}

// MoveState moves a state here from its origins.
func (v *Verbs[M, P]) MoveState(context.Context) []resource.StateMover {
	return Movers[M](v.Type, v.Origins)
}

// lost is the error about a member that was moved here and cannot be found.
func (v *Verbs[M, P]) lost(group *membership.Handle, model P, from arrival, err error) diag.Diagnostic {
	f := Failure{
		Verb: "read", Noun: v.Noun, Member: model.Member().Key.String(), Group: group.Name(), Err: err, Advice: v.Advise(err, model),
	}
	switch membership.MeaningOf(err) {
	case membership.NotFound, membership.MemberNotFound:
		f.Advice.Text = from.lost(model.Shared().InRegion().ValueString())
	case membership.Refused:
		f.Advice.Text = from.unclear()
	}
	return f.Diagnostic()
}

// found finds a member before its destruction that was moved here and that no
// read has found yet.
func (v *Verbs[M, P]) found(ctx context.Context, group *membership.Handle, model P, p private, diags *diag.Diagnostics) bool {
	from, moved := arrivalOf(ctx, p)
	if !moved {
		return true
	}
	m, err := group.Seek(ctx, model.Locate)
	if err != nil {
		diags.Append(v.lost(group, model, from, err))
		return false
	}
	model.Observe(m)
	return true
}

// MoveState moves a state here from its origins. What such a state lists is the
// set's own.
func (v *SetVerbs[M, E, P, I]) MoveState(context.Context) []resource.StateMover {
	return Movers[M](v.Type, v.Origins)
}

// lost is the error about a group whose members were moved here and that cannot
// be found.
func (v *SetVerbs[M, E, P, I]) lost(group *membership.Handle, model P, from arrival, err error) diag.Diagnostic {
	advice := v.advice(err, model, "")
	if membership.Is(err, membership.NotFound) {
		advice.Text = from.lost(model.Shared().InRegion().ValueString())
	}
	return Failure{Verb: "read", Noun: v.Noun + "s", Group: group.Name(), Err: err, Advice: advice}.Diagnostic()
}

// found finds, before their change or destruction, those members of which the old
// state did not say enough, if no read has found them yet, and puts them into items.
func (v *SetVerbs[M, E, P, I]) found(
	ctx context.Context, group *membership.Handle, model P, items map[string]E, p private, diags *diag.Diagnostics,
) bool {
	from, moved := arrivalOf(ctx, p)
	if !moved {
		return true
	}
	present, err := group.Survey(ctx, nil)
	if err != nil {
		diags.Append(v.lost(group, model, from, err))
		return false
	}
	_, others := v.observe(items, present)
	for _, m := range others {
		if from.own(m.Key.Server) {
			items[freeLabel(items, m.Key)] = v.item(m)
		}
	}
	return true
}

// asListed tells whether a set that was moved here and that no read has found yet is
// planned as its group is. Its state may not say enough of the members to tell, so
// the plan looks where a refresh would have looked.
func (v *SetVerbs[M, E, P, I]) asListed(
	ctx context.Context, items map[string]E, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) bool {
	from, moved := arrivalOf(ctx, req.Private)
	if req.State.Raw.IsNull() || !moved || len(from.Partial) == 0 || resp.Diagnostics.HasError() {
		return false
	}
	model := P(new(M))
	if resp.Diagnostics.Append(req.State.Get(ctx, model)...); resp.Diagnostics.HasError() {
		return false
	}
	var unsaid diag.Diagnostics // what cannot be looked up is planned as it was
	group := v.open(ctx, model, req.Private, &unsaid)
	if group == nil || unsaid.HasError() {
		return false
	}
	ctx, cancel := bounded(ctx, model.Shared().timeout("read", DefaultReadTimeout))
	defer cancel()
	present, err := group.Survey(ctx, nil)
	if err != nil || len(present) != len(items) {
		return false
	}
	for _, m := range present {
		item, labelled := items[m.Key.String()]
		if !labelled {
			return false
		}
		if change, inPlace := v.Change(m, I(&item).Member()); !inPlace || !change.Empty() {
			return false
		}
	}
	return true
}
