package slbapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// typeECS is the type of a server whose type is not given.
const typeECS = "ecs"

// item is a server in the BackendServers parameter, which is a JSON array as
// text. Numbers are strings there, as in the vendor's examples.
type item struct {
	ServerID    string  `json:"ServerId"`
	Port        string  `json:"Port,omitempty"`
	Weight      string  `json:"Weight"`
	Type        string  `json:"Type"`
	ServerIP    string  `json:"ServerIp,omitempty"`
	Description *string `json:"Description,omitempty"`
}

// newItem is a member without its description. The address goes with every
// write that names an ENI or ECI, removals among them: without it the vendor
// may take another of the interface's addresses, or all. The weight goes with
// removals too, where the vendor's pages call it required.
func newItem(m membership.Member) item {
	it := item{ServerID: m.Key.Server, Weight: strconv.Itoa(m.Weight), Type: m.Type}
	if it.Type == "" {
		it.Type = typeECS
	}
	if it.Type != typeECS {
		it.ServerIP = m.Key.Address
	}
	if m.Key.Port != 0 {
		it.Port = strconv.Itoa(m.Key.Port)
	}
	return it
}

func encodeItems(items []item) (string, error) {
	b, err := json.Marshal(items)
	if err != nil {
		return "", fmt.Errorf("encode BackendServers: %w", err)
	}
	return string(b), nil
}

// addItems is the parameter of an Add.
func addItems(members []membership.Member) (string, error) {
	items := make([]item, len(members))
	for i, m := range members {
		items[i] = newItem(m)
		if m.Name != "" {
			items[i].Description = &m.Name
		}
	}
	return encodeItems(items)
}

// removeItems is the parameter of a Remove.
func removeItems(members []membership.Member) (string, error) {
	items := make([]item, len(members))
	for i, m := range members {
		items[i] = newItem(m)
	}
	return encodeItems(items)
}

// changeItems is the parameter of a Set. Whether the vendor keeps what a Set
// leaves out is not documented, so the description is always repeated; it is
// sent empty only to clear it.
func changeItems(changes []membership.Change) (string, error) {
	items := make([]item, len(changes))
	for i, c := range changes {
		if c.Port != nil || c.Zone != nil {
			return "", fmt.Errorf("SLB cannot change the port or zone of member %s in place", c.Member.Key)
		}
		after := c.Result()
		items[i] = newItem(after)
		if after.Name != "" || c.Name != nil {
			items[i].Description = &after.Name
		}
	}
	return encodeItems(items)
}

// echoed checks that an answer is about the object that was asked about. An
// empty body or a foreign page must not pass for "no members".
func echoed(o acs.Object, name, id string) error {
	switch got := o.Text(name); {
	case got == "":
		return fmt.Errorf("it lacks the %s that was asked about", name)
	case got != id:
		return fmt.Errorf("it is about %s %q", name, apikit.Word(got))
	}
	return nil
}

// written checks the answer to a write: it must name the same object, or at
// least carry a request id. What it says of the members is not believed; what
// it lists, all of them or those of the call, differs by action and is not
// documented.
func written(name, id string) func(acs.Object) error {
	return func(o acs.Object) error {
		if o.Text(name) == "" && o.Text("RequestId") != "" {
			return nil
		}
		return echoed(o, name, id)
	}
}

// decodeMembers reads BackendServers.BackendServer of an answer. withPort says
// whether a port belongs to a member's key.
func decodeMembers(o acs.Object, withPort bool) ([]membership.Member, error) {
	servers, err := o.List("BackendServers", "BackendServer")
	if err != nil || len(servers) == 0 {
		return nil, err
	}
	members := make([]membership.Member, 0, len(servers))
	for _, s := range servers {
		m, err := decodeMember(s, withPort)
		if err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	return members, nil
}

func decodeMember(o acs.Object, withPort bool) (membership.Member, error) {
	m := membership.Member{
		Key:  membership.Key{Server: o.Text("ServerId")},
		Type: strings.ToLower(o.Text("Type")),
		Name: o.Text("Description"),
	}
	if m.Key.Server == "" {
		return m, errors.New("a backend server has no ServerId")
	}
	if m.Type == "" {
		m.Type = typeECS
	}
	// An instance's address is no part of its key, whether or not it is shown.
	if m.Type != typeECS {
		m.Key.Address = membership.NormalAddress(o.Text("ServerIp"))
	}
	var err error
	if m.Weight, err = o.Number("Weight", 100); err != nil {
		return m, fmt.Errorf("backend server %s: %w", m.Key.Server, err)
	}
	if withPort {
		if m.Key.Port, err = o.Number("Port", 0); err != nil {
			return m, fmt.Errorf("backend server %s: %w", m.Key.Server, err)
		}
	}
	return m, nil
}
