package sgapi

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

func jobIs(state, code, message string) reply {
	return said(`"Jobs":[{"Id":"other","Status":"Failed"},{"Id":"job-1","Status":"%s","ErrorCode":"%s","ErrorMessage":"%s"}]`, state, code, message)
}

// A write is over when its job is, and what the job says is what became of it.
func TestTheJobOfAWrite(t *testing.T) {
	t.Parallel()
	accepted := said(`"JobId":"job-1"`)
	denied := fault(403, "Forbidden.NoPermission", "not you")
	for name, tc := range map[string]struct {
		answer reply
		jobs   []reply
		status []reply // of GetJobStatus
		reads  int     // of either
		within time.Duration
		class  membership.Class
		says   []string // an error, in words; none where empty
		partly bool
		only   Product
	}{
		"it succeeds":                   {jobs: []reply{jobIs("Processing", "", ""), jobIs("Processing", "", ""), jobIs("Succeeded", "", "")}, reads: 3},
		"its state in other letters":    {jobs: []reply{jobIs("processing", "", ""), jobIs("succeeded", "", "")}, reads: 2},
		"it fails with a code":          {jobs: []reply{jobIs("Failed", "ResourceNotFound.Ecs", "i-1 is not found")}, reads: 1, class: membership.MemberNotFound, partly: true, says: []string{"AddServersToServerGroup: ResourceNotFound.Ecs: i-1 is not found (job job-1 failed)", "req-1"}},
		"it fails with a number":        {jobs: []reply{jobIs("Failed", "506", "the server's zone is closed")}, reads: 1, class: membership.Refused, partly: true, says: []string{"506: the server's zone is closed"}},
		"it fails without a reason":     {jobs: []reply{jobIs("Failed", "", "")}, reads: 1, class: membership.Refused, partly: true, says: []string{"no reason is given", "job-1"}},
		"it fails for a passing cause":  {jobs: []reply{jobIs("Failed", "SystemBusy", "")}, reads: 1, class: membership.Busy, partly: true, says: []string{"SystemBusy"}},
		"it fails for an unknown cause": {jobs: []reply{jobIs("Failed", "InternalError", "")}, reads: 1, class: membership.Unknown, partly: true, says: []string{"InternalError"}},
		"it is listed late":             {jobs: []reply{said(`"Jobs":[],"TotalCount":0`), said(`"Jobs":[]`), jobIs("Succeeded", "", "")}, reads: 3},
		"it is forgotten":               {jobs: []reply{said(`"Jobs":[]`)}, reads: 3},
		"it may not be read":            {jobs: []reply{denied}, reads: 1},
		"it goes on":                    {jobs: []reply{jobIs("Processing", "", "")}, within: 10 * time.Second, reads: 6, class: membership.Unknown, says: []string{"job job-1 was not over yet", "req-1"}},
		"there is none":                 {answer: said(`"Any":1`)},
		"one by one":                    {only: NLB, status: []reply{said(`"Status":"processing"`), said(`"Status":"Succeeded"`)}, reads: 3},
		"one by one, and it fails":      {only: NLB, status: []reply{said(`"Status":"Failed"`)}, reads: 2, class: membership.Refused, partly: true, says: []string{"no reason"}},
		"an endpoint without a list":    {only: ALB, reads: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			both(t, func(t *testing.T, p Product) {
				if tc.only != 0 && tc.only != p {
					t.Skip("of the other product")
				}
				synctest.Test(t, func(t *testing.T) {
					answers := map[string][]reply{"AddServersToServerGroup": {accepted}, "ListAsynJobs": append([]reply(nil), tc.jobs...)}
					if tc.answer.body != "" {
						answers["AddServersToServerGroup"] = []reply{tc.answer}
					}
					if tc.status != nil {
						answers["GetJobStatus"] = append([]reply(nil), tc.status...)
					}
					c, cloud := newClient(t, p, answers)
					ctx, cancel := context.WithTimeout(t.Context(), max(tc.within, time.Nanosecond))
					defer cancel()
					if tc.within == 0 {
						ctx = t.Context()
					}
					err := c.Group("sgp-1").Add(ctx, []membership.Member{ecs})
					if n := len(cloud.of("ListAsynJobs")) + len(cloud.of("GetJobStatus")); n != tc.reads || len(cloud.of("AddServersToServerGroup")) != 1 {
						t.Errorf("%d readings, want %d: %s", n, tc.reads, cloud.actions())
					}
					if len(tc.says) == 0 {
						if err != nil {
							t.Error(err)
						}
						return
					}
					e := asError(t, err)
					if e.Class != tc.class || e.Partly != tc.partly {
						t.Errorf("%s, partly %t; want %s, %t", e.Class, e.Partly, tc.class, tc.partly)
					}
					for _, s := range tc.says {
						if !strings.Contains(e.Error(), s) {
							t.Errorf("%q lacks %q", e.Error(), s)
						}
					}
				})
			})
		})
	}
}

// The log says how long a job takes, and meanwhile that it goes on.
func TestTheLogOfAJob(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, p Product) {
		synctest.Test(t, func(t *testing.T) {
			jobs := slices.Repeat([]reply{jobIs("Processing", "", "")}, 25)
			c, _ := newClient(t, p, map[string][]reply{
				"AddServersToServerGroup": {said(`"JobId":"job-1"`)}, "ListAsynJobs": append(jobs, jobIs("Succeeded", "", "")),
			})
			var out bytes.Buffer
			if err := c.Group("sgp-1").Add(tflogtest.RootLogger(t.Context(), &out), []membership.Member{ecs}); err != nil {
				t.Fatal(err)
			}
			lines, err := tflogtest.MultilineJSONDecode(&out)
			var got []string
			for _, line := range lines {
				if line["job"] == "job-1" && line["@level"] == "info" && line["service"] == p.String() && line["group"] == "sgp-1" && line["request_id"] == "req-1" {
					got = append(got, line["@message"].(string))
				}
			}
			want := []string{
				"job job-1 of AddServersToServerGroup: processing after 30.6s", "job job-1 of AddServersToServerGroup: processing after 1m0.6s",
				"job job-1 of AddServersToServerGroup: succeeded after 1m9.6s",
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%q, %v; want %q", got, err, want)
			}
		})
	})
}

// A removal whose job goes on while its members drain does not wait for that.
func TestTheJobOfARemovalThatDrains(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newClient(t, ALB, map[string][]reply{
			"RemoveServersFromServerGroup": {said(`"JobId":"job-1"`)}, "ListAsynJobs": {jobIs("Processing", "", "")},
		})
		began := time.Now()
		if err := c.Group("sgp-1").Remove(t.Context(), []membership.Member{ecs}); err != nil {
			t.Error(err)
		}
		if d := time.Since(began); d < 10*time.Second || d > 14*time.Second {
			t.Errorf("it took %v", d)
		}
	})
}

// An endpoint that does not know the list of jobs is asked for it once.
func TestTheListOfJobsIsAskedForOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, cloud := newClient(t, NLB, map[string][]reply{
			"RemoveServersFromServerGroup": {said(`"JobId":"job-1","ServerGroupId":"sgp-1"`)}, "GetJobStatus": {said(`"Status":"Succeeded"`)},
		})
		for range 3 {
			if err := c.Group("sgp-1").Remove(t.Context(), []membership.Member{ecs}); err != nil {
				t.Error(err)
			}
		}
		if n := len(cloud.of("ListAsynJobs")); n != 1 {
			t.Errorf("asked %d times: %s", n, cloud.actions())
		}
	})
}
