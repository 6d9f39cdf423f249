package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

// few is how many members the work with a hurdle has; they come all at once.
const few = 20

// oneBad is the work of adding twenty members of which the cloud refuses one.
func (b *bench) oneBad(ctx context.Context) ([]row, error) {
	var rows []row
	for _, k := range stages.Kinds() {
		r, err := b.bad(ctx, k)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r...)
	}
	return rows, nil
}

var errorLine = regexp.MustCompile(`(?m)^(?:[│|] )?Error: .*$`)

func (b *bench) bad(ctx context.Context, k fakecloud.Kind) ([]row, error) {
	c, err := startCloud(ctx, k, 1)
	if err != nil {
		return nil, err
	}
	defer c.stop()
	hosts := c.hosts(few)
	hosts[13] = c.stage.Absent
	f, err := b.folder(c.config(hosts), c.env(), few)
	if err != nil {
		return nil, err
	}
	r, err := f.run(ctx, phases[0])
	if err != nil {
		return nil, err
	}
	log := c.stage.Server.Log.All()
	t := count(log)
	b.trace("one bad member, "+nameOf(k), log)
	writes := figure(nameOf(k), "writes", "", float64(t.writes), t.String()).atMost(11)
	var wrong []string
	if held := c.stage.Held(c.stage.Groups[0]); len(held) != few-1 {
		wrong = append(wrong, fmt.Sprintf("the group holds %d members instead of %d", len(held), few-1))
	}
	if errs := errorLine.FindAllString(r.output, -1); len(errs) != 1 || r.code != 1 {
		wrong = append(wrong, fmt.Sprintf("exit code %d and %d errors instead of one", r.code, len(errs)))
	}
	if !strings.Contains(r.output, c.stage.Absent) {
		wrong = append(wrong, "no error names "+c.stage.Absent)
	}
	wrong = append(wrong, c.take()...)
	if writes.Failed = strings.Join(wrong, "; "); writes.Failed != "" {
		fmt.Fprintf(b.out, "\n%s failed: %s\n%s\n", nameOf(k), writes.Failed, tail(r.output, 60))
	}
	return []row{writes, figure(nameOf(k), "wall", "s", r.took.Seconds(), "19 members in, one error that names the other")}, nil
}

// How long the cloud throttles every call, and how much longer the work may
// take then. A window that the vendor states is waited whole.
const (
	throttleFor   = 30 * time.Second
	throttleSpare = 15 * time.Second
)

// throttled is the work of adding twenty members while the cloud throttles.
// All clouds at once: they mostly wait.
func (b *bench) throttled(ctx context.Context) ([]row, error) {
	each := oneOfEach()
	rows, errs := make([][]row, len(each)), make([]error, len(each))
	var wg sync.WaitGroup
	for i, k := range each {
		wg.Go(func() { rows[i], errs[i] = b.throttle(ctx, k) })
	}
	wg.Wait()
	return slices.Concat(rows...), errors.Join(errs...)
}

func (b *bench) throttle(ctx context.Context, k fakecloud.Kind) ([]row, error) {
	c, err := startCloud(ctx, k, 1)
	if err != nil {
		return nil, err
	}
	defer c.stop()
	rule := c.stage.Server.Faults.On("*").During(throttleFor).Do(fakecloud.Throttle(0))
	f, err := b.folder(c.config(c.hosts(few)), c.env(), few)
	if err != nil {
		return nil, err
	}
	r, err := b.measure(ctx, f, c, phases[0], few)
	if err != nil {
		return nil, err
	}
	if rule.Hits() == 0 {
		r.failed += "no call was throttled"
	}
	bound := max(throttleFor, k.Window) + throttleSpare
	wall := figure(nameOf(k), "wall", "s", r.took.Seconds(), fmt.Sprintf("%d throttled answers", rule.Hits())).atMost(bound.Seconds())
	calls := figure(nameOf(k), "calls", "", float64(r.tally.calls), r.tally.String())
	wall.Failed, calls.Failed = r.failed, r.failed
	return []row{wall, calls}, nil
}
