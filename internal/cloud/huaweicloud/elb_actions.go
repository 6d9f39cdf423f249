package huaweicloud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// elbActions are cloudlb_elb_drain and cloudlb_elb_set_weight.
var elbActions = tfkit.Actions[*session, elbSelector, *elbSelector]{
	Cloud: Name, Product: "elb", Title: "ELB v3 load balancers", Noun: "member", Groups: "pools", Server: "address",
	Attributes: map[string]schema.Attribute{
		"address": schema.StringAttribute{
			Required: true, MarkdownDescription: "IP address of the server, in any spelling.",
			Validators: []validator.String{tfkit.RequiredAddress()},
		},
		"pool_id": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Only in this pool (backend server group). Without it in every pool of the project that has the address: that " +
				"takes a call for each 2000 such pools, and one for each pool.",
			Validators: []validator.String{tfkit.OptionalName("a pool id")},
		},
		"protocol_port": schema.NumberAttribute{
			Optional: true, MarkdownDescription: "Only the members on this port, 0 to 65535. Without it all ports.",
			Validators: []validator.Number{tfkit.Whole(0, 65535)},
		},
	},
	Find:   findPools,
	Advise: func(err error, region string, _ *elbSelector) tfkit.Advice { return advise(err, "", region) },
}

// elbSelector is which members an action is about.
type elbSelector struct {
	Address      types.String `tfsdk:"address"`
	PoolID       types.String `tfsdk:"pool_id"`
	ProtocolPort types.Number `tfsdk:"protocol_port"`
}

func (*elbSelector) Validate(*diag.Diagnostics) {}

func (s *elbSelector) Picks(m membership.Member) bool {
	return tfkit.SameAddress(m.Key.Address, s.Address.ValueString()) &&
		(s.ProtocolPort.IsNull() || m.Key.Port == int(tfkit.Int(s.ProtocolPort)))
}

func (s *elbSelector) String() string {
	address := membership.NormalAddress(s.Address.ValueString())
	if s.ProtocolPort.IsNull() {
		return address
	}
	return membership.Key{Address: address, Port: int(tfkit.Int(s.ProtocolPort))}.String()
}

// findPools is the pool that is named, or else those of the project in which ELB knows
// the address. What is not known of a named pool is no reason to fail.
func findPools(ctx context.Context, s *session, region string, m *elbSelector) ([]tfkit.Place, error) {
	in, err := s.in(region)
	if err != nil {
		return nil, err
	}
	var pools []elbapi.PoolInfo
	if tfkit.Given(m.PoolID) {
		pool := in.look(ctx, m.PoolID.ValueString())
		pool.ID = m.PoolID.ValueString()
		pools = append(pools, pool)
	} else if err := in.engine.Read(ctx, func(ctx context.Context) (err error) {
		pools, err = in.client.Pools(ctx, elbapi.PoolFilter{MemberAddress: membership.NormalAddress(m.Address.ValueString())})
		return err
	}); err != nil {
		return nil, err
	}
	places := make([]tfkit.Place, len(pools))
	for i, pool := range pools {
		if places[i].Group, err = s.pool(region, pool.ID); err != nil {
			return nil, err
		}
		places[i].Note = pool.WeightNote()
	}
	return places, nil
}
