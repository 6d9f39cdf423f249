package elbfake_test

import (
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

// world is the seed that tests and scripts begin with. Its pools:
//
//	web       TCP, a health monitor, the listeners l1 and l2 of lb, which takes IP targets
//	plain     HTTP, v4, behind nothing
//	strict    TCP, of a load balancer without IP targets
//	gateway   protocol IP
//	anyport   TCP, any_port_enable
//	iponly    type ip
//	affinity  az_affinity
//	instance  type instance, of the VPC vpc
//	guarded   member_deletion_protection_enable, one member 10.0.0.9:80
func world() elbfake.Seed {
	return elbfake.Seed{
		Region: "cn-north-4", Domain: "acme",
		Projects: []elbfake.Project{{ID: "p1", Name: "cn-north-4"}, {ID: "p2", Name: "cn-north-4_team"}},
		Keys:     []elbfake.Key{{AK: "AK", SK: "SK"}, {AK: "TEMP", SK: "TSK", SecurityToken: "session"}, {AK: "MSP", SK: "MSK", Domain: "msp"}},
		Tokens:   []string{"a-token"},
		Users:    []elbfake.User{{Name: "robot", Password: "pw"}, {Name: "helper", Password: "pw2", Domain: "msp"}},
		Agencies: []elbfake.Agency{{Name: "ops", Trusts: "msp"}},
		Zones:    []string{"az1", "az2"}, NoServer: []string{"10.0.0.200"},
		IdentityProviders: []elbfake.IdentityProvider{{ID: "ci", IDTokens: []string{"a.b.c"}}},
		Subnets: []elbfake.Subnet{
			{ID: "net-a", CIDR: "10.0.0.0/24", VPC: "vpc"}, {ID: "net-b", CIDR: "10.1.0.0/24", VPC: "vpc"},
			{ID: "net-6", CIDR: "2001:db8::/64", VPC: "vpc"}, {ID: "net-x", CIDR: "10.9.0.0/24", VPC: "vpc-x"},
		},
		LoadBalancers: []elbfake.LoadBalancer{
			{ID: "lb", Name: "front", VPC: "vpc", Subnet: "net-a", Address: "10.0.0.2", IPTarget: true, Listeners: []string{"l1", "l2"}},
			{ID: "lb-strict", VPC: "vpc", Listeners: []string{"l3"}},
			{ID: "lb-gateway", VPC: "vpc", Subnet: "net-a", Listeners: []string{"l4"}},
		},
		Pools: []elbfake.Pool{
			{ID: "web", Name: "web", Protocol: "TCP", Listeners: []string{"l1", "l2"}, HealthMonitor: true, InitialPolls: 2},
			{ID: "plain", Name: "plain", Protocol: "HTTP"},
			{ID: "strict", Name: "strict", Protocol: "TCP", LoadBalancers: []string{"lb-strict"}},
			{ID: "gateway", Name: "gateway", Protocol: "IP", Listeners: []string{"l4"}},
			{ID: "anyport", Name: "anyport", Protocol: "TCP", AnyPort: true},
			{ID: "iponly", Name: "iponly", Protocol: "TCP", Type: "ip"},
			{ID: "affinity", Name: "affinity", Protocol: "TCP", AZAffinity: true},
			{ID: "instance", Name: "instance", Protocol: "TCP", Type: "instance", VPC: "vpc"},
			{ID: "guarded", Name: "guarded", Protocol: "TCP", DeletionProtection: true, Members: []elbfake.Member{{Address: "10.0.0.9", Port: 80, ID: "guarded-member"}}},
		},
	}
}

// ok is the value of a call that must not fail: ok(call())(t).
func ok[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
