package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// Many groups, all at once.
const (
	groupCount   = 10
	memoryBound  = 150 // MB
	tenOverOne   = 2   // times the wall of one group; ten in a row would be 10
	mebibyte     = 1024.0
	childTimeout = 5 * time.Minute
)

// manyGroups is the work of members in ten groups, beside that of one group.
// The provider runs in a process of its own, which does nothing else than
// drive it; its memory is measured with that of its driver.
func (b *bench) manyGroups(ctx context.Context) ([]row, error) {
	var rows []row
	for _, k := range oneOfEach() {
		one, oneTally, err := b.drive(ctx, k, 1)
		var many drive
		var tally tally
		if err == nil {
			many, tally, err = b.drive(ctx, k, groupCount)
		}
		if ctx.Err() != nil {
			return nil, err
		}
		if err != nil {
			fmt.Fprintf(b.out, "\n%s in groups failed: %v\n", nameOf(k), err)
			first, _, _ := strings.Cut(err.Error(), "\n")
			rows = append(rows, failure(nameOf(k), first))
			continue
		}
		rows = append(rows, groupRows(k, b.members, one, many, oneTally, tally)...)
	}
	return rows, nil
}

// groupRows are the figures of manyGroups beside their bounds.
func groupRows(k fakecloud.Kind, members int, one, many drive, oneTally, tally tally) []row {
	var rows []row
	for _, s := range []struct {
		name      string
		one, many time.Duration
	}{{"create", one.Create, many.Create}, {"refresh", one.Refresh, many.Refresh}, {"destroy", one.Destroy, many.Destroy}} {
		r := figure(nameOf(k)+" "+s.name, "wall", "s", s.many.Seconds(), fmt.Sprintf("one group %.1f s", s.one.Seconds()))
		if members > k.Batch && s.name != "refresh" {
			// Where one call takes a whole group it is over sooner than this
			// machine is with so many members, and tells nothing of whether
			// groups wait for one another.
			r = r.atMost(tenOverOne * s.one.Seconds())
		}
		rows = append(rows, r)
	}
	rows = append(rows, figure(nameOf(k)+" whole run", "calls", "", float64(tally.calls),
		fmt.Sprintf("%d writes, %d reads; one group %d and %d", tally.writes, tally.reads, oneTally.writes, oneTally.reads)))
	memory := figure(nameOf(k)+" whole run", "memory", "MB", float64(many.PeakKB)/mebibyte,
		fmt.Sprintf("peak resident, its driver's included; one group %.1f MB", float64(one.PeakKB)/mebibyte)).atMost(memoryBound)
	if many.PeakKB == 0 {
		memory.Bound, memory.Note = nil, "this system does not tell"
	}
	return append(rows, memory)
}

// task is so many members of every group.
func (c *cloud) task(members int) task {
	settings := c.stage.Settings(c.url)
	if c.stage.Budget != "" {
		settings[c.stage.Budget] = 0 // it is the account's, and of all groups together
	}
	t := task{Settings: map[string]any{c.stage.Cloud: settings}, Resource: c.stage.Single, Group: c.stage.Group, Groups: c.stage.Groups}
	for n := range members {
		t.Members = append(t.Members, c.stage.Member(n+1))
	}
	return t
}

// drive runs the child on groups of a fresh cloud.
func (b *bench) drive(ctx context.Context, k fakecloud.Kind, groups int) (drive, tally, error) {
	var d drive
	c, err := startCloud(ctx, k, groups)
	if err != nil {
		return d, tally{}, err
	}
	defer c.stop()
	program, err := os.Executable()
	if err != nil {
		return d, tally{}, err
	}
	in, err := json.Marshal(c.task(b.members))
	if err != nil {
		return d, tally{}, err
	}
	f, err := b.folder("", nil, 0) // for its environment
	if err != nil {
		return d, tally{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, childTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, childCommand)
	cmd.Dir, cmd.Env, cmd.Stdin = f.dir, f.env, bytes.NewReader(in)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return d, tally{}, fmt.Errorf("%w: %s", err, tail(errs.String(), 20))
	}
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		return d, tally{}, fmt.Errorf("read the child's report: %w", err)
	}
	log := c.stage.Server.Log.All()
	b.trace(fmt.Sprintf("%d groups, %s", groups, nameOf(k)), log)
	if wrong := c.take(); len(wrong) > 0 {
		return d, tally{}, fmt.Errorf("the simulated cloud: %s", strings.Join(wrong, "; "))
	}
	return d, count(log), nil
}

// peakOf reads VmHWM, in KiB, from what Linux says of a process.
func peakOf(status string) int {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			var kib int
			if _, err := fmt.Sscanf(strings.TrimSpace(rest), "%d kB", &kib); err == nil {
				return kib
			}
		}
	}
	return 0
}
