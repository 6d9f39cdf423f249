package alicloud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// groupActions are the actions on members of the server groups of ALB or NLB, such
// as cloudlb_alb_drain and cloudlb_alb_set_weight.
func groupActions(kind serverKind) tfkit.Actions[*session, groupSelector, *groupSelector] {
	return tfkit.Actions[*session, groupSelector, *groupSelector]{
		Cloud: Name, Product: strings.ToLower(kind.product), Title: kind.product + " load balancers", Noun: noun, Groups: "server groups", Server: "server_id",
		Attributes: map[string]schema.Attribute{
			"server_id": schema.StringAttribute{
				Required: true, MarkdownDescription: kind.serverText(), Validators: []validator.String{tfkit.Checked(checkServerID)},
			},
			kind.attribute: schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Only in this server group. Without it in every server group of the region, which takes one listing to find " +
					"and one of each group that has the server.",
				Validators: []validator.String{tfkit.OptionalName("a server group id")},
			},
			"server_ip": schema.StringAttribute{
				Optional: true, MarkdownDescription: "Only the members with this address, of a network interface that has several.",
				Validators: []validator.String{tfkit.Address()},
			},
			"port": schema.NumberAttribute{
				Optional:            true,
				MarkdownDescription: fmt.Sprintf("Only the members on this port, %d to 65535. Without it all ports.", kind.leastPort()),
				Validators:          []validator.Number{tfkit.Whole(int64(kind.leastPort()), 65535)},
			},
		},
		Find: func(ctx context.Context, s *session, region string, m *groupSelector) ([]tfkit.Place, error) {
			ids := []string{m.ServerGroupID.ValueString()}
			if !tfkit.Given(m.ServerGroupID) {
				var err error
				if ids, err = kind.groupsOf(ctx, s, region, m.ServerID.ValueString()); err != nil {
					return nil, err
				}
			}
			var places []tfkit.Place
			for _, id := range ids {
				group, err := s.open(kind, region, id)
				if err != nil {
					return nil, err
				}
				places = append(places, tfkit.Place{Group: group})
			}
			return places, nil
		},
		Advise: func(err error, region string, _ *groupSelector) tfkit.Advice { return kind.advise(err, "", region) },
	}
}

// groupSelector is which members an action is about.
type groupSelector struct {
	ServerID      types.String `tfsdk:"server_id"`
	ServerGroupID types.String `tfsdk:"server_group_id"`
	ServerIP      types.String `tfsdk:"server_ip"`
	Port          types.Number `tfsdk:"port"`
}

// Validate has nothing to check.
func (*groupSelector) Validate(*diag.Diagnostics) {}

func (s *groupSelector) Picks(m membership.Member) bool {
	return isServer(m, s.ServerID.ValueString()) &&
		(s.Port.IsNull() || m.Key.Port == int(tfkit.Int(s.Port))) &&
		(!tfkit.Given(s.ServerIP) || tfkit.SameAddress(m.Key.Address, s.ServerIP.ValueString()))
}

func (s *groupSelector) String() string {
	return membership.Key{
		Server: s.ServerID.ValueString(), Address: membership.NormalAddress(s.ServerIP.ValueString()), Port: int(tfkit.Int(s.Port)),
	}.String()
}

// isServer tells whether a member is a server, by its id or, of type ip, its
// address.
func isServer(m membership.Member, id string) bool {
	if m.Key.Server == "" {
		return tfkit.SameAddress(m.Key.Address, id)
	}
	return m.Key.Server == id
}

// finder finds the server groups of a region that a server is a member of, in
// order.
type finder func(ctx context.Context, s *session, region, server string) (ids []string, err error)

func groupsOf(product sgapi.Product) finder {
	return func(ctx context.Context, s *session, region, server string) (ids []string, err error) {
		in, err := s.groupsIn(product, region)
		if err != nil {
			return nil, err
		}
		var found []sgapi.Membership
		err = in.engine.Read(ctx, func(ctx context.Context) (err error) {
			found, err = in.client.GroupsOf(ctx, server)
			return err
		})
		for _, m := range found {
			ids = append(ids, m.Group)
		}
		slices.Sort(ids)
		return slices.Compact(ids), err
	}
}
