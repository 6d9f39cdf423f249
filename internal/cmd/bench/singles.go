package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

// byTens is the work of many single members in one group, ten at a time, as
// Terraform does it by default.
func (b *bench) byTens(ctx context.Context) ([]row, error) {
	var rows []row
	for _, k := range stages.Kinds() {
		idle, err := b.overhead(ctx, 10)
		if err != nil {
			return nil, err
		}
		ours, err := b.ours(ctx, k, 10)
		if err != nil {
			return nil, err
		}
		rows = append(rows, tensRows(k, b.members, ours, idle)...)
	}
	return rows, nil
}

// tensRows are the figures of byTens beside their bounds.
func tensRows(k fakecloud.Kind, members int, ours, idle []result) []row {
	each := perMember(k, members)
	most := []float64{each, 3 * pages(k, members), each, each}
	var rows []row
	busy, failed := 0, ""
	for i, r := range ours {
		name := nameOf(k) + " " + r.phase.name
		busy += r.tally.busy
		calls := figure(name, "calls", "", float64(r.tally.calls), r.tally.String()).atMost(most[i])
		wall := figure(name, "wall", "s", r.took.Seconds(), "")
		if idle[i].failed == "" {
			overhead := idle[i].took.Seconds()
			wall.Note = fmt.Sprintf("terraform's own %.1f s", overhead)
			if r.tally.writes > 0 {
				wall = wall.atMost(wallBound(k, r.tally, overhead))
			}
		} else {
			wall.Failed = "terraform's own time is not known"
		}
		if r.failed != "" {
			calls.Failed, wall.Failed, failed = r.failed, r.failed, r.failed
		}
		rows = append(rows, calls, wall)
	}
	all := figure(nameOf(k)+" whole run", "busy answers", "", float64(busy), "").atMost(3)
	all.Failed = failed
	return append(rows, all)
}

// perMember is how many calls the members may cost: for 200, 50, the half of them
// listings, each of so many calls as its pages.
func perMember(k fakecloud.Kind, members int) float64 {
	return math.Ceil(float64(members) / 8 * (1 + pages(k, members)))
}

// pages is how many calls it takes to list the members.
func pages(k fakecloud.Kind, members int) float64 {
	if k.Page == 0 {
		return 1
	}
	return math.Ceil(float64(members) / float64(k.Page))
}

// pollPause is how long the provider waits before it asks for the job of a write.
const pollPause = 500 * time.Millisecond

// wallBound is the time that a phase of writes may take: its calls one after
// the other, each as long as a write, and its looks at jobs, and three tenths more,
// and what Terraform takes for itself.
func wallBound(k fakecloud.Kind, t tally, overhead float64) float64 {
	bound := float64(t.calls) * writeLatency.Seconds()
	if k.Ops.Poll != nil {
		bound += float64(t.lookups) * (pollPause + readLatency).Seconds()
	}
	return 1.3*bound + overhead
}

// atOnce is the work of many single members that come all at once.
func (b *bench) atOnce(ctx context.Context) ([]row, error) {
	idle, err := b.overhead(ctx, b.members)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, k := range stages.Kinds() {
		ours, err := b.ours(ctx, k, b.members)
		if err != nil {
			return nil, err
		}
		rows = append(rows, onceRows(k, b.members, ours, idle)...)
	}
	return rows, nil
}

// onceRows are the figures of atOnce beside their bounds. Members that arrive
// early go in calls of their own: two beside the full ones, and three where one
// call could take all.
func onceRows(k fakecloud.Kind, members int, ours, idle []result) []row {
	spare := 2.0
	if members <= k.Batch {
		spare = 3
	}
	var rows []row
	for i, r := range ours {
		if r.phase.name == "plan with no change" {
			continue
		}
		name := nameOf(k) + " " + r.phase.name
		writes := figure(name, "writes", "", float64(r.tally.writes), r.tally.String())
		if r.phase.name == "create" {
			writes = writes.atMost(math.Ceil(float64(members)/float64(k.Batch)) + spare)
		}
		wall := figure(name, "wall", "s", r.took.Seconds(), fmt.Sprintf("terraform's own %.1f s", idle[i].took.Seconds()))
		writes.Failed, wall.Failed = r.failed, r.failed
		rows = append(rows, writes, wall)
	}
	return rows
}

// ours runs the phases with this provider.
func (b *bench) ours(ctx context.Context, k fakecloud.Kind, parallelism int) ([]result, error) {
	c, err := startCloud(ctx, k, 1)
	if err != nil {
		return nil, err
	}
	defer c.stop()
	f, err := b.folder(c.config(c.hosts(b.members)), c.env(), parallelism)
	if err != nil {
		return nil, err
	}
	return b.all(ctx, f, c, b.members, phases)
}
