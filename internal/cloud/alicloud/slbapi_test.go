package alicloud_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// otherwise are the values by which the rules that are no switches differ.
var otherwise = map[string][]any{
	"BatchLimit":          {40},
	"MemberQuota":         {30},
	"DefaultAddPresent":   {slbfake.PresentIgnored, slbfake.PresentOverwritten},
	"VServerAddPresent":   {slbfake.PresentIgnored, slbfake.PresentOverwritten},
	"SetAbsent":           {slbfake.AbsentIgnored},
	"UnknownServerStatus": {400},
	"HealthNoListener":    {"ListenerNotFound", "CheckedListenerNotFound"},
	"WriteEcho":           {slbfake.EchoNamed, slbfake.EchoNone},
	"BusyCodes":           busyCodes(),
	"BusyReads":           {"OperationBusy", "LocationServiceTimeout"},
	"VPCBusyEvery":        {1, 2},
	"WritesPerMinute":     {3},
	"WriteWindow":         {fakecloud.SlidingWindow, fakecloud.SilenceWindow},
	"ThrottleCode":        {"Throttling", "Throttling.Api"},
}

func busyCodes() []any {
	all := []any{[]string{"SystemBusy 400"}, slbfake.BusyCodes()}
	for _, code := range slbfake.BusyCodes() {
		all = append(all, []string{code})
	}
	return all
}

// The adapter keeps the contract of membership.Group, and the engine with it its
// promises, whichever of the things that the vendor's documents allow the cloud
// does: every rule of the simulated one is set otherwise, one at a time.
func TestAdapterConforms(t *testing.T) {
	t.Parallel()
	all := grouptest.Variations[slbfake.Rules](t, otherwise)
	all["as documented"] = slbfake.Rules{}
	for name, rules := range all {
		limited := rules.WritesPerMinute > 0 || rules.WriteWindow != ""
		if rules.WriteWindow == fakecloud.SilenceWindow {
			rules.WritesPerMinute = 90 // with fewer than 15 this life never ends: no answer of SLB's says how long to be silent
		} else if limited {
			rules.WritesPerMinute = 3
		}
		for _, group := range []string{"lb-1", "rsp-1"} {
			t.Run(name+"/"+group, func(t *testing.T) {
				t.Parallel()
				t.Run("life", func(t *testing.T) {
					t.Parallel()
					grouptest.RunLife(t, func(t *testing.T) grouptest.Subject { return subject(t, rules, group, slow) })
				})
				if limited || rules.VPCBusyEvery > 0 {
					return // the engine's to get over, not the adapter's alone
				}
				if len(rules.BusyCodes) > 0 || rules.BusyReads != "" || rules.BusyWaits {
					return // where no call meets another, as in what follows, these differ in nothing
				}
				grouptest.Run(t, func(t *testing.T) grouptest.Subject { return subject(t, rules, group, fakecloud.Latency{}) })
			})
		}
	}
}

// slow has writes meet one that is not over.
var slow = fakecloud.Latency{Read: 20 * time.Millisecond, Write: 200 * time.Millisecond, LockTail: 700 * time.Millisecond}

func subject(t *testing.T, rules slbfake.Rules, group string, latency fakecloud.Latency) grouptest.Subject {
	t.Helper()
	rules.AnyServer = true
	port := map[string]int{"rsp-1": 8080}[group]
	other := slbfake.Member{ServerID: "i-other", Port: port, Weight: 7, Description: "theirs"}
	lb := slbfake.LoadBalancer{ID: "lb-1", VServerGroups: []slbfake.VServerGroup{{ID: "rsp-1"}}}
	if port == 0 {
		lb.Members = []slbfake.Member{other}
	} else {
		lb.VServerGroups[0].Members = []slbfake.Member{other}
	}
	c := slbfake.InProcess(t, slbfake.Seed{
		Region: "cn-hangzhou", Keys: []slbfake.Key{{ID: "ak", Secret: secret}},
		LoadBalancers: []slbfake.LoadBalancer{lb}, Rules: rules,
	})
	c.SetLatency(latency)
	client, err := slbapi.New(slbapi.Config{
		Region: "cn-hangzhou", Endpoint: "http://slb.example.com", UserAgent: "test", Transport: c.Transport(),
		Credentials: acs.Static{AccessKeyID: "ak", AccessKeySecret: secret},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := grouptest.Subject{
		Group: client.BackendServers("lb-1"),

		FixedNames: rules.SetIgnoresDescription, VoidRemovals: rules.AbsentVoidsRemove,
		Disappear: func() { c.Cloud.DeleteLoadBalancer("lb-1") },
		Stall:     func() { c.Faults.On("*").Times(0).Do(fakecloud.Hang()) },
		True: func() []membership.Member {
			var ms []membership.Member
			for _, m := range c.Cloud.Members(group) {
				key := membership.Key{Server: m.ServerID, Port: m.Port}
				if m.Type != "ecs" {
					key.Address = m.ServerIP
				}
				ms = append(ms, membership.Member{Key: key, Weight: m.Weight, Name: m.Description})
			}
			return ms
		},
	}
	if port != 0 {
		s.Group = client.VServerGroup("rsp-1")
	}
	for n := range 24 {
		m := membership.Member{Key: membership.Key{Server: fmt.Sprintf("i-%d", n), Port: port}, Type: "ecs"}
		if n%3 == 1 { // one in three is an address of one interface
			m.Key.Server, m.Key.Address, m.Type = "eni-1", fmt.Sprintf("10.0.0.%d", n), "eni"
		}
		s.Samples = append(s.Samples, m)
	}
	return s
}
