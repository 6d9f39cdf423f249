package alicloud

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// usualQuota is how many backend servers a load balancer accepts, in its default
// group and its vserver groups together, unless the account has a higher quota
// (https://www.alibabacloud.com/help/en/slb/classic-load-balancer/product-overview/limits-1).
const usualQuota = 200

// serversText is the description of the map of members.
const serversText = "Members by label. The labels are of your choosing: renaming one changes nothing in the cloud."

// serverItem is one of many members of SLB's default group.
type serverItem struct {
	backend
	Weight types.Int64 `tfsdk:"weight"`
}

// serverItemAttributes are the schema of serverItem. What is left out gets its
// default when the whole set is planned; see [tfkit.SetVerbs].
func serverItemAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"server_id": schema.StringAttribute{
			Optional: true, MarkdownDescription: tfkit.RequiredText + serverIDText,
			Validators: []validator.String{tfkit.OptionalName("a server id")},
		},
		"type": schema.StringAttribute{
			Optional: true, Computed: true, MarkdownDescription: typeText,
			Validators: []validator.String{typeValidator},
		},
		"server_ip": schema.StringAttribute{
			Optional: true, Computed: true, MarkdownDescription: serverIPText,
			Validators: []validator.String{tfkit.Address()},
		},
		"weight":      tfkit.SetWeight(defaultWeight),
		"description": descriptionAttribute(),
	}
}

func (i *serverItem) Known() bool { return tfkit.Known(i.ServerID, i.Type, i.ServerIP) }

func (i *serverItem) Member() membership.Member { return i.member(0, i.Weight) }

func (i *serverItem) Observe(m membership.Member) {
	i.Weight = types.Int64Value(int64(m.Weight))
	i.observe(m)
}

func (i *serverItem) Validate(at path.Path, diags *diag.Diagnostics) {
	tfkit.CheckRequired(at, "server_id", i.ServerID, diags)
	i.validate(at, diags)
}

func (i *serverItem) Default() {
	if i.Type.IsNull() {
		i.Type = types.StringValue(typeECS)
	}
	for _, text := range []*types.String{&i.ServerIP, &i.Description} {
		if text.IsNull() {
			*text = types.StringValue("")
		}
	}
	if i.Weight.IsNull() {
		i.Weight = types.Int64Value(defaultWeight)
	}
}

// Await has nothing to do: SLB decides nothing about a member.
func (i *serverItem) Await() {}

// Inherit keeps the spelling of what means the same.
func (i *serverItem) Inherit(before serverItem, sameLabel bool) {
	if sameLabel && i.Member().Key == before.Member().Key {
		i.inherit(before.backend)
	}
}

// portItem is one of many members of a vserver group.
type portItem struct {
	serverItem
	Port types.Int64 `tfsdk:"port"`
}

func (i *portItem) Known() bool { return i.serverItem.Known() && !i.Port.IsUnknown() }

func (i *portItem) Member() membership.Member { return i.member(int(i.Port.ValueInt64()), i.Weight) }

func (i *portItem) Observe(m membership.Member) {
	i.Port = types.Int64Value(int64(m.Key.Port))
	i.serverItem.Observe(m)
}

func (i *portItem) Validate(at path.Path, diags *diag.Diagnostics) {
	i.serverItem.Validate(at, diags)
	tfkit.CheckRequired(at, "port", i.Port, diags)
}

// Inherit keeps the spelling of what means the same.
func (i *portItem) Inherit(before portItem, sameLabel bool) {
	i.serverItem.Inherit(before.serverItem, sameLabel)
}

// inPlace is what turns one server into another in place: never its key, nor its
// type. The member keeps its description unless the change speaks of it: SLB's
// calls may take an absent one for an empty one.
func inPlace(from, to membership.Member) (membership.Change, bool) {
	if from.Key != to.Key || from.Type != to.Type {
		return membership.Change{}, false
	}
	return membership.Diff(from, to), true
}
