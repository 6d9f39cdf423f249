package membership_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// vendors are the kinds of vendor that the engine must cope with alike.
var vendors = []struct {
	name string
	opts Options
}{
	{"SLB-like", Options{Batch: 20}},
	{"ELB-like", Options{Batch: 200, Duplicates: true, Absent: true, IDs: true}},
	{"per item", Options{Batch: 200, Duplicates: true, Absent: true, IDs: true, PerItem: true}},
}

func key(n int) membership.Key { return membership.Key{Server: fmt.Sprintf("i-%03d", n), Port: 80} }

func member(n, weight int) membership.Member { return membership.Member{Key: key(n), Weight: weight} }

func members(from, to, weight int) (ms []membership.Member) {
	for n := from; n < to; n++ {
		ms = append(ms, member(n, weight))
	}
	return ms
}

// The foreign members: no operation names them, so nothing may touch them.
const foreign = 900

var foreigners = []membership.Member{
	{Key: key(foreign), Weight: 33, Name: "somebody's"},
	{Key: key(foreign + 1), Weight: 0},
}

func checkForeigners(t *testing.T, f *Fake) {
	t.Helper()
	for _, want := range foreigners {
		got, ok := f.Member(want.Key)
		got.ID = ""
		if !ok || got != want {
			t.Errorf("foreign member is now %+v (there: %t), want %+v", got, ok, want)
		}
	}
}

func checkNoDoubles(t *testing.T, f *Fake) {
	t.Helper()
	ms := f.Members()
	for i := 1; i < len(ms); i++ {
		if ms[i].Key == ms[i-1].Key {
			t.Errorf("%s is in the group twice", ms[i].Key)
		}
	}
}

// open is a fake under an engine of its own.
func open(f *Fake) *membership.Handle {
	return membership.New(membership.Options{}).Open("g", func() membership.Group { return f })
}

// wish is one operation that a test asks for.
type wish struct {
	op     Op
	n      int // of the member
	weight int
	adopt  bool
}

// answer is what a caller got.
type answer struct {
	wish
	member membership.Member
	err    error
	took   time.Duration
}

func (w wish) ask(ctx context.Context, h *membership.Handle) answer {
	began := time.Now()
	a := answer{wish: w}
	switch w.op {
	case Add:
		a.member, a.err = h.Add(ctx, member(w.n, w.weight), w.adopt)
	case Update:
		a.member, a.err = h.Update(ctx, membership.Change{Member: membership.Member{Key: key(w.n)}, Weight: &w.weight})
	default:
		a.err = h.Remove(ctx, membership.Member{Key: key(w.n)})
	}
	a.took = time.Since(began)
	return a
}

// askAll asks for all wishes at once and returns the answers in their order.
func askAll(ctx context.Context, h *membership.Handle, wishes []wish) []answer {
	answers := make([]answer, len(wishes))
	var wg sync.WaitGroup
	for i, w := range wishes {
		wg.Go(func() { answers[i] = w.ask(ctx, h) })
	}
	wg.Wait()
	return answers
}

func wishes(op Op, from, to, weight int) (ws []wish) {
	for n := from; n < to; n++ {
		ws = append(ws, wish{op: op, n: n, weight: weight})
	}
	return ws
}

// granted tells whether the group is as an operation wants it.
func (w wish) granted(f *Fake) bool {
	m, ok := f.Member(key(w.n))
	if w.op == Remove {
		return !ok
	}
	return ok && m.Weight == w.weight
}

// checkTruth holds an answer against the group, which was as before when the
// operation was asked for and which nobody else changed since.
func checkTruth(t *testing.T, f *Fake, a answer, before []membership.Member) {
	t.Helper()
	now, there := f.Member(key(a.n))
	i := slices.IndexFunc(before, func(m membership.Member) bool { return m.Key == key(a.n) })
	switch class := membership.MeaningOf(a.err); {
	case a.err == nil && !a.granted(f):
		t.Errorf("%s %s succeeded, but the member is %+v (there: %t)", a.op, key(a.n), now, there)
	case a.err == nil && a.op != Remove && a.member != now:
		t.Errorf("%s %s returned %+v, but the member is %+v", a.op, key(a.n), a.member, now)
	case a.err != nil && a.member != (membership.Member{}):
		t.Errorf("%s %s returned a member and an error", a.op, key(a.n))
	case a.err == nil, class == membership.Unknown:
	case there != (i >= 0), there && now.Weight != before[i].Weight:
		t.Errorf("%s %s failed (%v), but the member is now %+v (there: %t)", a.op, key(a.n), a.err, now, there)
	}
}

// mustSucceed is askAll for wishes that have no reason to fail.
func mustSucceed(t *testing.T, h *membership.Handle, ws []wish) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	for _, a := range askAll(ctx, h, ws) {
		if a.err != nil {
			t.Errorf("%s %s: %v", a.op, key(a.n), a.err)
		}
	}
}

func checkUsed(t *testing.T, f *Fake) {
	t.Helper()
	for _, s := range f.Unused() {
		t.Error(s)
	}
}

func classIn(err error, classes []membership.Meaning) bool {
	return err == nil && len(classes) == 0 || err != nil && slices.Contains(classes, membership.MeaningOf(err))
}

var errGaveUp = errors.New("the caller gave up")

// pass lets time go by, in the bubble's own clock.
func pass(d time.Duration) { <-time.After(d) }
