package huaweicloud_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// many is n members of pool-1: 10.0.0.1, 10.0.0.2 and so on.
func many(n int, extra string) string {
	return fmt.Sprintf(`
resource "cloudlb_elb_member" "m" {
  count          = %d
  pool_id        = "pool-1"
  address        = "10.0.0.${count.index + 1}"
  subnet_cidr_id = "subnet-4"
  protocol_port  = 8080
  %s
}
`, n, extra)
}

// numbered is what pool-1 holds with the members of many beside those of
// others; except are those of the n that are not there.
func numbered(n, weight int, except ...string) []string {
	var want []string
	for i := range n {
		m := fmt.Sprintf("10.0.0.%d:8080", i+1)
		if len(except) == 0 || m != except[0] {
			want = append(want, fmt.Sprintf("%s %d", m, weight))
		}
	}
	return append(want, othersWeb)
}

// oneAtATime checks that no two writes to pool-1 were under way at once.
func oneAtATime(t *testing.T, c *elbfake.Running) {
	t.Helper()
	if n := c.Server.Log.MaxInFlight("pool-1"); n != 1 {
		t.Errorf("%d writes were in flight on one pool, want 1", n)
	}
}

// Many members come, change and go whatever the vendor does where its
// reference leaves a choice.
func TestAccManyMembers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		n         int
		behaviour elbfake.Behaviour
		calls     func(t *testing.T, n int, es fakecloud.Entries)
	}{
		"as documented": {5, elbfake.Behaviour{}, batches},
		"other success": {5, elbfake.Behaviour{BatchCreateStatus: 201, BatchUpdateStatus: 202}, batches},
		"short pages":   {30, elbfake.Behaviour{PageCap: 7, ShuffleResults: true, OmitStatus: true}, batches},
		"a marker on the last page": {
			30, elbfake.Behaviour{PageCap: 10, NextMarkerAlways: true}, batches,
		},
		"no batch calls": {5, elbfake.Behaviour{BatchUnpublished: true}, singles},
		"throttling":     {30, elbfake.Behaviour{CallsPerSecond: 2}, throttled},
		"throttling without batch calls": {
			30, elbfake.Behaviour{CallsPerSecond: 8, BatchUnpublished: true}, throttled,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, tc.behaviour)
			config := func(extra string) string {
				return providerWith(c, fmt.Sprintf("project_id = %q", project)) + many(tc.n, extra)
			}
			steps := []resource.TestStep{
				{Config: config(""), Check: holds(c, "pool-1", numbered(tc.n, 1)...)},
				{Config: config("weight = 0"), Check: holds(c, "pool-1", numbered(tc.n, 0)...)},
			}
			if tc.behaviour.CallsPerSecond > 0 {
				steps = steps[:1] // slow enough
			}
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories(), Steps: steps, CheckDestroy: holds(c, "pool-1", othersWeb),
			})
			oneAtATime(t, c)
			if n := c.Server.Log.All().Count("KeystoneListProjects"); n != 0 {
				t.Errorf("%d look-ups of a project whose id is configured", n)
			}
			tc.calls(t, tc.n, c.Server.Log.All())
		})
	}
}

// batches expects all batch calls, and fewer writes than members. How many
// fewer is a matter of how close together a busy machine's callers come.
func batches(t *testing.T, n int, es fakecloud.Entries) {
	t.Helper()
	for _, op := range []string{"BatchCreateMembers", "BatchUpdateMembers", "BatchDeleteMembers"} {
		if es.Count(op) == 0 {
			t.Errorf("no call of %s:\n%s", op, es)
		}
	}
	if got := len(es.Writes()); got >= 3*n {
		t.Errorf("%d writes to add, change and remove %d members:\n%s", got, n, es.Writes())
	}
}

// singles expects one call for each of n members, after one try of each
// batch call at most.
func singles(t *testing.T, n int, es fakecloud.Entries) {
	t.Helper()
	for _, op := range []string{"Create", "Update", "Delete"} {
		if got := es.Count(op + "Member"); got != n {
			t.Errorf("%d calls of %sMember, want %d", got, op, n)
		}
		if got := es.Count("Batch" + op + "Members"); got > 1 {
			t.Errorf("%d tries of a batch call that is not published", got)
		}
	}
}

func throttled(t *testing.T, _ int, es fakecloud.Entries) {
	t.Helper()
	for _, e := range es {
		if e.Code == "APIGW.0308" {
			return
		}
	}
	t.Error("nothing was throttled: the test shows nothing")
}

// One bad member among five fails alone and is named, whatever a batch with a
// bad element does, and whether or not the vendor's message names it.
func TestAccOneBadMemberAmongFive(t *testing.T) {
	t.Parallel()
	bad := map[string]string{
		"named":   `(?s)Unable to add member.*Could\s+not\s+add\s+member\s+10\.9\.0\.3:8080.*is\s+not\s+in\s+subnet`,
		"unnamed": `(?s)Unable to add member.*Could\s+not\s+add\s+member\s+10\.0\.0\.3:8080.*subnet-none`,
	}
	for _, atomicity := range []elbfake.Atomicity{elbfake.AllOrNothing, elbfake.SkipBad, elbfake.StopAtBad} {
		for name, want := range bad {
			if name == "named" && atomicity == elbfake.AllOrNothing {
				continue // TestAccRefusedMembers' and the engine's own tests
			}
			t.Run(fmt.Sprint(atomicity, " ", name), func(t *testing.T) {
				t.Parallel()
				c := start(t, elbfake.Behaviour{Atomicity: atomicity})
				config := func(third bool) string {
					s := provider(c)
					for i := 1; i <= 5; i++ {
						m := member(fmt.Sprint("m", i), "pool-1", fmt.Sprint("10.0.0.", i), web)
						switch {
						case i == 3 && !third:
							continue
						case i == 3 && name == "named":
							m = strings.Replace(m, "10.0.0.3", "10.9.0.3", 1)
						case i == 3:
							m = strings.Replace(m, "subnet-4", "subnet-none", 1)
						}
						s += m
					}
					return s
				}
				resource.Test(t, resource.TestCase{
					ProtoV6ProviderFactories: acctest.Factories(),
					CheckDestroy:             holds(c, "pool-1", othersWeb),
					Steps: []resource.TestStep{
						{Config: config(true), ExpectError: regexp.MustCompile(want)},
						{
							// All four are in state, untainted, and the bad one is not.
							Config: config(false), ConfigPlanChecks: emptyPlan,
							Check: holds(c, "pool-1", numbered(5, 1, "10.0.0.3:8080")...),
						},
					},
				})
			})
		}
	}
}

// A member that is there is an error, for it alone, and keeps its weight,
// whatever a batch would do to it; also one that comes in the moment before
// the batch, unless it is the vendor who then overwrites it.
func TestAccExistingMemberInABatch(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ applies, late bool }{
		"there before":             {true, false},
		"comes in between":         {false, true},
		"comes in, is overwritten": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, elbfake.Behaviour{ExistedApplies: tc.applies})
			weight := 9
			theirs := func() {
				c.AddForeign("pool-1", elbfake.Member{Address: "10.0.0.3", Port: 8080, Subnet: "subnet-4", Weight: &weight, Name: "theirs"})
			}
			left := "10.0.0.3:8080 9 theirs"
			if tc.late && tc.applies {
				left = "10.0.0.3:8080 5 theirs"
			}
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories(),
				CheckDestroy:             holds(c, "pool-1", left, othersWeb),
				Steps: []resource.TestStep{{
					PreConfig: func() {
						if tc.late {
							c.Server.Faults.On("BatchCreateMembers").Do(fakecloud.Before(theirs))
						} else {
							theirs()
						}
					},
					Config: provider(c) + many(5, "weight = 5"),
					ExpectError: regexp.MustCompile(
						`(?s)Could\s+not\s+add\s+member\s+10\.0\.0\.3:8080.*already\s+in.*import\s+it\s+with\s+the\s+id\s+"pool-1/10\.0\.0\.3:8080"`),
				}},
			})
			removed := 0
			for _, e := range c.Server.Log.All().Writes() {
				switch e.Op {
				case "UpdateMember", "BatchUpdateMembers":
					t.Errorf("a member was changed that is not ours: %s", e.Detail)
				case "DeleteMember", "BatchDeleteMembers":
					removed += e.Items
				}
			}
			if removed != 4 {
				t.Errorf("%d members were removed in the end, want the 4 that landed", removed)
			}
		})
	}
}

// A batch whose answer is lost was carried out; nothing is sent twice, and
// every member is in state, once.
func TestAccLostAnswerOfABatch(t *testing.T) {
	t.Parallel()
	c := start(t, elbfake.Behaviour{})
	sent := map[string]int{}
	lose := func(op string) func() {
		return func() { c.Server.Faults.On(op).Do(fakecloud.ResetAfterCommit()) }
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		CheckDestroy:             holds(c, "pool-1", othersWeb),
		Steps: []resource.TestStep{
			{
				PreConfig: lose("BatchCreateMembers"), Config: provider(c) + many(5, ""),
				Check: func(s *terraform.State) error {
					ids := map[string]bool{}
					for _, r := range s.RootModule().Resources {
						ids[r.Primary.Attributes["member_id"]] = true
					}
					if len(ids) != 5 || ids[""] {
						return fmt.Errorf("member ids in state: %v", ids)
					}
					return holds(c, "pool-1", numbered(5, 1)...)(s)
				},
			},
			{
				PreConfig: lose("BatchUpdateMembers"), Config: provider(c) + many(5, "weight = 0"),
				Check: holds(c, "pool-1", numbered(5, 0)...),
			},
			{PreConfig: lose("BatchDeleteMembers"), Config: provider(c) + nothing, Check: holds(c, "pool-1", othersWeb)},
		},
	})
	for _, e := range c.Server.Log.All().Writes() {
		sent[strings.TrimPrefix(strings.TrimSuffix(strings.TrimSuffix(e.Op, "Members"), "Member"), "Batch")] += e.Items
	}
	for _, op := range []string{"Create", "Update", "Delete"} {
		if sent[op] != 5 {
			t.Errorf("%s: %d members sent, want each of 5 once:\n%s", op, sent[op], c.Server.Log.All())
		}
	}
}

// A pool that is still busy with the write before is asked again.
func TestAccBusyPool(t *testing.T) {
	t.Parallel()
	c := start(t, elbfake.Behaviour{BusyCode: "ELB.8907"})
	// A write holds the pool for a while after its answer, so that the next
	// one, of a member that waits for the first, comes too early.
	c.Server.SetLatency(fakecloud.Latency{LockTail: 600 * time.Millisecond})
	config := func(weight string) string {
		return provider(c) + member("first", "pool-1", "10.0.0.1", web+weight) +
			member("next", "pool-1", "10.0.0.2", web+weight+"\ndepends_on = [cloudlb_elb_member.first]")
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		CheckDestroy:             holds(c, "pool-1", othersWeb),
		Steps: []resource.TestStep{
			{Config: config(""), Check: holds(c, "pool-1", "10.0.0.1:8080 1", "10.0.0.2:8080 1", othersWeb)},
			{Config: config("weight = 0"), Check: holds(c, "pool-1", "10.0.0.1:8080 0", "10.0.0.2:8080 0", othersWeb)},
		},
	})
	busy := map[string]bool{}
	for _, e := range c.Server.Log.All() {
		if e.Busy {
			busy[e.Op] = true
		}
	}
	if !busy["CreateMember"] || !busy["UpdateMember"] || !busy["DeleteMember"] {
		t.Errorf("busy was answered to %v alone: the test shows too little", busy)
	}
	oneAtATime(t, c)
}
