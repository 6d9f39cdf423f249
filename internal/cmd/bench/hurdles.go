package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// few is how many members the work with a hurdle has; they come all at once.
const few = 20

// oneBad is the work of adding twenty members of which the cloud refuses one.
func (b *bench) oneBad(ctx context.Context) ([]row, error) {
	var rows []row
	for _, k := range kinds {
		r, err := b.bad(ctx, k)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r...)
	}
	return rows, nil
}

var errorLine = regexp.MustCompile(`(?m)^(?:[│|] )?Error: .*$`)

func (b *bench) bad(ctx context.Context, k *kind) ([]row, error) {
	c, err := startCloud(ctx, k, 1, nil)
	if err != nil {
		return nil, err
	}
	defer c.stop()
	f, err := b.folder(k.config(few, fmt.Sprintf("count.index == 13 ? %d : count.index", absent)), c.env(), few)
	if err != nil {
		return nil, err
	}
	r, err := f.run(ctx, phases[0])
	if err != nil {
		return nil, err
	}
	log := c.server.Log.All()
	t := count(log)
	b.trace("one bad member, "+k.name, log)
	writes := figure(k.name, "writes", "", float64(t.writes), t.String()).atMost(11)
	var wrong []string
	if held := c.members(k.groupID(0)); len(held) != few-1 {
		wrong = append(wrong, fmt.Sprintf("the group holds %d members instead of %d", len(held), few-1))
	}
	if errs := errorLine.FindAllString(r.output, -1); len(errs) != 1 || r.code != 1 {
		wrong = append(wrong, fmt.Sprintf("exit code %d and %d errors instead of one", r.code, len(errs)))
	}
	if !strings.Contains(r.output, k.id(absent)) {
		wrong = append(wrong, "no error names "+k.id(absent))
	}
	wrong = append(wrong, c.take()...)
	if writes.Failed = strings.Join(wrong, "; "); writes.Failed != "" {
		fmt.Fprintf(b.out, "\n%s failed: %s\n%s\n", k.name, writes.Failed, tail(r.output, 60))
	}
	return []row{writes, figure(k.name, "wall", "s", r.took.Seconds(), "19 members in, one error that names the other")}, nil
}

// How long the cloud throttles every call, and how long the work may take then:
// where the cloud states a window, as ELB states a minute, that is waited whole.
const (
	throttleFor   = 30 * time.Second
	throttleBound = 45 * time.Second
	windowBound   = 75 * time.Second
)

// throttled is the work of adding twenty members while the cloud throttles.
// Both clouds at once: they mostly wait.
func (b *bench) throttled(ctx context.Context) ([]row, error) {
	both := []*kind{elbMember, slbBackend}
	rows, errs := make([][]row, len(both)), make([]error, len(both))
	var wg sync.WaitGroup
	for i, k := range both {
		wg.Go(func() { rows[i], errs[i] = b.throttle(ctx, k) })
	}
	wg.Wait()
	return append(rows[0], rows[1]...), errors.Join(errs...)
}

func (b *bench) throttle(ctx context.Context, k *kind) ([]row, error) {
	c, err := startCloud(ctx, k, 1, nil)
	if err != nil {
		return nil, err
	}
	defer c.stop()
	rule := c.server.Faults.On("*").During(throttleFor).Do(fakecloud.Throttle(0))
	f, err := b.folder(k.config(few, "count.index"), c.env(), few)
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
	bound := throttleBound
	if k == elbMember {
		bound = windowBound
	}
	wall := figure(k.name, "wall", "s", r.took.Seconds(), fmt.Sprintf("%d throttled answers", rule.Hits())).atMost(bound.Seconds())
	calls := figure(k.name, "calls", "", float64(r.tally.calls), r.tally.String())
	wall.Failed, calls.Failed = r.failed, r.failed
	return []row{wall, calls}, nil
}
