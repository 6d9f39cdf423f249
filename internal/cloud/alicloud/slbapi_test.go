package alicloud_test

import (
	"fmt"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// The adapter keeps the contract of membership.Group, whichever of the things
// the vendor's documents allow the cloud does.
func TestAdapterConforms(t *testing.T) {
	t.Parallel()
	for name, rules := range map[string]slbfake.Rules{
		"as documented":     {},
		"duplicates pass":   {DefaultAddPresent: slbfake.PresentIgnored, VServerAddPresent: slbfake.PresentIgnored, SetAbsent: slbfake.AbsentIgnored},
		"errors in XML":     {XMLErrors: true},
		"resets omitted":    {SetResetsOmitted: true, EchoIP: true},
		"answers are empty": {WriteEcho: slbfake.EchoNone},
	} {
		for _, group := range []string{"lb-1", "rsp-1"} {
			t.Run(name+"/"+group, func(t *testing.T) {
				t.Parallel()
				grouptest.Run(t, func(t *testing.T) grouptest.Subject { return subject(t, rules, group) })
			})
		}
	}
}

func subject(t *testing.T, rules slbfake.Rules, group string) grouptest.Subject {
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
	client, err := slbapi.New(slbapi.Config{
		Region: "cn-hangzhou", Endpoint: "http://slb.example.com", UserAgent: "test", Transport: c.Transport(),
		Credentials: acs.Static{AccessKeyID: "ak", AccessKeySecret: secret},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := grouptest.Subject{
		Group:     client.BackendServers("lb-1"),
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
	for n := range 6 {
		m := membership.Member{Key: membership.Key{Server: fmt.Sprintf("i-%d", n), Port: port}, Type: "ecs"}
		if n%3 == 1 { // one in three is an address of one interface
			m.Key.Server, m.Key.Address, m.Type = "eni-1", fmt.Sprintf("10.0.0.%d", n), "eni"
		}
		s.Samples = append(s.Samples, m)
	}
	return s
}
