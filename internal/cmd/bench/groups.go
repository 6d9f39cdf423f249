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
	for _, k := range []*kind{elbMember, slbBackend} {
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
			fmt.Fprintf(b.out, "\n%s in groups failed: %v\n", k.name, err)
			first, _, _ := strings.Cut(err.Error(), "\n")
			rows = append(rows, failure(k.name, first))
			continue
		}
		rows = append(rows, groupRows(k, one, many, oneTally, tally)...)
	}
	return rows, nil
}

func groupRows(k *kind, one, many drive, oneTally, tally tally) []row {
	var rows []row
	for _, s := range []struct {
		name      string
		one, many time.Duration
	}{{"create", one.Create, many.Create}, {"refresh", one.Refresh, many.Refresh}, {"destroy", one.Destroy, many.Destroy}} {
		r := figure(k.name, s.name, "s", s.many.Seconds(), fmt.Sprintf("one group %.1f s", s.one.Seconds()))
		if !k.elb && s.name != "refresh" {
			// On ELB a group's calls take less than this machine needs for so
			// many members, and tell nothing of whether groups wait for one
			// another.
			r = r.atMost(tenOverOne * s.one.Seconds())
		}
		rows = append(rows, r)
	}
	rows = append(rows, figure(k.name, "calls", "", float64(tally.calls),
		fmt.Sprintf("%d writes, %d reads; one group %d and %d", tally.writes, tally.reads, oneTally.writes, oneTally.reads)))
	memory := figure(k.name, "memory", "MB", float64(many.PeakKB)/mebibyte,
		fmt.Sprintf("peak resident, its driver's included; one group %.1f MB", float64(one.PeakKB)/mebibyte)).atMost(memoryBound)
	if many.PeakKB == 0 {
		memory.Bound, memory.Note = nil, "this system does not tell"
	}
	return append(rows, memory)
}

// drive runs the child on groups of a fresh cloud.
func (b *bench) drive(ctx context.Context, k *kind, groups int) (drive, tally, error) {
	var d drive
	c, err := startCloud(ctx, k, groups, nil)
	if err != nil {
		return d, tally{}, err
	}
	defer c.stop()
	program, err := os.Executable()
	if err != nil {
		return d, tally{}, err
	}
	f, err := b.folder("", c.env(), 0) // for its environment
	if err != nil {
		return d, tally{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, childTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, childCommand,
		fmt.Sprintf("--kind=%s", k.name), fmt.Sprintf("--groups=%d", groups), fmt.Sprintf("--members=%d", b.members))
	cmd.Dir, cmd.Env = f.dir, f.env
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return d, tally{}, fmt.Errorf("%w: %s", err, tail(errs.String(), 20))
	}
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		return d, tally{}, fmt.Errorf("read the child's report: %w", err)
	}
	log := c.server.Log.All()
	b.trace(fmt.Sprintf("%d groups, %s", groups, k.name), log)
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
