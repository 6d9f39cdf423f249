package elbfake

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

//go:embed quickstart.json
var quickstart string

// Product is ELB as the list of clouds has it.
func Product() fakecloud.Product {
	return fakecloud.Product{
		Name: "elb", Title: "Huawei Cloud ELB", Cloud: "huaweicloud", Seed: "huaweicloud", Kinds: kinds(), Quickstart: quickstart,
		Member: `{"pool_id": "pool-1", "address": "10.0.0.1", "protocol_port": 8080, "weight": 1}; ` +
			"name, subnet_cidr_id and availability_zone as in the seed",
		Simulate: simulate,
	}
}

// simulate serves every ELB and IAM call at its path, below /v3 or /v3.0.
func simulate(text []byte, _ *fakecloud.Account, reporter fakecloud.Reporter, latency fakecloud.Latency) (*fakecloud.Simulation, error) {
	seed, err := ReadSeed(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := New(seed, ReportTo(reporter))
	return &fakecloud.Simulation{
		Server: fakecloud.NewServer(c, reporter, latency),
		Settings: func(url string) map[string]any {
			all := settings(seed, url)
			all["project_id"] = c.owner()
			return all
		},
		Serves: func(r *http.Request) bool {
			return strings.HasPrefix(r.URL.Path, "/v3/") || strings.HasPrefix(r.URL.Path, "/v3.0/")
		},
		Held: c.Holdings, Put: c.putPlaced, Take: c.takePlaced, Plane: c.OpenDataPlane,
		Ward: &c.ward, Actions: actions(),
	}, nil
}

// placed is a member of a pool.
type placed struct {
	PoolID string `json:"pool_id"`
	Member
}

func readPlaced(name []byte) (n placed, _ error) {
	d := json.NewDecoder(bytes.NewReader(name))
	d.DisallowUnknownFields()
	if err := d.Decode(&n); err != nil {
		return n, fmt.Errorf("read the member: %w", err)
	}
	return n, nil
}

func (c *Cloud) putPlaced(name []byte) error {
	n, err := readPlaced(name)
	if err == nil {
		c.AddForeign(n.PoolID, n.Member)
	}
	return err
}

func (c *Cloud) takePlaced(name []byte) error {
	n, err := readPlaced(name)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(c.Members(n.PoolID), func(m Member) bool {
		return parseAddr(m.Address) == parseAddr(n.Address) && m.Port == n.Port
	}) {
		return fakecloud.ErrNoMember
	}
	c.RemoveForeign(n.PoolID, n.Address, n.Port)
	return nil
}
