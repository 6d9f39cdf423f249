package alicloud

import (
	"net/netip"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// configured is the session that the provider hands its resources; nil before
// the provider is configured, or when it could not be.
func configured(req resource.ConfigureRequest, resp *resource.ConfigureResponse) *session {
	s, diags := tfkit.SessionOf[*session](req.ProviderData, Name)
	resp.Diagnostics.Append(diags...)
	return s
}

// validServer tells whether the parts of an import are ids and, where there is
// one, an address.
func validServer(group, server, address types.String) bool {
	if !tfkit.ValidName(group.ValueString()) || !tfkit.ValidName(server.ValueString()) {
		return false
	}
	if address.ValueString() == "" {
		return true
	}
	_, err := netip.ParseAddr(address.ValueString())
	return err == nil
}
