package tfkit

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// A creation that failed is resumed. Terraform taints what it has left, and
// replaces that in the next apply: it destroys the tainted object, and creates
// another. What both have must not be out meanwhile, for it may serve by then. The
// plan of the new object keeps what it wants, and Terraform hands that to the
// destruction of the old one, which leaves it in.

// The keys of private state about a creation that failed.
const (
	// unfinishedKey says of an instance that its creation has failed.
	unfinishedKey = "unfinished"
	// resumesKey has, with the plan of an instance, the members that it resumes.
	resumesKey = "resumes"
)

// resumed is a member that the creation of an instance takes on: by all that
// cannot be changed in place.
type resumed struct {
	Key    string `json:"key"`
	Subnet string `json:"subnet,omitempty"`
	Type   string `json:"type,omitempty"`
}

func resumedAs(m membership.Member) resumed {
	return resumed{Key: m.Key.String(), Subnet: m.Subnet, Type: m.Type}
}

// resume says with the first plan of a new instance which of the members that it wants
// a failed creation has put in.
func resume(
	ctx context.Context, group *membership.Handle, c membership.Claim, wanted []membership.Member, resp *resource.ModifyPlanResponse,
) {
	unfinished := group.Unfinished(c)
	if len(unfinished) == 0 {
		return
	}
	var stay []resumed
	for _, m := range wanted {
		if unfinished[m.Key] {
			stay = append(stay, resumedAs(m))
		}
	}
	b, err := json.Marshal(stay)
	if err != nil {
		resp.Diagnostics.AddError("Unable to keep private state", err.Error())
		return
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, resumesKey, b)...)
	resp.Diagnostics.AddWarning("A failed creation goes on", fmt.Sprintf("The resource is tainted because its creation failed. What "+
		"that has put in %s, and the configuration still lists, stays in, and is waited for again where wait_for_healthy asks for it. "+
		"Under create_before_destroy the new half takes it over at once, and what is destroyed waits for its health; that takes "+
		"adopt_existing = true, or else run terraform untaint first.", group.Name()))
}

// resumes are the members that the instance resumes which takes the place of the
// one that is to be destroyed; none where it is destroyed for good.
func resumes(ctx context.Context, p private) map[resumed]bool {
	b, diags := p.GetKey(ctx, resumesKey)
	var stay []resumed
	if diags.HasError() || b == nil || json.Unmarshal(b, &stay) != nil {
		return nil
	}
	set := make(map[resumed]bool, len(stay))
	for _, m := range stay {
		set[m] = true
	}
	return set
}

// handOver leaves members in that the instance takes on which is created next,
// and returns the others.
func handOver(ctx context.Context, group *membership.Handle, members []membership.Member, p private) (others []membership.Member) {
	stay := resumes(ctx, p)
	var handed []membership.Member
	for _, m := range members {
		if stay[resumedAs(m)] {
			handed = append(handed, m)
		} else {
			others = append(others, m)
		}
	}
	group.HandOver(handed)
	return others
}

// waitsAgain makes a plan that changes nothing wait once more for members that
// this resource has added or moved, and that no apply has seen healthy.
func waitsAgain(
	ctx context.Context, waits types.Bool, members []membership.Member, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	pending, _ := readList(ctx, req.Private, pendingKey)
	var unseen []membership.Member
	for _, m := range members {
		if m.Weight > 0 && pending.has(m) {
			unseen = append(unseen, m)
		}
	}
	if !waits.ValueBool() || len(unseen) == 0 || resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.AddAttributeWarning(path.Root("wait_for_healthy"), "Waits for health again", "An earlier apply never saw these healthy: "+
		names(sorted(unseen))+". This one waits again.")
	touch(ctx, req, resp)
}

// seenThrough waits for the members of a failed creation that its successor has
// taken over: it found them in the group, and so did not wait for them.
func seenThrough(ctx context.Context, group *membership.Handle, model sharer, spared []membership.Member, p private) []error {
	ctx, cancel := bounded(ctx, writeTimeout("delete", model))
	defer cancel()
	if !model.Shared().WaitForHealthy.ValueBool() || len(spared) == 0 || kept(ctx, p, unfinishedKey) == "" {
		return make([]error, len(spared))
	}
	_, errs := group.AwaitHealthy(ctx, spared)
	return errs
}

// finished records how a creation ended.
func finished(ctx context.Context, ok bool, p keeper) (diags diag.Diagnostics) {
	diags = p.SetKey(ctx, resumesKey, quoted(""))
	state := ""
	if !ok {
		state = "yes"
	}
	diags.Append(p.SetKey(ctx, unfinishedKey, quoted(state))...)
	return diags
}
