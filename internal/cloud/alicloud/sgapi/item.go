package sgapi

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// The types of servers, as members have them; the vendor writes them with a
// capital.
const (
	typeECS = "ecs"
	typeENI = "eni"
	typeECI = "eci"
	typeIP  = "ip"
)

// item is a server in the parameter Servers.
type item struct {
	membership.Member
}

// put writes what tells the server from others: all of it with every write, for
// without the address the vendor may take another one of the interface's. A server
// of type ip has its address for an id.
func (m item) put(params form, n int) (set func(name, value string)) {
	prefix := "Servers." + strconv.Itoa(n) + "."
	set = func(name, value string) { params[prefix+name] = value }
	kind := cmp.Or(m.Type, typeECS)
	set("ServerType", strings.ToUpper(kind[:1])+kind[1:])
	set("ServerId", cmp.Or(m.Key.Server, m.Key.Address))
	if m.Key.Address != "" {
		set("ServerIp", m.Key.Address)
	}
	set("Port", strconv.Itoa(m.Key.Port))
	return set
}

// added are the parameters of an Add.
func added(members []membership.Member) form {
	params := form{}
	for i, m := range members {
		set := item{m}.put(params, i+1)
		set("Weight", strconv.Itoa(m.Weight))
		if m.Name != "" {
			set("Description", m.Name)
		}
		if m.Remote {
			set("RemoteIpEnabled", "true")
		}
	}
	return params
}

// removed are the parameters of a Remove.
func removed(members []membership.Member) form {
	params := form{}
	for i, m := range members {
		item{m}.put(params, i+1)
	}
	return params
}

// changed are the parameters of an Update. Whether the vendor keeps what an Update
// leaves out is not documented for descriptions, so that both values go with it; an
// empty description only to clear one.
func changed(changes []membership.Change) (form, error) {
	params := form{}
	for i, c := range changes {
		if c.Port != nil || c.Zone != nil {
			return nil, fmt.Errorf("the port and the zone of member %s cannot be changed in place", c.Member.Key)
		}
		after := c.Result()
		set := item{after}.put(params, i+1)
		set("Weight", strconv.Itoa(after.Weight))
		if after.Name != "" || c.Name != nil {
			set("Description", after.Name)
		}
	}
	return params, nil
}

// phases are the vendor's words for what it does with a server. Draining is known
// of a sister product. Words that are not known mean nothing to the engine.
var phases = map[string]membership.Phase{
	"adding": membership.Arriving, "configuring": membership.Changing, "replacing": membership.Changing,
	"removing": membership.Departing, "draining": membership.Departing,
}

// available is the word for a server that the vendor does nothing with.
const available = "available"

// decodeMember reads a server of a listing. group is the id of its group. A type
// that no document tells of is a server with an id and a port.
func decodeMember(o acs.Object) (m membership.Member, group string, err error) {
	id := o.Text("ServerId")
	if id == "" {
		return m, "", errors.New("a server has no ServerId")
	}
	m = membership.Member{
		Key: membership.Key{Server: id}, Type: strings.ToLower(o.Text("ServerType")), Name: o.Text("Description"),
		Remote:   o.Flag("RemoteIpEnabled").True(),
		Phase:    phases[strings.ToLower(o.Text("Status"))],
		Observed: membership.Observed{Status: o.Text("Status"), Zone: o.Text("ZoneId")},
	}
	switch m.Type = cmp.Or(m.Type, typeECS); m.Type {
	case typeENI, typeECI:
		m.Key.Address = membership.NormalAddress(o.Text("ServerIp"))
	case typeIP:
		m.Key = membership.Key{Address: membership.NormalAddress(id)}
		if ip := o.Text("ServerIp"); ip != "" && !isAddress(id) {
			m.Key.Address = membership.NormalAddress(ip)
		}
	}
	if m.Weight, err = o.Number("Weight", 100); err == nil {
		m.Key.Port, err = o.Number("Port", 0)
	}
	if err != nil {
		err = fmt.Errorf("server %s: %w", id, err)
	}
	return m, o.Text("ServerGroupId"), err
}

func isAddress(s string) bool { _, err := netip.ParseAddr(s); return err == nil }
