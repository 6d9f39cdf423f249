package sgfake_test

import (
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
)

const region = "cn-test"

// world is the seed that tests and scripts begin with: sgp-1 has an instance and
// an interface's second address behind lsn-1, sgp-2 an instance by a rule of
// lsn-1 alone, and the others are empty.
func world() sgfake.Seed {
	return sgfake.Seed{
		Region: region,
		Account: acsfake.Account{Keys: []acsfake.Key{
			{ID: "ak", Secret: "sk"}, {ID: "STS.ak", Secret: "sts-sk", Token: "token"}, {ID: "assumer", Secret: "sk", OnlySTS: true},
		}},
		Servers: []sgfake.Server{
			{ID: "i-a", IPs: []string{"10.0.0.1"}, VPC: "vpc-1", Zone: "cn-test-b"}, {ID: "i-b", IPs: []string{"10.0.0.2"}}, {ID: "i-c"}, {ID: "i-d"},
			{ID: "i-released", Released: true}, {ID: "i-elsewhere", VPC: "vpc-2"}, {ID: "eni-busy", RefuseAdd: "IncorrectStatus.Eni"},
			{ID: "i-fails", FailJob: &sgfake.JobFailure{Code: "ResourceNotFound.Ecs", Message: "i-fails is not found."}},
			{ID: "i-fails-506", FailJob: &sgfake.JobFailure{Code: "506", Message: "i-fails-506 could not be added."}},
			{ID: "i-fails-mute", FailJob: &sgfake.JobFailure{}},
			{ID: "eni-a", IPs: []string{"10.0.1.1", "10.0.1.2", "10.0.1.3", "2001:db8::5"}}, {ID: "eci-a", IPs: []string{"10.0.2.1"}},
		},
		ServerGroups: []sgfake.ServerGroup{
			{ID: "sgp-1", Name: "web", VPC: "vpc-1", Check: &sgfake.Check{Interval: 2, Threshold: 3}, Members: []sgfake.Member{
				{ServerID: "i-a", Port: 80, Weight: 100}, {ServerID: "eni-a", Type: "Eni", ServerIP: "10.0.1.2", Port: 80, Weight: 10, Description: "blue"},
			}},
			{ID: "sgp-2", Name: "api", Check: &sgfake.Check{Interval: 2}, Members: []sgfake.Member{{ServerID: "i-b", Port: 81, Weight: 100}}},
			{ID: "sgp-3", Name: "idle"},
			{ID: "sgp-drain", Drain: &sgfake.Drain{Timeout: 30, Lasts: 20}, Members: []sgfake.Member{
				{ServerID: "i-a", Port: 80, Weight: 100}, {ServerID: "i-b", Port: 80, Weight: 100},
			}},
			{ID: "sgp-ip", Type: "Ip", VPC: "vpc-1", CIDR: "10.0.0.0/16"},
			{ID: "sgp-six", Type: "Ip", IPv6: true},
			{ID: "sgp-any", AnyPort: true},
			{ID: "sgp-new", Status: "Creating"},
		},
		Listeners: []sgfake.Listener{
			{ID: "lsn-1", LoadBalancer: "lb-1", Port: 80, Protocol: "HTTP", ServerGroup: "sgp-1", Rules: []sgfake.ListenerRule{{ID: "rule-1", ServerGroup: "sgp-2"}}},
			{ID: "lsn-2", LoadBalancer: "lb-1", Port: 443, Protocol: "HTTPS", ServerGroup: "sgp-1"},
			{ID: "lsn-3", LoadBalancer: "lb-2", Port: 81, Protocol: "TCP", ServerGroup: "sgp-drain"},
		},
	}
}
