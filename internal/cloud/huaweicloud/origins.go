package huaweicloud

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// memberOrigins are the providers of Huawei Cloud and of clouds that run its
// software. Their states have schema version 0 in all their releases, and differ
// little.
var memberOrigins = []tfkit.Origin[*elbMemberModel]{
	{Provider: "huaweicloud", Type: "huaweicloud_elb_member", Take: takeMember},
	{Provider: "opentelekomcloud", Type: "opentelekomcloud_lb_member_v3", Take: takeMember},
	{Provider: "sbercloud", Type: "sbercloud_elb_member", Take: takeMember},
	{Provider: "g42cloud", Type: "g42cloud_elb_member", Take: takeMember},
	{Provider: "flexibleengine", Type: "flexibleengine_lb_member_v3", Take: takeMember},
}

// takeMember reads a member of a pool.
func takeMember(state []byte, into *elbMemberModel) (partial []string, err error) {
	var old struct {
		ID         string `json:"id"`        // the member's; opentelekomcloud's is <pool>/<member>
		MemberID   string `json:"member_id"` // opentelekomcloud's alone
		Region     string `json:"region"`    // all but opentelekomcloud's
		PoolID     string `json:"pool_id"`
		Address    string `json:"address"`
		Port       int    `json:"protocol_port"` // null or 0 in a pool that forwards to any port
		Subnet     string `json:"subnet_id"`
		Weight     *int   `json:"weight"`
		Name       string `json:"name"`
		IPVersion  string `json:"ip_version"` // the rest: huaweicloud's since 1.73.3, and later ones'
		MemberType string `json:"member_type"`
		InstanceID string `json:"instance_id"`
	}
	if err := json.Unmarshal(state, &old); err != nil {
		return nil, err
	}
	id := old.MemberID
	if id == "" {
		id = old.ID[strings.LastIndex(old.ID, "/")+1:]
	}
	if id == "" || old.PoolID == "" || old.Address == "" {
		return nil, errors.New("it does not name the pool, the member and its address")
	}
	into.ID, into.PoolID, into.Region = types.StringValue(old.PoolID+"/"+id), types.StringValue(old.PoolID), orNull(old.Region)
	into.backend = backend{
		Address: types.StringValue(old.Address), ProtocolPort: tfkit.Number(old.Port), SubnetCidrID: types.StringValue(old.Subnet),
		Weight: tfkit.Number(defaultWeight), Name: types.StringValue(old.Name), MemberID: types.StringValue(id),
	}
	if old.Weight != nil {
		into.Weight = tfkit.Number(*old.Weight)
	}
	into.vendors = vendors{IPVersion: orNull(old.IPVersion), MemberType: orNull(old.MemberType), InstanceID: orNull(old.InstanceID)}
	return nil, nil
}
