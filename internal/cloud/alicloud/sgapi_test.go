package alicloud_test

import (
	"fmt"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// sgOtherwise are the values by which the rules of server groups that are no
// switches differ.
var sgOtherwise = map[string][]any{
	"BatchLimit":      {40},
	"GroupQuota":      {30},
	"BalancerQuota":   {60},
	"WritesPerMinute": {3},
	"WriteWindow":     {fakecloud.SlidingWindow},
	"ThrottleCode":    {"Throttling", "Throttling.Api"},
	"JobSeconds":      {0.2, 20},
	"JobMemory":       {1},
	"FailedJobs":      {sgfake.FailedPart, sgfake.FailedWhole},
	"ListingLag":      {3, 20},
	"BusyCodes":       sgBusyCodes(),
	"AddPresent":      {sgfake.PresentExists, sgfake.PresentIgnored},
	"Absent":          {sgfake.AbsentRest, sgfake.AbsentIgnored},
	"PageCap":         {1, 7},
	"HealthGap":       {3},
}

func sgBusyCodes() []any {
	all := []any{sgfake.BusyCodes()}
	for _, code := range sgfake.BusyCodes() {
		all = append(all, []string{code})
	}
	return all
}

// sgProducts are the two products, by their names.
var sgProducts = map[sgapi.Product]*sgfake.Product{sgapi.ALB: sgfake.ALB, sgapi.NLB: sgfake.NLB}

// The adapter of ALB's and NLB's server groups keeps the contract of
// membership.Group, and the engine with it its promises, whichever of the things
// that the vendor's documents allow the cloud does.
func TestServerGroupAdapterConforms(t *testing.T) {
	t.Parallel()
	all := grouptest.Variations[sgfake.Rules](t, sgOtherwise)
	all["as documented"] = sgfake.Rules{}
	for name, rules := range all {
		limited := rules.WritesPerMinute > 0 || rules.WriteWindow != ""
		if limited {
			rules.WritesPerMinute = 3
		}
		for product, of := range sgProducts {
			t.Run(name+"/"+product.String(), func(t *testing.T) {
				t.Parallel()
				t.Run("life", func(t *testing.T) {
					t.Parallel()
					rules := rules
					if rules.JobSeconds == 0 {
						rules.JobSeconds = 1.5
					}
					grouptest.RunLife(t, func(t *testing.T) grouptest.Subject {
						return sgSubject(t, product, of, rules, &sgfake.Drain{Timeout: 60, Lasts: 40}, slow)
					})
				})
				if limited || rules.JobSeconds > 10 || rules.ListingLag > 0 || len(rules.BusyCodes) > 0 || rules.BusyQueues {
					return // the engine's to get over, as are jobs longer than a removal waits for; or no different where no call meets another
				}
				grouptest.Run(t, func(t *testing.T) grouptest.Subject {
					return sgSubject(t, product, of, rules, nil, fakecloud.Latency{})
				})
			})
		}
	}
}

// So it does in groups of addresses, and in those whose members have no ports.
func TestServerGroupAdapterConformsInEveryKindOfGroup(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		product sgapi.Product
		group   sgfake.ServerGroup
		sample  func(n int) membership.Member
	}{
		"addresses/ALB": {sgapi.ALB, sgfake.ServerGroup{Type: "Ip"}, func(n int) membership.Member {
			return membership.Member{Key: membership.Key{Address: fmt.Sprintf("10.0.0.%d", n), Port: 80}, Type: "ip", Remote: n%2 == 0}
		}},
		"addresses/NLB": {sgapi.NLB, sgfake.ServerGroup{Type: "Ip", IPv6: true}, func(n int) membership.Member {
			return membership.Member{Key: membership.Key{Address: fmt.Sprintf("2001:db8::%x", n+1), Port: 80}, Type: "ip"}
		}},
		"any port/NLB": {sgapi.NLB, sgfake.ServerGroup{AnyPort: true}, func(n int) membership.Member {
			return membership.Member{Key: membership.Key{Server: fmt.Sprintf("i-%d", n)}, Type: "ecs"}
		}},
	} {
		open := func(t *testing.T) grouptest.Subject {
			group := tc.group
			group.ID = "sgp-1"
			c, adapter := sgOpen(t, tc.product, sgProducts[tc.product], sgfake.Seed{
				ServerGroups: []sgfake.ServerGroup{group}, Rules: sgfake.Rules{AnyServer: true},
			})
			s := sgSubjectOf(c, adapter)
			for n := range 6 {
				s.Samples = append(s.Samples, tc.sample(n))
			}
			return s
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			grouptest.Run(t, open)
			t.Run("life", func(t *testing.T) {
				t.Parallel()
				grouptest.RunLife(t, open)
			})
		})
	}
}

func sgSubject(t *testing.T, product sgapi.Product, of *sgfake.Product, rules sgfake.Rules, drain *sgfake.Drain, latency fakecloud.Latency) grouptest.Subject {
	t.Helper()
	rules.AnyServer = true
	c, group := sgOpen(t, product, of, sgfake.Seed{
		ServerGroups: []sgfake.ServerGroup{{ID: "sgp-1", Drain: drain, Members: []sgfake.Member{
			{ServerID: "i-other", Port: 8080, Weight: 7, Description: "theirs"},
		}}},
		Rules: rules,
	})
	c.SetLatency(latency)
	s := sgSubjectOf(c, group)
	for n := range 24 {
		m := membership.Member{Key: membership.Key{Server: fmt.Sprintf("i-%d", n), Port: 8080}, Type: "ecs"}
		if n%3 == 1 { // one in three is an address of one interface
			m.Key.Server, m.Key.Address, m.Type = "eni-1", fmt.Sprintf("10.0.0.%d", n), "eni"
		}
		s.Samples = append(s.Samples, m)
	}
	return s
}

func sgSubjectOf(c *sgfake.Running, group membership.Group) grouptest.Subject {
	return grouptest.Subject{
		Group:     group,
		Disappear: func() { c.Cloud.DeleteGroup("sgp-1") },
		Stall:     func() { c.Faults.On("*").Times(0).Do(fakecloud.Hang()) },
		True:      func() []membership.Member { return sgMembers(c.Cloud) },
	}
}

// sgOpen is a cloud with a group sgp-1, and the adapter's view of it.
func sgOpen(t *testing.T, product sgapi.Product, of *sgfake.Product, seed sgfake.Seed) (*sgfake.Running, membership.Group) {
	t.Helper()
	seed.Region, seed.Account = "cn-hangzhou", acsfake.Account{Keys: []acsfake.Key{{ID: "ak", Secret: secret}}}
	c := sgfake.InProcess(t, of, seed)
	client, err := sgapi.New(sgapi.Config{
		Product: product, Region: "cn-hangzhou", Endpoint: "http://sg.example.com", UserAgent: "test", Transport: c.Transport(),
		Credentials: acs.Static{AccessKeyID: "ak", AccessKeySecret: secret},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, client.Group("sgp-1")
}

// sgMembers are the members of sgp-1 that are in.
func sgMembers(c *sgfake.Cloud) (ms []membership.Member) {
	for _, m := range c.Members("sgp-1") {
		if m.Status == "Removing" || m.Status == "Draining" {
			continue
		}
		key := membership.Key{Server: m.ServerID, Port: m.Port}
		switch m.Type {
		case "Eni", "Eci":
			key.Address = m.ServerIP
		case "Ip":
			key.Server, key.Address = "", m.ServerID
		}
		ms = append(ms, membership.Member{Key: key, Weight: m.Weight, Name: m.Description})
	}
	return ms
}
