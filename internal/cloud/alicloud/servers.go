package alicloud

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// serverItem is one of many members of SLB's default group. What is left out of
// it gets its default when the whole set is planned; see [tfkit.SetVerbs].
type serverItem struct{ backend }

func (i *serverItem) Known() bool { return i.known() }

func (i *serverItem) Member() membership.Member { return i.member(0) }

func (i *serverItem) Observe(m membership.Member) { i.observe(m) }

func (i *serverItem) Validate(at path.Path, diags *diag.Diagnostics) {
	tfkit.CheckRequired(at, "server_id", i.ServerID, diags)
	i.validate(at, diags)
}

func (i *serverItem) Default() { i.fill() }

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
	Port types.Number `tfsdk:"port"`
}

func (i *portItem) Known() bool { return i.serverItem.Known() && !i.Port.IsUnknown() }

func (i *portItem) Member() membership.Member { return i.member(int(tfkit.Int(i.Port))) }

func (i *portItem) Observe(m membership.Member) {
	i.Port = tfkit.Number(m.Key.Port)
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
