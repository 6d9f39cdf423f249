package tfkit

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Read refreshes the members. Those that are gone leave the state at their own
// path; those of others are left out, unless the resource owns the group.
func (v *SetVerbs[M, E, P, I]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	model := P(new(M))
	if resp.Diagnostics.Append(req.State.Get(ctx, model)...); resp.Diagnostics.HasError() {
		return
	}
	model.Shared().home = homeOf(ctx, model.Shared().Region, req.Private)
	// Older CLIs do not keep the identity, and the framework wants one after
	// every read, that of a group that is gone included.
	v.identify(ctx, model, resp.Identity, &resp.Diagnostics)
	if !v.Session.Known() {
		tflog.Warn(ctx, "provider configuration is not known yet; state is not refreshed")
		return
	}
	if _, ok := usable(v.Session, homeOf(ctx, model.Shared().Region, req.Private), &resp.Diagnostics); !ok {
		return
	}
	var diags diag.Diagnostics
	ctx, cancel := bounded(ctx, model.Shared().timeout("read", DefaultReadTimeout))
	defer cancel()
	group := v.open(ctx, model, req.Private, &diags)
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	imported := *model.Items() == nil
	items := model.Items().Present()
	found, ok := v.survey(ctx, group, model, req.Private, resp)
	if !ok {
		return
	}
	seen, others := v.observe(items, found)
	if imported || model.Set().Exclusive.ValueBool() {
		for _, m := range sorted(others) {
			seen[freeLabel(seen, m.Key)] = v.item(m)
		}
	}
	if from, moved := arrivalOf(ctx, req.Private); moved {
		others = slices.DeleteFunc(others, func(m membership.Member) bool { return from.own(m.Key.Server) })
		resp.Diagnostics.Append(from.settle(ctx, resp.Private)...)
	}
	if v.supersede(ctx, group, seen, resp) && len(items) > 0 {
		resp.State.RemoveResource(ctx)
		return
	}
	if imported {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, quoted("yes"))...)
	} else {
		others = v.strangers(ctx, model, seen, others, req.Private, &resp.Diagnostics)
	}
	model.Set().Others = othersOf(others)
	v.keep(ctx, model, seen, &resp.State, resp.Identity, &resp.Diagnostics)
}

// survey lists the group's members. Where the group is gone, so is the resource;
// not so one that was moved here, which may have been looked for in a wrong place.
func (v *SetVerbs[M, E, P, I]) survey(
	ctx context.Context, group *membership.Handle, model P, p private, resp *resource.ReadResponse,
) (found []membership.Member, ok bool) {
	had := membersOf[E, I](model.Items().Present())
	found, err := group.Survey(ctx, slices.Collect(maps.Values(had)))
	from, moved := arrivalOf(ctx, p)
	switch gone := membership.Is(err, membership.NotFound); {
	case gone && moved:
		resp.Diagnostics.Append(v.lost(group, model, from, err))
	case gone:
		if *model.Items() != nil {
			tflog.Warn(ctx, "group is gone; dropping its members from state", map[string]any{"group": group.Name(), "reason": err.Error()})
		}
		resp.State.RemoveResource(ctx)
	case err != nil:
		resp.Diagnostics.Append(Failure{Verb: "read", Noun: v.Noun + "s", Group: group.Name(), Err: err,
			Advice: v.advice(err, model, "")}.Diagnostic())
	}
	return found, err == nil
}

// supersede takes out of what was seen what an interrupted run has left, and is
// the replacement's by now. all tells that there was some of that, and nothing else.
func (v *SetVerbs[M, E, P, I]) supersede(
	ctx context.Context, group *membership.Handle, seen map[string]E, resp *resource.ReadResponse,
) (all bool) {
	superseded := see(ctx, group, v.Type, v.claimOf(seen, "").Members, resp.Private, &resp.Diagnostics)
	for label, m := range membersOf[E, I](seen) {
		if superseded[m.Key] {
			delete(seen, label)
		}
	}
	return len(seen) == 0 && slices.Contains(slices.Collect(maps.Values(superseded)), true)
}

// strangers are the members of others that state has after a read: those that it
// had before and, where the resource owns the group, the rest of the group.
func (v *SetVerbs[M, E, P, I]) strangers(
	ctx context.Context, model P, seen map[string]E, rest []membership.Member, p private, diags *diag.Diagnostics,
) []membership.Member {
	before, faults := readOwnership(ctx, model.Set().Others, p)
	diags.Append(faults...)
	if !model.Set().Exclusive.ValueBool() {
		rest = nil
	}
	for label := range model.Items().Present() {
		item, in := seen[label]
		if m := I(&item).Member(); in && before.others[m.Key.String()] {
			rest = append(rest, m)
		}
	}
	return rest
}
