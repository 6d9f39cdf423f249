package sgfake

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
)

// The statuses of jobs.
const (
	processing = "Processing"
	succeeded  = "Succeeded"
	failed     = "Failed"
)

// job is a write that has been accepted. Nothing happens at its end by itself:
// whoever looks at the cloud has what is over by then carried out first (see
// [Cloud.settle]).
type job struct {
	id, api string
	group   *group
	change  *change
	takes   time.Duration
	asked   time.Time
	end     time.Time // zero: it has not begun, and waits for another
	applied bool      // the change is made; the job may still wait for those that drain
	status  string
	changed time.Time // the status, last
	failure *JobFailure
}

// begin makes a write a job. It starts at once, or when the group's jobs before
// it have ended.
func (c *Cloud) begin(api string, g *group, ch *change, now time.Time) *job {
	c.made++
	j := &job{
		id: fmt.Sprintf("job-%06d", c.made), api: api, group: g, change: ch, takes: seconds(c.rules.JobSeconds) + ch.fate.Delay,
		asked: now, changed: now, status: processing, failure: c.failureOf(ch),
	}
	c.jobs = append(c.jobs, j)
	g.jobs = append(g.jobs, j)
	if len(g.jobs) == 1 {
		j.start(now)
	}
	c.settle(now)
	return j
}

// failureOf is why a job is to fail; nil where it is not.
func (c *Cloud) failureOf(ch *change) *JobFailure {
	if ch.fate.Fails {
		return &JobFailure{ch.fate.Code, ch.fate.Message}
	}
	if len(c.failures) > 0 {
		f := c.failures[0]
		c.failures = c.failures[1:]
		return &f
	}
	for _, m := range ch.add {
		if s := c.servers[m.ServerID]; s != nil && s.FailJob != nil {
			return s.FailJob
		}
	}
	return nil
}

// start gives the members of a job the statuses that they have meanwhile.
func (j *job) start(now time.Time) {
	g, ch := j.group, j.change
	j.end = now.Add(j.takes)
	g.before = g.members
	g.members = slices.Clone(g.members)
	for _, m := range ch.add {
		m.Status = orDefault(ch.meanwhile, adding)
		if i := g.index(m.key()); i >= 0 {
			g.members[i] = member{Member: m}
			continue
		}
		g.members = append(g.members, member{Member: m})
	}
	for _, k := range ch.remove {
		g.mark(k, removing)
	}
	for _, m := range ch.update {
		g.mark(m.key(), configuring)
	}
}

func (g *group) mark(k key, status string) {
	if i := g.index(k); i >= 0 {
		g.members[i].Status = status
	}
}

// settle carries out what is over by now. c.mu is held.
func (c *Cloud) settle(now time.Time) {
	for _, g := range c.groups {
		c.dropDrained(g, now)
		for len(g.jobs) > 0 && c.over(g.jobs[0], now) {
			at := g.jobs[0].changed
			if g.jobs = g.jobs[1:]; len(g.jobs) > 0 {
				g.jobs[0].start(at)
			}
		}
	}
	if c.rules.JobMemory > 0 {
		c.jobs = slices.DeleteFunc(c.jobs, func(j *job) bool {
			return j.status != processing && now.Sub(j.changed) >= seconds(c.rules.JobMemory)
		})
	}
}

// over ends a job if its time has come.
func (c *Cloud) over(j *job, now time.Time) bool {
	if now.Before(j.end) {
		return false
	}
	if !j.applied {
		j.applied = true
		c.apply(j)
		c.dropDrained(j.group, now)
	}
	j.changed = j.end
	if c.rules.DrainHoldsJob {
		for _, k := range j.change.remove {
			if i := j.group.index(k); i >= 0 && j.group.members[i].Status == draining {
				return false
			}
		}
		j.changed = now
	}
	j.status = succeeded
	if j.failure != nil {
		j.status = failed
	}
	return true
}

// apply makes the change of a job, of one that fails as much as the rules say.
func (c *Cloud) apply(j *job) {
	g, done := j.group, c.done(j)
	g.during, g.lagsUntil = g.members, j.end.Add(seconds(c.rules.ListingLag))
	g.members = slices.Clone(g.members)
	for _, m := range j.change.add {
		i := g.index(m.key())
		switch {
		case i < 0: // somebody else has taken it out
		case done(m.key()):
			g.members[i].Status, g.members[i].since = available, j.end
		default:
			g.members = slices.Delete(g.members, i, i+1)
		}
	}
	for _, k := range j.change.remove {
		i := g.index(k)
		switch {
		case i < 0:
		case done(k):
			drain := orDefault(j.change.fate.Drain, c.drainTime(g))
			g.members[i].Status, g.members[i].until, g.members[i].held = draining, j.end.Add(drain), j.change.fate.Drain > 0
		default:
			g.members[i].Status = available
		}
	}
	for _, m := range j.change.update {
		i := g.index(m.key())
		if i < 0 {
			continue
		}
		g.members[i].Status = available
		if done(m.key()) {
			g.members[i].Weight, g.members[i].Description = m.Weight, m.Description
		}
	}
}

// done tells which members a job is successful for.
func (c *Cloud) done(j *job) func(key) bool {
	if j.failure == nil || c.rules.FailedJobs == FailedWhole {
		return func(key) bool { return true }
	}
	if c.rules.FailedJobs != FailedPart {
		return func(key) bool { return false }
	}
	keys, blamed := slices.Clone(j.change.remove), map[key]bool{}
	for _, m := range slices.Concat(j.change.add, j.change.update) {
		keys = append(keys, m.key())
		if s := c.servers[m.ServerID]; s != nil && s.FailJob != nil {
			blamed[m.key()] = true
		}
	}
	if len(blamed) > 0 {
		return func(k key) bool { return !blamed[k] }
	}
	return func(k key) bool { return slices.Contains(keys[:len(keys)/2], k) }
}

// drainTime is how long a member that has been removed may drain at most.
func (c *Cloud) drainTime(g *group) time.Duration {
	switch {
	case g.Drain == nil:
		return 0
	case c.plane != nil:
		return time.Duration(g.Drain.Timeout) * time.Second // or until nothing is under way
	}
	return time.Duration(min(g.Drain.Timeout, g.Drain.Lasts)) * time.Second
}

// dropDrained takes out members that have drained, or whose time is up.
func (c *Cloud) dropDrained(g *group, now time.Time) {
	gone := func(m member) bool {
		return m.Status == draining && (!now.Before(m.until) || c.plane != nil && !m.held && c.underWay(g, m) == 0)
	}
	if slices.ContainsFunc(g.members, gone) {
		g.members = slices.DeleteFunc(slices.Clone(g.members), gone)
	}
}

// listJobs is ListAsynJobs: the jobs that are asked for, the latest first.
func (c *Cloud) listJobs(q *request) (map[string]any, *acsfake.Refusal) {
	var rows []row
	for i, j := range c.jobs {
		if !q.wants("JobIds", j.id) || !q.wants("ResourceIds", j.group.ID) || !matches(q.params["ApiName"], j.api) ||
			!matches(q.params["ResourceType"], "servergroup") || !j.within(q.params["BeginTime"], q.params["EndTime"]) {
			continue
		}
		fields := map[string]any{
			"Id": j.id, "ApiName": j.api, "ResourceId": j.group.ID, "ResourceType": "servergroup", "OperateType": "Configure",
			"Status": j.status, "CreateTime": j.asked.UnixMilli(), "ModifyTime": j.changed.UnixMilli(),
		}
		if j.status == failed {
			fields["ErrorCode"], fields["ErrorMessage"] = j.failure.Code, j.failure.Message
		}
		rows = append(rows, row{fmt.Sprintf("%06d", len(c.jobs)-i), fields})
	}
	return c.page(q, "Jobs", rows, 100)
}

// within tells whether a job was asked for in a stretch of time, of milliseconds
// since 1970.
func (j *job) within(from, to string) bool {
	at := j.asked.UnixMilli()
	if n, err := strconv.ParseInt(from, 10, 64); err == nil && at < n {
		return false
	}
	n, err := strconv.ParseInt(to, 10, 64)
	return err != nil || at <= n
}

// jobStatus is GetJobStatus, which does not say why a job has failed.
func (c *Cloud) jobStatus(q *request) (map[string]any, *acsfake.Refusal) {
	i := slices.IndexFunc(c.jobs, func(j *job) bool { return j.id == q.params["JobId"] })
	if i < 0 {
		return nil, notFound("job", q.params["JobId"])
	}
	status := c.jobs[i].status
	if status == processing {
		status = c.Product.processing
	}
	return map[string]any{"Status": status}, nil
}

// Jobs are the jobs so far that are remembered, as "AddServersToServerGroup
// sgp-1 Succeeded", the oldest first.
func (c *Cloud) Jobs() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(time.Now())
	var all []string
	for _, j := range c.jobs {
		all = append(all, j.api+" "+j.group.ID+" "+j.status)
	}
	return all
}

// DeleteGroup deletes a group, with its jobs.
func (c *Cloud) DeleteGroup(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.must(id)
	c.deleted[id] = g
	delete(c.groups, id)
	c.listeners = slices.Clone(c.listeners)
	for i, l := range c.listeners {
		if l.ServerGroup == id {
			c.listeners[i].ServerGroup = ""
		}
		c.listeners[i].Rules = slices.DeleteFunc(slices.Clone(l.Rules), func(r ListenerRule) bool { return r.ServerGroup == id })
	}
	maps.DeleteFunc(c.tokens, func(_ string, s spent) bool { return s.job.group == g })
}
