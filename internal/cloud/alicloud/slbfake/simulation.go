package slbfake

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"maps"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

//go:embed quickstart.json
var quickstart string

// Product is SLB as the list of clouds has it.
func Product() fakecloud.Product {
	return fakecloud.Product{
		Name: "slb", Title: "Alibaba Cloud SLB", Cloud: "alicloud", Seed: "alicloud", Kinds: kinds(), Quickstart: quickstart,
		Member: `{"load_balancer_id": "lb-1", "server_id": "i-1", "weight": 100}, or with vserver_group_id and port; ` +
			"type, server_ip and description as in the seed",
		Simulate: simulate,
	}
}

// simulate serves every SLB and STS call at /, as the RPC style has it, the keys
// of an ECS instance below /latest, and those of a credentials URI where the
// seed says. Other products of the account may be served at the same port.
func simulate(text []byte, account *fakecloud.Account, reporter fakecloud.Reporter, latency fakecloud.Latency) (*fakecloud.Simulation, error) {
	seed, err := ReadSeed(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := New(seed, ReportTo(reporter), Behind(fakecloud.Common(account, acsfake.NewGate)))
	return &fakecloud.Simulation{
		Server:   fakecloud.NewServer(c, reporter, latency),
		Settings: c.settings,
		Serves:   c.front.Serves,
		Held:     c.Holdings, Put: c.putPlaced, Take: c.takePlaced, Plane: c.OpenDataPlane,
		Ward: &c.ward, Actions: c.front.Actions(maps.Keys(actions)),
	}, nil
}

// placed is a member of a vserver group or, without one, of a load balancer's
// default group.
type placed struct {
	LoadBalancerID string `json:"load_balancer_id"`
	VServerGroupID string `json:"vserver_group_id"`
	ServerID       string `json:"server_id"`
	Type           string `json:"type"`
	ServerIP       string `json:"server_ip"`
	Port           int    `json:"port"`
	Weight         *int   `json:"weight"` // absent: the vendor's default
	Description    string `json:"description"`
}

// placed reads which member of which group is meant.
func (c *Cloud) placed(name []byte) (group string, _ Member, _ error) {
	var n placed
	if err := unmarshalStrict(name, &n); err != nil {
		return "", Member{}, fmt.Errorf("read the member: %w", err)
	}
	group = n.LoadBalancerID + n.VServerGroupID // one of them is ""
	switch {
	case (n.LoadBalancerID == "") == (n.VServerGroupID == ""):
		return "", Member{}, errors.New("one of load_balancer_id and vserver_group_id must be given")
	case n.ServerID == "":
		return "", Member{}, errors.New("server_id must be given")
	case !c.HasGroup(group):
		return "", Member{}, fmt.Errorf("no group %s", group)
	}
	m := Member{ServerID: n.ServerID, Type: n.Type, ServerIP: n.ServerIP, Port: n.Port, Weight: defaultWeight, Description: n.Description}
	if n.Weight != nil {
		m.Weight = *n.Weight
	}
	return group, m, nil
}

func (c *Cloud) putPlaced(name []byte) error {
	group, m, err := c.placed(name)
	if err == nil {
		c.AddForeign(group, m)
	}
	return err
}

func (c *Cloud) takePlaced(name []byte) error {
	group, m, err := c.placed(name)
	if err != nil {
		return err
	}
	before := len(c.Members(group))
	if c.RemoveForeign(group, m); len(c.Members(group)) == before {
		return fakecloud.ErrNoMember
	}
	return nil
}
