package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

// setPhases are what is done with a resource of many members.
var setPhases = []phase{
	{name: "create", args: []string{"apply", "-auto-approve"}, weight: 10, full: true},
	{name: "plan with no change", args: []string{"plan", "-detailed-exitcode"}, weight: 10, full: true},
	{name: "one weight changed", args: []string{"apply", "-auto-approve", "-var=odd=7"}, weight: 10, full: true, others: 1},
	{name: "weight change of all", args: []string{"apply", "-auto-approve"}, weight: 50, full: true},
	{name: "destroy", args: []string{"destroy", "-auto-approve"}, weight: 50},
}

// sets is the work of one resource of many members.
func (b *bench) sets(ctx context.Context) ([]row, error) {
	var rows []row
	for _, k := range stages.Kinds() {
		ours, _, err := b.oneSet(ctx, k, b.members)
		if err != nil {
			return nil, err
		}
		rows = append(rows, setRows(k, b.members, ours)...)
	}
	return rows, nil
}

// setRows are the figures of sets beside their bounds: to create the members the
// full calls and two listings, one to plan, and one more than to create for what
// begins with a refresh.
func setRows(k fakecloud.Kind, members int, ours []result) []row {
	list, write := pages(k, members), math.Ceil(float64(members)/float64(k.Batch))
	change := write
	if k.Updates > 0 {
		change = math.Ceil(float64(members) / float64(k.Updates))
	}
	most := []float64{write + 2*list, list, 1, change + 3*list, write + 3*list}
	var rows []row
	for i, r := range ours {
		name := nameOf(k) + " " + r.phase.name
		calls := figure(name, "calls", "", float64(r.tally.calls), r.tally.String())
		if i == 2 {
			calls = figure(name, "writes", "", float64(r.tally.writes), r.tally.String())
		}
		calls = calls.atMost(most[i])
		wall := figure(name, "wall", "s", r.took.Seconds(), "")
		calls.Failed, wall.Failed = r.failed, r.failed
		rows = append(rows, calls, wall)
	}
	return rows
}

// large is how many members the large set has.
const large = 2000

// largeSet is the work of one resource of very many members.
func (b *bench) largeSet(ctx context.Context) ([]row, error) {
	k := largest()
	c, err := startCloud(ctx, k, 1) // for the names of its members
	if err != nil {
		return nil, err
	}
	defer c.stop()
	f, err := b.folder(c.idleSet(large), nil, 10)
	if err != nil {
		return nil, err
	}
	idle, err := b.all(ctx, f, nil, large, setPhases)
	if err != nil {
		return nil, err
	}
	ours, peak, err := b.oneSet(ctx, k, large)
	if err != nil {
		return nil, err
	}
	return largeRows(k, ours, idle, peak), nil
}

// largeRows are the figures of largeSet beside their bounds: to create, five
// calls for two full ones, in three times the time of terraform_data with the
// same payload and that of the calls, in 200 MB.
func largeRows(k fakecloud.Kind, ours, idle []result, peak float64) []row {
	var rows []row
	for i, r := range ours {
		calls := figure(nameOf(k)+" "+r.phase.name, "calls", "", float64(r.tally.calls), r.tally.String())
		own, floor := idle[i].took.Seconds(), r.tally.floor().Seconds()
		wall := figure(nameOf(k)+" "+r.phase.name, "wall", "s", r.took.Seconds(), fmt.Sprintf("terraform_data %.1f s, the calls alone %.1f s", own, floor))
		if i == 0 {
			calls, wall = calls.atMost(math.Ceil(2.5*large/float64(k.Batch))), wall.atMost(3*own+floor)
		}
		calls.Failed, wall.Failed = r.failed, r.failed
		rows = append(rows, calls, wall)
	}
	memory := figure(nameOf(k)+" whole run", "memory", "MB", peak, "peak resident, of the provider").atMost(200)
	if peak == 0 {
		memory.Bound, memory.Note = nil, "this system does not tell"
	}
	return append(rows, memory)
}

// floor is how long the calls take one after the other.
func (t tally) floor() time.Duration {
	return time.Duration(t.writes)*writeLatency + time.Duration(t.reads+t.lookups)*readLatency
}

// oneSet runs the phases with one resource, and tells the most memory that a
// provider's process had.
func (b *bench) oneSet(ctx context.Context, k fakecloud.Kind, members int) (ours []result, peak float64, err error) {
	c, err := startCloud(ctx, k, 1)
	if err != nil {
		return nil, 0, err
	}
	defer c.stop()
	f, err := b.folder(c.setConfig(members), c.env(), 10)
	if err != nil {
		return nil, 0, err
	}
	watching, stop := context.WithCancel(ctx)
	found := make(chan float64)
	go func() { found <- watch(watching, filepath.Join(b.temp, "cloudlb")) }()
	ours, err = b.all(ctx, f, c, members, setPhases)
	stop()
	return ours, <-found, err
}

// watch looks, until ctx ends, at the processes whose program is in a folder,
// and returns the most memory that one of them had resident, in MB. It is 0
// where the system does not tell it in Linux's way.
func watch(ctx context.Context, folder string) (peak float64) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return peak
		case <-tick.C:
		}
		programs, _ := filepath.Glob("/proc/[0-9]*/exe")
		for _, program := range programs {
			if path, err := os.Readlink(program); err == nil && strings.HasPrefix(path, folder) {
				peak = max(peak, residentPeak(filepath.Join(filepath.Dir(program), "status")))
			}
		}
	}
}

// residentPeak is VmHWM of a process's status, in MB; 0 where it has none.
func residentPeak(status string) float64 {
	text, err := os.ReadFile(status)
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kb, err := strconv.ParseFloat(fields[0], 64)
	if err != nil {
		return 0
	}
	return kb / mebibyte
}
