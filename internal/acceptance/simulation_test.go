package acceptance_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

// served is a product as somebody has it who runs the simulation: its usual
// seed, and a member to be.
type served struct {
	*fakecloud.Simulation
	*acctest.Core
	kind   fakecloud.Kind
	group  string
	key    string
	member map[string]any
	one    *acctest.Object
}

// inEverySimulation runs a test in a bubble with each product.
func inEverySimulation(t *testing.T, test func(t *testing.T, s *served)) {
	for _, p := range stages.Products() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &served{kind: p.Kinds[len(p.Kinds)-1], key: "i-web-1:8080"}
				s.group = map[string]string{
					"slb": "rsp-quickstart", "alb": "sgp-alb-quickstart", "nlb": "sgp-nlb-quickstart", "elb": "pool-quickstart",
				}[p.Name]
				s.member = map[string]any{s.kind.Group: s.group, s.kind.Port: 8080, s.kind.Host: "i-web-1"}
				if p.Name == "elb" {
					s.key, s.member[s.kind.Host], s.member["subnet_cidr_id"] = "10.0.2.1:8080", "10.0.2.1", "subnet-quickstart"
				}
				var err error
				if s.Simulation, err = p.Begin([]byte(p.Quickstart), &fakecloud.Account{}, t, fakecloud.Latency{}); err != nil {
					t.Fatal(err)
				}
				s.Core = acctest.NewCore(t, provider.Over("test", s.Server.Transport()), map[string]any{p.Cloud: s.Settings("")})
				s.one = s.New(s.kind.Single)
				test(t, s)
			})
		})
	}
}

// script scripts a fault of the group.
func (s *served) script(t *testing.T, fault string) {
	t.Helper()
	if err := s.AddFaults(fmt.Appendf(nil, `{"group": %q, %s}`, s.group, fault)); err != nil {
		t.Fatal(err)
	}
}

func (s *served) jobs() bool { return len(s.kind.Ops.Poll) > 0 }

// What passes is sat out on every cloud, and the same words say it.
func TestFaultsThatPass(t *testing.T) {
	t.Parallel()
	inEverySimulation(t, func(t *testing.T, s *served) {
		throttled := map[string]string{"alicloud": "Throttling.User", "huaweicloud": "APIGW.0308"}[s.kind.Cloud]
		for _, do := range []string{"throttle", "busy", "reset", `reset", "committed": true, "name": "lost`, `page", "name": "proxy`} {
			mark := s.Server.Log.Mark()
			s.script(t, fmt.Sprintf(`"on": "add", "member": %q, "times": 1, "do": "%s"`, s.key, do))
			s.MustApply(s.one, s.member)
			if w, in := s.Held()[s.group][s.key]; !in || w != s.kind.Weight {
				t.Errorf("%s: %v", do, s.Held())
			}
			calls := s.Server.Log.Since(mark)
			hit := calls.Writes()[0]
			if !hit.Fault || hit.Busy != (do == "busy") || (hit.Code == throttled) != (do == "throttle") {
				t.Errorf("%s: the first write is %+v", do, hit)
			}
			if f := s.Faults(); f[len(f)-1].Fired != 1 {
				t.Errorf("%s: %+v", do, f)
			}
			s.MustDestroy(s.one)
			s.RemoveFault("")
		}
	})
}

// A refusal is told as it was written.
func TestARefusalAsWritten(t *testing.T) {
	t.Parallel()
	inEverySimulation(t, func(t *testing.T, s *served) {
		s.script(t, `"on": "add", "do": "refuse", "status": 403, "code": "Strange.Code", "message": "not on a Sunday"`)
		err := s.Apply(t.Context(), s.one, s.member)
		if err == nil || !strings.Contains(err.Error(), "Strange.Code") || !strings.Contains(err.Error(), "not on a Sunday") {
			t.Errorf("got %v", err)
		}
	})
}

// A slow call takes as long as it says, and so do a job and a drain where there are
// any; a job that fails says why.
func TestSlowCallsAndJobs(t *testing.T) {
	t.Parallel()
	inEverySimulation(t, func(t *testing.T, s *served) {
		took := func(what string, least time.Duration, do func()) {
			t.Helper()
			began := time.Now()
			if do(); time.Since(began) < least || time.Since(began) > 2*least {
				t.Errorf("%s took %v, want about %v", what, time.Since(began), least)
			}
			s.RemoveFault("")
		}
		add := func() { s.MustApply(s.one, s.member) }
		s.script(t, `"on": "add", "do": "slow", "delay": "20s"`)
		took("a slow call", 20*time.Second, add)
		if !s.jobs() {
			if err := s.AddFaults([]byte(`{"do": "slow_job", "delay": "1s"}`)); err == nil {
				t.Error("a slow job is taken where there is none")
			}
			return
		}
		s.script(t, `"on": "remove", "do": "slow_drain", "delay": "90s"`)
		took("a slow drain", 90*time.Second, func() { s.MustDestroy(s.one) })
		s.script(t, `"on": "add", "do": "slow_job", "delay": "60s"`)
		took("a slow job", time.Minute, add)
		s.MustDestroy(s.one)
		s.script(t, `"on": "add", "do": "fail_job", "code": "Strange.Code", "message": "not on a Sunday"`)
		if err := s.Apply(t.Context(), s.one, s.member); err == nil || !strings.Contains(err.Error(), "not on a Sunday") {
			t.Errorf("a job that fails: %v", err)
		}
	})
}

// Whoever waits for health waits for what was said of it, and a member of which
// nothing is said any more is as its checks find it.
func TestHealthAsWasSaid(t *testing.T) {
	t.Parallel()
	inEverySimulation(t, func(t *testing.T, s *served) {
		say := func(rest string) {
			t.Helper()
			if err := s.SayHealth(fmt.Appendf(nil, `{"group": %q, "member": %q, %s}`, s.group, s.key, rest)); err != nil {
				t.Fatal(err)
			}
		}
		say(`"status": "unhealthy"`)
		s.member["wait_for_healthy"], s.member["timeouts"] = true, map[string]any{"create": "1m"}
		err := s.Apply(t.Context(), s.one, s.member)
		if err == nil || !strings.Contains(err.Error(), s.key) || !strings.Contains(err.Error(), "ealthy") {
			t.Errorf("an unhealthy member: %v", err)
		}
		s.MustDestroy(s.one)
		s.one = s.New(s.kind.Single)
		say(`"status": "as_checked"`)
		say(`"status": "checking", "for": "30s"`)
		began := time.Now()
		s.MustApply(s.one, s.member)
		if took := time.Since(began); took < 30*time.Second || took > time.Minute {
			t.Errorf("waited %v for a member that is checked for 30 s", took)
		}
	})
}
