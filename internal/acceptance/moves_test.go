package acceptance_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

var (
	moveSeeds = flag.Int("moves", 60, "how many seeds TestMoves runs")
	moveFirst = flag.Uint64("moves.first", 0, "the first of them")
)

// Several resources of one group, singles and sets, go through several runs of
// Terraform's: they come, change, are renamed, replaced, imported and forgotten,
// hand members on to each other, while calls fail, applies are interrupted and
// others have their hands in the group. At no moment may a member be out that
// both state and configuration hold; and a last run that nobody disturbs ends
// with state, configuration and cloud in agreement, or is refused at plan, and
// then succeeds once the user has done what the refusal says.
//
// A failure names its seed and tells its steps; -moves=1 -moves.first=17 runs one
// again (the scheduler has a say too).
func TestMoves(t *testing.T) {
	t.Parallel()
	seeds := *moveSeeds
	if testing.Short() {
		seeds = min(seeds, 20)
	}
	kinds := slices.Sorted(maps.Keys(worlds))
	t.Cleanup(func() { t.Logf("%d seeds: %v", seeds, tallied.n) })
	for i := range seeds {
		seed := *moveFirst + uint64(i)
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(seed, 11))
				m := newMoves(t, worlds[kinds[rnd.IntN(len(kinds))]](t, true), rnd)
				defer m.tell()
				m.begin()
				for range 2 + rnd.IntN(4) {
					m.round(1 + rnd.IntN(4))
				}
				m.finish()
			})
		})
	}
}

// wish is a resource of the configuration.
type wished struct {
	set                         bool
	members                     map[string]weightOf // by label; a single has one, "one"
	exclusive, adopt, cbd, wait bool
	drain                       bool
	replace, imports            bool // in this run
}

type weightOf struct{ n, weight int }

const moveMembers = 7

// moves is a configuration that changes, and what is known of the group's
// members that are not its own.
type moves struct {
	t   *testing.T
	w   *world
	rnd *rand.Rand
	tf  *walker
	cfg map[string]*wished
	log []string

	named     int // of the resources, so far
	others    map[int]bool
	strangers map[int]bool // others whom nobody has had to do with
	owned     bool         // a set has owned the group at some time

	mu     sync.Mutex
	spoken map[int]bool // members that state spoke of when the apply began
	must   map[int]bool // members that may not be absent now
	faults int          // how many more calls something befalls
	chance *rand.Rand
}

func newMoves(t *testing.T, w *world, rnd *rand.Rand) *moves {
	c := w.core(t)
	m := &moves{t: t, w: w, rnd: rnd, cfg: map[string]*wished{}, others: map[int]bool{}, strangers: map[int]bool{},
		tf:     &walker{t: t, c: c, rnd: rand.New(rand.NewPCG(rnd.Uint64(), 3)), state: map[string]instance{}},
		chance: rand.New(rand.NewPCG(rnd.Uint64(), 5)),
	}
	w.server.SetLatency(fakecloud.Latency{Read: 20 * time.Millisecond, Write: 60 * time.Millisecond})
	w.server.Faults.On("*").Times(0).Do(m.befall)
	m.say("%s", w.kind)
	return m
}

// tallied is what all seeds together have come to.
var tallied struct {
	sync.Mutex
	n map[string]int
}

func tally(what string) {
	tallied.Lock()
	defer tallied.Unlock()
	if tallied.n == nil {
		tallied.n = map[string]int{}
	}
	tallied.n[what]++
}

func (m *moves) say(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.log = append(m.log, fmt.Sprintf(format, args...))
}

func (m *moves) tell() {
	if m.t.Failed() {
		m.t.Logf("steps:\n%s\ncalls:\n%s", strings.Join(m.log, "\n"), m.w.server.Log.All().Writes())
	}
}

// befall carries calls out, or has something befall them, and looks at the group
// after each.
func (m *moves) befall(c *fakecloud.Call, cloud fakecloud.Cloud, execute func() fakecloud.Reply) fakecloud.Outcome {
	out := m.effect(c)(c, cloud, execute)
	held := m.w.members()
	m.mu.Lock()
	defer m.mu.Unlock()
	for n := range m.must {
		if weight := held[m.w.key(n)]; weight == 0 { // nobody wants it to be 0
			delete(m.must, n)
			m.t.Errorf("member %d is out, or gets no requests, for a moment: after %s %s", n, c.Op, c.Detail)
			m.log = append(m.log, fmt.Sprintf("  MISSING %d after %s %s", n, c.Op, c.Detail))
		}
	}
	return out
}

func (m *moves) effect(c *fakecloud.Call) fakecloud.Effect {
	plain := func(_ *fakecloud.Call, _ fakecloud.Cloud, execute func() fakecloud.Reply) fakecloud.Outcome {
		return fakecloud.Outcome{Reply: execute()}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.faults == 0 || m.chance.IntN(3) > 0 || !c.Write && (m.chance.IntN(4) > 0 || !slices.Contains(m.w.ops.read, c.Op)) {
		return plain
	}
	m.faults--
	tally("fault")
	effects := []fakecloud.Effect{
		fakecloud.Fail(503, "ServiceUnavailable", "down"), fakecloud.ResetBeforeCommit(), fakecloud.ResetAfterCommit(),
		fakecloud.Throttle(0), fakecloud.FailAfterCommit(500, "InternalError", "internal"), fakecloud.Hang(), fakecloud.HangAfterCommit(),
	}
	if c.Write {
		refused := m.w.Codes.Refused.Fail("no")
		effects = append(effects, refused, refused, fakecloud.Fail(403, "Forbidden", "no"))
	}
	i := m.chance.IntN(len(effects))
	m.log = append(m.log, fmt.Sprintf("  fault %d befalls %s %s", i, c.Op, c.Detail))
	return effects[i]
}

// declared is the configuration as Terraform gets it.
func (m *moves) declared() map[string]declared {
	all := map[string]declared{}
	for _, address := range slices.Sorted(maps.Keys(m.cfg)) {
		r := m.cfg[address]
		extra := map[string]any{}
		if r.adopt {
			extra["adopt_existing"] = true
		}
		if r.wait {
			extra["wait_for_healthy"] = true
		}
		if r.drain {
			extra["drain_duration"] = "2s"
		}
		d := declared{kind: m.w.kind, replace: r.replace, cbd: r.cbd}
		if r.set {
			if r.exclusive {
				extra["exclusive"] = true
			}
			items := map[string]listed{}
			for label, l := range r.members {
				items[label] = weighted(l.n, l.weight)
			}
			d.kind, d.config = m.w.Set, m.w.setAttributes(items, extra)
			if r.imports {
				d.importID = m.w.group
			}
		} else {
			l := r.members["one"]
			d.config = maps.Clone(m.w.attributes(l.n))
			d.config["weight"] = l.weight
			maps.Copy(d.config, extra)
			if r.imports {
				d.importID = m.w.importID(l.n)
			}
		}
		all[address] = d
	}
	return all
}

// numbers are the members that an object holds.
func (m *moves) numbers(o *acctest.Object) (held []int) {
	if o == nil || o.State.IsNull() {
		return nil
	}
	name := m.w.Host
	items := map[string]any{"": map[string]any{name: m.tf.c.Value(o, name)}}
	if o.Type != m.w.kind {
		items, _ = m.tf.c.Value(o, m.w.Members).(map[string]any)
	}
	for _, item := range items {
		for n := 1; n <= moveMembers; n++ {
			if item.(map[string]any)[name] == m.w.attributes(n)[name] {
				held = append(held, n)
			}
		}
	}
	return held
}

// begin is a first run of some resources.
func (m *moves) begin() {
	m.addSingle()
	for range 1 + m.rnd.IntN(3) {
		m.addSingle()
		m.addSet()
	}
	m.round(0)
}

// round is some steps, a plan and, if nobody refuses it, its apply, under all
// that may happen.
func (m *moves) round(steps int) {
	before := m.copied()
	for range steps {
		m.mutate()
	}
	m.say("configuration %s", m)
	actions, next, err := m.tf.plan(m.declared())
	if err != nil {
		tally("refused at plan")
		m.say("plan refused: %v", err)
		m.sound(err)
		if m.rnd.IntN(4) > 0 {
			m.cfg = before
			m.say("withdrawn")
		}
		m.once()
		return
	}
	m.note(actions)
	if m.rnd.IntN(6) == 0 {
		m.meddle()
	}
	m.guard(actions, next)
	m.say("plan %s", inStore(actions))
	ctx, cancel := context.WithCancel(m.t.Context())
	defer cancel()
	if m.rnd.IntN(3) == 0 {
		d := time.Duration(m.rnd.IntN(4000)) * time.Millisecond
		time.AfterFunc(d, func() { m.say("  interrupt"); tally("interrupt"); cancel() })
	}
	var others sync.WaitGroup
	if m.rnd.IntN(6) == 0 {
		d := time.Duration(m.rnd.IntN(2000)) * time.Millisecond
		others.Go(func() { <-time.After(d); m.meddle() })
	}
	m.mu.Lock()
	m.faults = max(0, m.rnd.IntN(9)-4)
	m.mu.Unlock()
	m.tf.smoke = m.rnd.IntN(4) == 0
	err = m.tf.apply(ctx, actions, next)
	others.Wait()
	if err != nil {
		tally("failed apply")
	}
	m.say("apply: %v\n  state%s\n  group %v", err, m.tf, m.w.members())
	<-time.After(5 * time.Second) // whatever was to happen meanwhile
	m.sound(err)
	m.mu.Lock()
	m.must, m.faults = nil, 0
	m.mu.Unlock()
	m.once()
}

// note takes down what others who meddle during the apply need to know.
func (m *moves) note(actions []*action) {
	m.spoken = map[int]bool{}
	for n := 1; n <= moveMembers; n++ {
		m.spoken[n] = m.inState(n)
	}
}

// once ends what is asked for in one run only.
func (m *moves) once() {
	for _, r := range m.cfg {
		r.replace, r.imports = false, false
	}
}

// sound checks that nothing blames the provider.
func (m *moves) sound(err error) {
	for _, text := range []string{"inconsistent result", "invalid plan", "inconsistent final plan"} {
		if err != nil && strings.Contains(err.Error(), text) && !strings.Contains(err.Error(), "displaced") {
			m.t.Errorf("%v", err)
		}
	}
}

// guard says which members may not be absent while actions are carried out:
// those that state and configuration hold and that are there, but for those of
// what is replaced destroy-first.
func (m *moves) guard(actions []*action, next map[string]instance) {
	must := map[int]bool{}
	in := m.w.members()
	wanted := map[int]bool{}
	for _, r := range m.cfg {
		for _, l := range r.members {
			wanted[l.n] = true
		}
	}
	for _, i := range next {
		for _, o := range append([]*acctest.Object{i.current}, i.deposed...) {
			for _, n := range m.numbers(o) {
				if in[m.w.key(n)] > 0 && wanted[n] { // a drain that went wrong may have left it at 0
					must[n] = true
				}
			}
		}
	}
	for _, a := range actions {
		if a.what == "replace" {
			for _, n := range m.numbers(a.object) {
				delete(must, n)
			}
		}
	}
	m.say("stays in: %v", slices.Sorted(maps.Keys(must)))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.must = must
}

func inStore(actions []*action) string {
	var all []string
	for _, a := range actions {
		all = append(all, a.what+" "+a.address)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func (m *moves) copied() map[string]*wished {
	all := map[string]*wished{}
	for address, r := range m.cfg {
		c := *r
		c.members = maps.Clone(r.members)
		all[address] = &c
	}
	return all
}

// String is the configuration.
func (m *moves) String() string {
	var b strings.Builder
	for _, address := range slices.Sorted(maps.Keys(m.cfg)) {
		r := m.cfg[address]
		fmt.Fprintf(&b, " %s{", address)
		for _, label := range slices.Sorted(maps.Keys(r.members)) {
			fmt.Fprintf(&b, "%s:%d@%d ", label, r.members[label].n, r.members[label].weight)
		}
		for name, on := range map[string]bool{"exclusive": r.exclusive, "adopt": r.adopt, "cbd": r.cbd, "wait": r.wait, "drain": r.drain,
			"replace": r.replace, "import": r.imports} {
			if on {
				b.WriteString(name + " ")
			}
		}
		b.WriteString("}")
	}
	return b.String()
}
