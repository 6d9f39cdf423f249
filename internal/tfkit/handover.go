package tfkit

import (
	"context"
	"crypto/rand"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// tookKey is the key of private state under which an instance keeps the members
// that its creation, or a change, has put in or taken over: also one that is put
// in may be in a leftover of its own replacement, where somebody had taken it out
// meanwhile.
const tookKey = "took"

// privateState is private state to read and to write.
type privateState interface {
	private
	keeper
}

// tokenOf is an instance's token; a new one where it has none yet.
func tokenOf(ctx context.Context, p private) string {
	if token := kept(ctx, p, tokenKey); token != "" {
		return token
	}
	return rand.Text()
}

// asInstance is a context in which an instance that is in state asks the group.
func asInstance(ctx context.Context, p private) context.Context {
	return membership.As(ctx, kept(ctx, p, tokenKey))
}

// withToken gives an instance its token at its creation, and returns a context in
// which it asks.
func withToken(ctx context.Context, p keeper, diags *diag.Diagnostics) (_ context.Context, token string) {
	token = rand.Text()
	diags.Append(p.SetKey(ctx, tokenKey, quoted(token))...)
	return membership.As(ctx, token), token
}

// see records what a read has found of an instance, and gives one that has just
// been imported its token. It returns those of its members that another instance
// has taken over: this one is what an interrupted replacement has left.
func see(ctx context.Context, group *membership.Handle, by string, members map[membership.Key]string, p privateState, diags *diag.Diagnostics) map[membership.Key]bool {
	token := kept(ctx, p, tokenKey)
	imported := token == ""
	if imported {
		token = rand.Text()
		diags.Append(p.SetKey(ctx, tokenKey, quoted(token))...)
	}
	superseded := group.See(membership.Claim{
		Token: token, By: by, Members: members, Took: takenOver(ctx, p, members), Unfinished: kept(ctx, p, unfinishedKey) != "",
	})
	if imported {
		return nil // what was just imported is no leftover
	}
	return superseded
}

// takenOver are the members that an instance has taken over, among those that it
// claims.
func takenOver(ctx context.Context, p private, members map[membership.Key]string) map[membership.Key]bool {
	l, _ := readList(ctx, p, tookKey)
	took := map[membership.Key]bool{}
	for k := range members {
		if l.has(membership.Member{Key: k}) {
			took[k] = true
		}
	}
	return took
}

// secondPlan tells whether an instance that is to be replaced is planned for the
// second time, from nothing: Terraform hands that plan what the first one kept.
func secondPlan(ctx context.Context, req resource.ModifyPlanRequest) bool {
	return req.State.Raw.IsNull() && kept(ctx, req.Private, tokenKey) != ""
}

// claim says at plan time which members a resource answers for, and where that
// conflicts with another resource of the same configuration. at is where an error
// belongs; a member's label is added where it has one.
func claim(
	ctx context.Context, group *membership.Handle, c membership.Claim, at path.Path,
	req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) (inherits bool) {
	c.Part, c.Token = membership.Planned, tokenOf(ctx, req.Private)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, tokenKey, quoted(c.Token))...)
	c.Resumes = kept(ctx, req.Private, unfinishedKey) != ""
	if c.New = req.State.Raw.IsNull(); !c.New {
		c.Took = takenOver(ctx, req.Private, c.Members)
	}
	conflict, inherits := group.Claim(c)
	if conflict != nil {
		if label := c.Members[conflict.Key]; label != "" && len(at.Steps()) > 0 && !conflict.Both {
			at = at.AtMapKey(label)
		}
		resp.Diagnostics.Append(conflicting(group, conflict, at))
		return false
	}
	if inherits {
		inherit(ctx, group, req, resp)
	}
	return inherits
}

// leave says at plan time which members a destruction takes out, and refuses to
// take out what another resource of the configuration is to manage.
func leave(ctx context.Context, group *membership.Handle, c membership.Claim, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	c.Part, c.Token, c.Unbegun = membership.Leaving, tokenOf(ctx, req.Private), slices.ContainsFunc(unmetOf(ctx, req.Private),
		func(u membership.Unmet) bool { return u.Deposed })
	if conflict, _ := group.Claim(c); conflict != nil {
		resp.Diagnostics.Append(conflicting(group, conflict, path.Empty()))
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, resumesKey, quoted(""))...)
}

// leaveReplaced is leave for an instance that is to be replaced, of what it has
// and will not have.
func leaveReplaced(ctx context.Context, group *membership.Handle, c membership.Claim, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if c.Token = kept(ctx, req.Private, tokenKey); c.Token == "" || len(c.Members) == 0 {
		return
	}
	if conflict := group.Replaced(c); conflict != nil {
		resp.Diagnostics.Append(conflicting(group, conflict, path.Empty()))
	}
}

// conflicting is the error about two claims.
func conflicting(group *membership.Handle, conflict *membership.Conflict, at path.Path) diag.Diagnostic {
	summary, detail := "Member managed twice", "In "+group.Name()+", "+conflict.Error()+". A member must be managed by one "+
		"resource only: the two would undo each other's changes, and destroying one would take the member out."
	switch {
	case conflict.Exclusive:
		summary, detail = "Group owned by another resource", "In "+group.Name()+", "+conflict.Error()+". With exclusive = true a "+
			"resource removes every member that is not its own: list all members in it, or leave exclusive out."
	case conflict.Goes, conflict.Comes:
		summary, detail = "Member changes hands", "In "+group.Name()+", "+conflict.Error()+". The one could take it out after the other "+
			"has put it in. Say what is meant: where an instance only has a new address, write a moved block; otherwise let the one that "+
			"goes leave it in, by a removed block with lifecycle { destroy = false }, and let the one that comes take it over, by "+
			"adopt_existing = true or an import block. A set gives up some of its members by a removed "+
			"block for it and an import block for it under a new name. Where an interrupted replacement has left a tainted resource, "+
			"run terraform untaint; where the other is what a failed replacement under create_before_destroy has left, and the "+
			"configuration goes back to it, set adopt_existing = true, and plan with a refresh. To destroy all of it, run terraform destroy -refresh=false: without that, it makes a plan such as "+
			"this one first."
	}
	if len(at.Steps()) == 0 {
		return diag.NewErrorDiagnostic(summary, detail)
	}
	return diag.NewAttributeErrorDiagnostic(at, summary, detail)
}

// inherit makes a plan touch a resource that has taken a member over from a
// leftover of its own replacement, which Terraform is about to destroy. Terraform
// starts another process for the apply and asks it only about what changes; and
// it destroys a leftover after the resource has been changed. So that process
// knows by then whose the member is.
func inherit(ctx context.Context, group *membership.Handle, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	resp.Diagnostics.AddWarning("Member taken over from a leftover", "A replacement of this resource was interrupted, and left an "+
		"object behind that is about to be destroyed. What both have in "+group.Name()+" stays in: it is this resource's now.")
	touch(ctx, req, resp)
}

// touch makes a plan that changes nothing change the resource.
func touch(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	for _, name := range []string{"drain_duration", "region"} {
		var configured types.String
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(name), &configured)...)
		if configured.IsNull() {
			resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root(name), types.StringUnknown())...)
			return
		}
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), types.StringUnknown())...)
}

// made records an instance that was just created. Where another one made a member
// of its in this very run, the two are told apart too late for the plan to
// refuse.
func made(group *membership.Handle, c membership.Claim) (conflict diag.Diagnostics) {
	if c := group.Made(c); c != nil {
		conflict.Append(conflicting(group, c, path.Empty()))
	}
	return conflict
}
