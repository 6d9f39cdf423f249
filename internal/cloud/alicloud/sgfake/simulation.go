package sgfake

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

var (
	//go:embed quickstart_alb.json
	quickstartALB string
	//go:embed quickstart_nlb.json
	quickstartNLB string
)

// usualJob is how long a job takes where people try the simulation, in seconds.
const usualJob = 1.5

// Products are ALB and NLB as the list of clouds has them.
func Products() []fakecloud.Product {
	return []fakecloud.Product{ALB.product(quickstartALB), NLB.product(quickstartNLB)}
}

func (p *Product) product(quickstart string) fakecloud.Product {
	return fakecloud.Product{
		Name: p.name, Title: p.title, Cloud: "alicloud", Seed: p.name, Kinds: []fakecloud.Kind{p.kind()}, Quickstart: quickstart,
		Member: `{"server_group_id": "sgp-1", "server_id": "i-1", "port": 8080, "weight": 100}; ` +
			"type, server_ip and description as in the seed",
		Simulate: p.simulate,
	}
}

// simulate serves the product's calls, and those of STS, at /, as the RPC style
// has it. Other products of the account may be served at the same port.
func (p *Product) simulate(text []byte, account *fakecloud.Account, reporter fakecloud.Reporter, latency fakecloud.Latency) (*fakecloud.Simulation, error) {
	seed, err := ReadSeed(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	if latency.Job > 0 {
		seed.Rules.JobSeconds = latency.Job.Seconds()
	}
	seed.Rules.JobSeconds = orDefault(seed.Rules.JobSeconds, usualJob)
	c := New(p, seed, ReportTo(reporter), Behind(fakecloud.Common(account, acsfake.NewGate)))
	return &fakecloud.Simulation{
		Server:   fakecloud.NewServer(c, reporter, latency),
		Settings: c.settings,
		Serves:   c.front.Serves,
		Held:     c.Holdings, Put: c.putPlaced, Take: c.takePlaced, Plane: c.OpenDataPlane,
		Ward: &c.ward, Actions: c.front.Actions(slices.Values(p.actions)),
	}, nil
}

// placed is a member of a group; its weight is 100 where it is left out.
type placed struct {
	ServerGroupID string
	Member
}

// UnmarshalJSON reads the group beside the fields of a member.
func (p *placed) UnmarshalJSON(b []byte) error {
	type group struct {
		ID string `json:"server_group_id"`
	}
	type plain Member
	both := struct {
		group
		plain
	}{plain: plain{Weight: defaultWeight}}
	if err := unmarshalStrict(b, &both); err != nil {
		return err
	}
	p.ServerGroupID, p.Member = both.ID, Member(both.plain)
	return nil
}

// placed reads which member of which group is meant.
func (c *Cloud) placed(name []byte) (p placed, _ error) {
	if err := unmarshalStrict(name, &p); err != nil {
		return p, fmt.Errorf("read the member: %w", err)
	}
	switch {
	case p.ServerGroupID == "" || p.ServerID == "":
		return p, errors.New("server_group_id and server_id must be given")
	case !c.HasGroup(p.ServerGroupID):
		return p, fmt.Errorf("no group %s", p.ServerGroupID)
	}
	return p, nil
}

func (c *Cloud) putPlaced(name []byte) error {
	p, err := c.placed(name)
	if err == nil {
		c.AddForeign(p.ServerGroupID, p.Member)
	}
	return err
}

func (c *Cloud) takePlaced(name []byte) error {
	p, err := c.placed(name)
	if err != nil {
		return err
	}
	before := len(c.Members(p.ServerGroupID))
	if c.RemoveForeign(p.ServerGroupID, p.Member); len(c.Members(p.ServerGroupID)) == before {
		return fakecloud.ErrNoMember
	}
	return nil
}
