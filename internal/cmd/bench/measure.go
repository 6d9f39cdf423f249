package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// tally is what the request log says of a phase.
type tally struct {
	calls   int // about the group, refused ones among them
	lookups int // about none, such as a look at the account: apart
	writes  int
	reads   int
	busy    int
	sizes   []int // members in each write
}

func count(log fakecloud.Entries) (t tally) {
	for _, e := range log {
		if e.Group == "" {
			t.lookups++
			continue
		}
		t.calls++
		if e.Write {
			t.writes++
			t.sizes = append(t.sizes, e.Items)
		} else {
			t.reads++
		}
	}
	t.busy = log.BusyAnswers()
	return t
}

func (t tally) String() string {
	s := fmt.Sprintf("%d writes, %d reads", t.writes, t.reads)
	if t.lookups > 0 {
		s += fmt.Sprintf(", %d of no group", t.lookups)
	}
	if t.busy > 0 {
		s += fmt.Sprintf(", %d busy", t.busy)
	}
	if len(t.sizes) > 0 && len(t.sizes) < t.total() {
		s += ", of " + t.batches() + " members"
	}
	return s
}

func (t tally) total() (n int) {
	for _, s := range t.sizes {
		n += s
	}
	return n
}

// batches are the sizes of the writes in their order: 10 x19, 9, 1.
func (t tally) batches() string {
	var parts []string
	for i := 0; i < len(t.sizes); {
		j := i
		for j < len(t.sizes) && t.sizes[j] == t.sizes[i] {
			j++
		}
		if j-i > 1 {
			parts = append(parts, fmt.Sprintf("%d x%d", t.sizes[i], j-i))
		} else {
			parts = append(parts, fmt.Sprint(t.sizes[i]))
		}
		i = j
	}
	return strings.Join(parts, ", ")
}

// result is what came of a phase.
type result struct {
	phase  phase
	tally  tally
	took   time.Duration
	output string
	failed string // why the phase did not do its work
}

// measure runs a phase and looks at what came of it. want is what the group is
// to hold after it.
func (b *bench) measure(ctx context.Context, f *folder, c *cloud, p phase, members int) (result, error) {
	mark := 0
	if c != nil {
		mark = c.stage.Server.Log.Mark()
	}
	r, err := f.run(ctx, p)
	res := result{phase: p, took: r.took, output: r.output}
	if err != nil {
		return res, err
	}
	var wrong []string
	if r.code != 0 {
		wrong = append(wrong, fmt.Sprintf("exit code %d", r.code))
	}
	if c != nil {
		log := c.stage.Server.Log.Since(mark)
		res.tally = count(log)
		b.trace(p.name, log)
		want := 0
		if p.full {
			want = members
		}
		held := c.stage.Held(c.stage.Groups[0])
		if len(held) != want {
			wrong = append(wrong, fmt.Sprintf("the group holds %d members instead of %d", len(held), want))
		}
		if n := otherThan(held, p.weight); n != p.others {
			wrong = append(wrong, fmt.Sprintf("%d members have another weight than %d, instead of %d", n, p.weight, p.others))
		}
		wrong = append(wrong, c.take()...)
	}
	res.failed = strings.Join(wrong, "; ")
	if res.failed != "" {
		fmt.Fprintf(b.out, "\n%s failed: %s\n%s\n", p.name, res.failed, tail(r.output, 60))
	}
	return res, nil
}

// otherThan is how many members have another weight.
func otherThan(held map[string]int, weight int) (n int) {
	for _, w := range held {
		if w != weight {
			n++
		}
	}
	return n
}

// all runs every phase with one configuration. After one that failed the
// others still run: they clean up, or fail and say so.
func (b *bench) all(ctx context.Context, f *folder, c *cloud, members int, phases []phase) ([]result, error) {
	results := make([]result, 0, len(phases))
	for _, p := range phases {
		r, err := b.measure(ctx, f, c, p, members)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

// trace prints a stretch of a request log, where asked for.
func (b *bench) trace(name string, log fakecloud.Entries) {
	if !b.verbose || len(log) == 0 {
		return
	}
	fmt.Fprintf(b.out, "\n%s, from its first call:\n", name)
	for _, e := range log {
		fmt.Fprintf(b.out, "  %7.3f s  %5.0f ms  %-34s %3d  %d %s\n", e.Start.Sub(log[0].Start).Seconds(),
			float64(e.Took.Microseconds())/1000, e.Op, e.Items, e.Status, e.Code)
	}
}

// tail is the last lines of a text.
func tail(s string, lines int) string {
	all := strings.Split(strings.TrimSpace(s), "\n")
	if len(all) > lines {
		all = append([]string{"..."}, all[len(all)-lines:]...)
	}
	return strings.Join(all, "\n")
}

// bench is one run of the program.
type bench struct {
	*tools
	out     io.Writer
	verbose bool
	members int
}

// overhead is what Terraform itself takes for the phases. It is measured anew
// for each work, as near to it in time as can be: other programs come and go.
func (b *bench) overhead(ctx context.Context, parallelism int) ([]result, error) {
	f, err := b.folder(idle(b.members), nil, parallelism)
	if err != nil {
		return nil, err
	}
	return b.all(ctx, f, nil, b.members, phases)
}
