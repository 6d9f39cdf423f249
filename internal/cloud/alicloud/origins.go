package alicloud

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// What moves here from the vendor's own provider (aliyun/alicloud, formerly
// hashicorp/alicloud), whose states have schema version 0 in all its releases.

// alicloudProvider is the last segment of that provider's addresses.
const alicloudProvider = "alicloud"

var (
	backendServersOrigins = []tfkit.Origin[*backendServersModel]{
		{Provider: alicloudProvider, Type: "alicloud_slb_backend_server", Take: takeBackendServers},
		{Provider: alicloudProvider, Type: "alicloud_slb_attachment", Take: takeAttachment},
	}
	vserverGroupServerOrigins = []tfkit.Origin[*vserverGroupServerModel]{
		{Provider: alicloudProvider, Type: "alicloud_slb_server_group_server_attachment", Take: takeServerAttachment},
	}
	nlbServerOrigins = []tfkit.Origin[*nlbServerModel]{
		{Provider: alicloudProvider, Type: "alicloud_nlb_server_group_server_attachment", Take: takeGroupAttachment},
	}
)

// oldServer is a server in a state of alicloud's.
type oldServer struct {
	ServerID    string `json:"server_id"`
	ServerIP    string `json:"server_ip"` // absent before 1.93.0
	Type        string `json:"type"`
	Weight      *int   `json:"weight"`
	Description string `json:"description"`
}

// backend is the server as ours. A type that the state does not say is that of the
// id. Of an eni or eci whose address the state does
// not say that stays null.
func (o oldServer) backend() backend {
	b := backend{
		ServerID: types.StringValue(o.ServerID), Type: types.StringValue(typeECS), ServerIP: types.StringValue(""),
		Weight: tfkit.Number(defaultWeight), Description: types.StringValue(o.Description),
	}
	if o.Weight != nil {
		b.Weight = tfkit.Number(*o.Weight)
	}
	kind := o.Type
	if kind == "" {
		kind = typeOfID(o.ServerID, typeECS)
	}
	switch kind {
	case typeECS:
	case typeIP: // which is its own address
		b.Type = types.StringValue(typeIP)
	default:
		b.Type, b.ServerIP = types.StringValue(kind), textOrNull(o.ServerIP)
	}
	return b
}

// takeBackendServers reads alicloud_slb_backend_server: all members of the
// default server group.
func takeBackendServers(state []byte, into *backendServersModel) (partial []string, err error) {
	var old struct {
		ID           string      `json:"id"`
		LoadBalancer string      `json:"load_balancer_id"`
		Servers      []oldServer `json:"backend_servers"`
	}
	if err := json.Unmarshal(state, &old); err != nil {
		return nil, err
	}
	return into.take(old.Servers, old.LoadBalancer, old.ID)
}

// takeAttachment reads alicloud_slb_attachment: all members of the default server
// group, with one type and one weight, which are those of the first of them. Any
// other may be of another type. Before 1.6.0 two of its attributes had other
// names.
func takeAttachment(state []byte, into *backendServersModel) (partial []string, err error) {
	var old struct {
		ID           string   `json:"id"`
		LoadBalancer string   `json:"load_balancer_id"`
		SLB          string   `json:"slb_id"`
		InstanceIDs  []string `json:"instance_ids"`
		Instances    []string `json:"instances"`
		Type         string   `json:"server_type"`
		Weight       *int     `json:"weight"`
	}
	if err := json.Unmarshal(state, &old); err != nil {
		return nil, err
	}
	if old.InstanceIDs == nil {
		old.InstanceIDs = old.Instances
	}
	var servers []oldServer
	for _, id := range old.InstanceIDs {
		servers = append(servers, oldServer{ServerID: id, Type: typeOfID(id, old.Type), Weight: old.Weight})
	}
	_, err = into.take(servers, old.LoadBalancer, old.SLB, old.ID)
	return old.InstanceIDs, err
}

// typeOfID is the type that the beginning of a server's id tells, as that of an
// interface does; otherwise the one that the state has for all servers.
func typeOfID(id, all string) string {
	switch kind, _, _ := strings.Cut(id, "-"); kind {
	case typeENI, typeECI:
		return kind
	case "i":
		return typeECS
	}
	return all
}

// take fills in what owned the whole default server group of the first load
// balancer that has an id. The labels are those of an import.
func (m *backendServersModel) take(servers []oldServer, loadBalancers ...string) (partial []string, err error) {
	for _, id := range loadBalancers {
		if m.LoadBalancerID.IsNull() && id != "" {
			m.LoadBalancerID = types.StringValue(id)
		}
	}
	if m.LoadBalancerID.IsNull() {
		return nil, errors.New("it names no load balancer")
	}
	m.ID, m.Exclusive, m.Servers = m.LoadBalancerID, types.BoolValue(true), tfkit.Items[serverItem]{}
	for _, old := range servers {
		item := &serverItem{old.backend()}
		if old.ServerID == "" {
			return nil, errors.New("it has a server without an id")
		}
		if item.ServerIP.IsNull() {
			partial = append(partial, old.ServerID)
		}
		if label := item.Member().Key.String(); m.Servers[label] == nil {
			m.Servers[label] = item
		}
	}
	return partial, nil
}

// DropPartial leaves to the next read the servers whose addresses the state does
// not say.
func (m *backendServersModel) DropPartial() {
	maps.DeleteFunc(m.Servers, func(_ string, item *serverItem) bool { return item.ServerIP.IsNull() })
}

// takeServerAttachment reads alicloud_slb_server_group_server_attachment: one
// member of a vserver group, which never says its address.
func takeServerAttachment(state []byte, into *vserverGroupServerModel) (partial []string, err error) {
	var old struct {
		oldServer
		Group string `json:"server_group_id"`
		Port  int    `json:"port"`
	}
	if err := json.Unmarshal(state, &old); err != nil {
		return nil, err
	}
	if old.Group == "" || old.ServerID == "" || old.Port == 0 {
		return nil, errors.New("it does not name the group, the server and the port")
	}
	into.backend = old.backend()
	into.VServerGroupID, into.Port = types.StringValue(old.Group), tfkit.Number(old.Port)
	if !into.ServerIP.IsNull() {
		into.ID = types.StringValue(vserverGroup.importID(into.place()))
	}
	return nil, nil
}

// takeGroupAttachment reads alicloud_nlb_server_group_server_attachment: one
// member of a server group of NLB. Its id is not read, because its form has
// changed between releases.
func takeGroupAttachment(state []byte, into *nlbServerModel) (partial []string, err error) {
	var old struct {
		oldServer
		Type  string `json:"server_type"`
		Group string `json:"server_group_id"`
		Zone  string `json:"zone_id"`
		Port  int    `json:"port"`
	}
	if err := json.Unmarshal(state, &old); err != nil {
		return nil, err
	}
	if old.Group == "" || old.ServerID == "" {
		return nil, errors.New("it does not name the group and the server")
	}
	old.oldServer.Type = strings.ToLower(old.Type)
	into.backend = old.backend()
	into.ServerGroupID, into.Port, into.ZoneID = types.StringValue(old.Group), tfkit.Number(old.Port), textOrNull(old.Zone)
	if !into.ServerIP.IsNull() {
		into.ID = types.StringValue(nlbServerGroup.importID(into.place()))
	}
	return nil, nil
}
