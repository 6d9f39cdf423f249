package slbfake_test

import (
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
)

const (
	region = "cn-test"
	role   = "acs:ram::1234567890123456:role/deploy"
	issuer = "acs:ram::1234567890123456:oidc-provider/ci"
)

// world is the seed that tests and scripts begin with: two instances in the
// default group of lb-1, one of them and an interface's second address in the
// vserver group rsp-1.
func world() slbfake.Seed {
	return slbfake.Seed{
		Region: region,
		Keys: []slbfake.Key{
			{ID: "ak", Secret: "sk"}, {ID: "STS.ak", Secret: "sts-sk", Token: "token"}, {ID: "assumer", Secret: "sk", OnlySTS: true},
		},
		Servers: []slbfake.Server{
			{ID: "i-a", IPs: []string{"10.0.0.1"}}, {ID: "i-b", IPs: []string{"10.0.0.2"}}, {ID: "i-c"}, {ID: "i-d"},
			{ID: "i-stopped", Status: "stopped"}, {ID: "i-released", Status: "released"}, {ID: "i-other-zone", RefuseAdd: "Mismatched.ZoneId"},
			{ID: "eni-a", IPs: []string{"10.0.1.1", "10.0.1.2", "10.0.1.3"}},
			{ID: "eci-a", IPs: []string{"10.0.2.1"}},
		},
		LoadBalancers: []slbfake.LoadBalancer{
			{
				ID: "lb-1", Name: "one",
				Members: []slbfake.Member{{ServerID: "i-a", Weight: 100}, {ServerID: "i-b", Weight: 50, Description: "blue"}},
				Listeners: []slbfake.Listener{
					{Port: 80, Protocol: "http", BackendPort: 8000, Rules: []slbfake.Rule{{ID: "rule-1", Domain: "x.example.com", URL: "/x", VServerGroup: "rsp-2"}}},
					{Port: 443, Protocol: "https", VServerGroup: "rsp-1"},
				},
				VServerGroups: []slbfake.VServerGroup{
					{ID: "rsp-1", Name: "web", Members: []slbfake.Member{
						{ServerID: "i-a", Port: 8080, Weight: 100},
						{ServerID: "eni-a", Type: "eni", ServerIP: "10.0.1.2", Port: 8080, Weight: 10},
					}},
					{ID: "rsp-2", Name: "api"},
					{ID: "rsp-3", Name: "idle"},
				},
			},
			{ID: "lb-2", VServerGroups: []slbfake.VServerGroup{{ID: "rsp-9"}}},
			{ID: "lb-locked", Status: "locked", Members: []slbfake.Member{{ServerID: "i-a", Weight: 100}}},
		},
		Roles: []slbfake.Role{
			{ARN: role, Trusts: []string{"ak", "assumer"}, Provider: issuer, MaxSession: 7200},
			{ARN: role + "-ext", ExternalID: "ext"},
			{ARN: role + "-next", Trusts: []string{role}},
		},
		OIDCTokens: []slbfake.OIDCToken{{Token: "a.good.token", Provider: issuer}, {Token: "old.token", Provider: issuer, Expires: long}},
		Instance:   "machine", CredentialsPath: "/credentials",
	}
}
