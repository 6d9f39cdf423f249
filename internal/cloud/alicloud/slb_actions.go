package alicloud

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// mostSearched is in how many groups, and behind how many load balancers, an action
// that names neither looks for a server.
const mostSearched = 1000

// slbActions are cloudlb_slb_drain and cloudlb_slb_set_weight.
var slbActions = tfkit.Actions[*session, slbSelector, *slbSelector]{
	Cloud: Name, Product: "slb", Title: "SLB (CLB) load balancers", Noun: noun, Groups: "server groups", Server: "server_id",
	Attributes: map[string]schema.Attribute{
		"server_id": schema.StringAttribute{
			Required: true, MarkdownDescription: "Id of the ECS instance, elastic network interface or container group.",
			Validators: []validator.String{tfkit.Name("a server id")},
		},
		"load_balancer_id": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Only in the default server group of this load balancer. Without it and `vserver_group_id`, in every group of " +
				"the region: that takes a call for each 100 load balancers, two for each load balancer and one for each vserver group, and is " +
				fmt.Sprintf("refused above %d groups. Master-slave server groups, whose weights are fixed, are not among them.", mostSearched),
			Validators: []validator.String{tfkit.OptionalName("a load balancer id")},
		},
		"vserver_group_id": schema.StringAttribute{
			Optional: true, MarkdownDescription: "Only in this vserver group.",
			Validators: []validator.String{tfkit.OptionalName("a vserver group id")},
		},
		"server_ip": schema.StringAttribute{
			Optional: true, MarkdownDescription: "Only the members with this address, of a network interface that has several.",
			Validators: []validator.String{tfkit.Address()},
		},
		"port": schema.NumberAttribute{
			Optional:            true,
			MarkdownDescription: "Only the members on this port, 1 to 65535, which are in vserver groups. Without it all ports.",
			Validators:          []validator.Number{tfkit.Whole(1, 65535)},
		},
	},
	Find: findSLBGroups,
	Advise: func(err error, region string, m *slbSelector) tfkit.Advice {
		if tfkit.Given(m.VServerGroupID) {
			return vserverGroup.advise(err, "", region)
		}
		return defaultGroup.advise(err, "", region)
	},
}

// slbSelector is which members an action is about.
type slbSelector struct {
	ServerID       types.String `tfsdk:"server_id"`
	LoadBalancerID types.String `tfsdk:"load_balancer_id"`
	VServerGroupID types.String `tfsdk:"vserver_group_id"`
	ServerIP       types.String `tfsdk:"server_ip"`
	Port           types.Number `tfsdk:"port"`
}

func (s *slbSelector) Validate(diags *diag.Diagnostics) {
	if !tfkit.Given(s.LoadBalancerID) {
		return
	}
	const summary = "Conflicting arguments"
	if tfkit.Given(s.VServerGroupID) {
		diags.AddAttributeError(path.Root("vserver_group_id"), summary,
			"load_balancer_id means the default server group of a load balancer, and vserver_group_id another group: leave one of them out.")
	}
	if !s.Port.IsNull() {
		diags.AddAttributeError(path.Root("port"), summary,
			"The members of a default server group, which load_balancer_id means, have no ports: leave port or load_balancer_id out.")
	}
}

func (s *slbSelector) Picks(m membership.Member) bool {
	return m.Key.Server == s.ServerID.ValueString() &&
		(s.Port.IsNull() || m.Key.Port == int(tfkit.Int(s.Port))) &&
		(!tfkit.Given(s.ServerIP) || tfkit.SameAddress(m.Key.Address, s.ServerIP.ValueString()))
}

func (s *slbSelector) String() string {
	return membership.Key{
		Server: s.ServerID.ValueString(), Address: membership.NormalAddress(s.ServerIP.ValueString()), Port: int(tfkit.Int(s.Port)),
	}.String()
}

// findSLBGroups is the group that is named, or else every group of the region.
func findSLBGroups(ctx context.Context, s *session, region string, m *slbSelector) ([]tfkit.Place, error) {
	var places []tfkit.Place
	var failed error
	add := func(kind serverKind, id string) {
		group, err := s.open(kind, region, id)
		if err != nil {
			failed = err
			return
		}
		places = append(places, tfkit.Place{Group: group})
	}
	switch {
	case tfkit.Given(m.VServerGroupID):
		add(vserverGroup, m.VServerGroupID.ValueString())
		return places, failed
	case tfkit.Given(m.LoadBalancerID):
		add(defaultGroup, m.LoadBalancerID.ValueString())
		return places, failed
	}
	balancers, groups, err := s.everyGroup(ctx, region)
	if err != nil {
		return nil, err
	}
	for i, balancer := range balancers {
		if m.Port.IsNull() {
			add(defaultGroup, balancer)
		}
		for _, g := range groups[i] {
			add(vserverGroup, g.ID)
		}
	}
	if len(places) > mostSearched {
		return nil, &membership.Error{Class: membership.Refused, Message: fmt.Sprintf(
			"the region has %d groups of servers, and no more than %d are looked through: name load_balancer_id or vserver_group_id",
			len(places), mostSearched)}
	}
	return places, failed
}

// everyGroup lists the load balancers of a region and the vserver groups of each.
func (s *session) everyGroup(ctx context.Context, region string) (balancers []string, groups [][]slbapi.VServerGroup, err error) {
	in, err := s.in(region)
	if err != nil {
		return nil, nil, err
	}
	err = in.engine.Read(ctx, func(ctx context.Context) (err error) {
		balancers, err = in.client.LoadBalancers(ctx, mostSearched)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	groups = make([][]slbapi.VServerGroup, len(balancers))
	errs := make([]error, len(balancers))
	tfkit.Several(balancers, func(i int, balancer string) {
		errs[i] = in.engine.Read(ctx, func(ctx context.Context) (err error) {
			groups[i], err = in.client.VServerGroups(ctx, balancer)
			return err
		})
	})
	for _, err := range errs {
		if err != nil && !membership.Is(err, membership.NotFound) { // deleted meanwhile: it has none
			return nil, nil, err
		}
	}
	return balancers, groups, nil
}
