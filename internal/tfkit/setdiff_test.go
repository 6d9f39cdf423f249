package tfkit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// story is a difference as the tests write it. Each step is told with what the
// goal's list has at its index, so that a step which points elsewhere shows.
func (d difference) story() string {
	var words []string
	say := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	for _, s := range d.adds {
		say("add %s %s", s.label, textOf(d.goal.Add[s.index]))
	}
	for _, s := range d.changes {
		c := d.goal.Update[s.index]
		say("change %s of %s %s to %s", s.label, s.before, textOf(c.Member), textOf(c.Result()))
	}
	for _, s := range d.awaited {
		say("await %s %s", s.label, textOf(d.goal.Await[s.index]))
	}
	for _, s := range d.removals {
		say("remove %s %s", s.label, textOf(d.goal.Remove[s.index]))
	}
	for _, label := range d.released {
		say("release %s", label)
	}
	for _, label := range labels(d.stays) {
		if before := d.stays[label]; before != label {
			say("%s was %s", label, before)
		} else {
			say("%s stays", label)
		}
	}
	return strings.Join(words, "; ")
}

func everybody(membership.Member) bool { return true }

func TestWhatTheDifferMakesOfStateAndPlan(t *testing.T) {
	t.Parallel()
	only := func(server string) func(membership.Member) bool {
		return func(m membership.Member) bool { return m.Key.Server == server }
	}
	for name, tt := range map[string]struct {
		had, wished         string
		change              changer
		own                 func(membership.Member) bool
		want                string
		rekeyed, relabelled int
		empty               bool
	}{
		"nothing at all":                     {want: "", empty: true},
		"all new, in the order of the label": {wished: "y b:80, x a:80", want: "add x a:80; add y b:80"},
		"all gone, in the order of the label": {had: "y b:80#2, x a:80#1",
			want: "remove x a:80#1; remove y b:80#2"},
		"the same":                   {had: "x a:80#1", wished: "x a:80#1", want: "x stays", empty: true},
		"a weight changes in place":  {had: "x a:80#1", wished: "x a:80=5#1", want: "change x of x a:80#1 to a:80=5#1; x stays"},
		"a new label makes no call":  {had: "x a:80#1", wished: "y a:80", want: "y was x", relabelled: 1, empty: true},
		"labels are swapped":         {had: "x a:80, y b:80", wished: "x b:80, y a:80", want: "x was y; y was x", relabelled: 2, empty: true},
		"a new label and a weight":   {had: "x a:80", wished: "y a:80=5", want: "change y of x a:80 to a:80=5; y was x"},
		"another key under a label":  {had: "x a:80", wished: "x b:80", want: "add x b:80; remove x a:80", rekeyed: 1},
		"a port moves under a label": {had: "x a:80#1", wished: "x a:81", change: movable, want: "change x of x a:80#1 to a:81#1; x stays"},
		"a port does not move to another label": {had: "x a:80#1", wished: "y a:81", change: movable,
			want: "add y a:81; remove x a:80#1"},
		"a port moves no further than in place": {had: "x a:80", wished: "x a:81", want: "add x a:81; remove x a:80", rekeyed: 1},
		"gently a port is another member": {had: "x a:80#1", wished: "x a:81", change: changer(movable).gently(),
			want: "add x a:81; remove x a:80#1", rekeyed: 1},
		"gently a weight is still a change": {had: "x a:80", wished: "x a:80=5", change: changer(movable).gently(),
			want: "change x of x a:80 to a:80=5; x stays"},
		"gently what is not in place is not either": {had: "x a:80", wished: "x b:80", change: changer(movable).gently(),
			want: "add x b:80; remove x a:80", rekeyed: 1},
		"the key goes before the label": {had: "x a:80#1, y a:81#2", wished: "x a:81, z a:80", change: movable,
			want: "x was y; z was x", relabelled: 2, empty: true},
		"a label whose member went to another one gets a new one": {had: "x a:80", wished: "x a:81, y a:80", change: movable,
			want: "add x a:81; y was x", rekeyed: 1, relabelled: 1},
		"what is added has no id":             {wished: "x a:80#old", want: "add x a:80"},
		"what cannot be changed is replaced":  {had: "x a:80#1", wished: "x a:80=5", change: never, want: "add x a:80=5; remove x a:80#1", rekeyed: 1},
		"what is not its own is let go":       {had: "x a:80, y b:80", own: nobody, want: "release x; release y", empty: true},
		"only what is its own is removed":     {had: "x a:80, y b:80, z c:80", own: only("b"), want: "remove y b:80; release x; release z"},
		"what stays is not asked whose it is": {had: "x a:80", wished: "x a:80=5", own: nobody, want: "change x of x a:80 to a:80=5; x stays"},
		"two labels of one member in state":   {had: "x a:80, y a:80", wished: "x a:80", want: "remove y a:80; x stays"},
		"everything at once": {had: "a a:80, b b:80, c c:80, d d:80", wished: "a a:80, b2 b:80, c c:80=7, e e:80",
			want: "add e e:80; change c of c c:80 to c:80=7; remove d d:80; a stays; b2 was b; c stays", relabelled: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.change == nil {
				tt.change = rigid
			}
			if tt.own == nil {
				tt.own = everybody
			}
			had, wished := ms(tt.had), ms(tt.wished)
			d := differ(had, wished, tt.change, tt.own)
			same(t, "difference", d.story(), tt.want)
			same(t, "rekeyed", d.rekeyed, tt.rekeyed)
			same(t, "relabelled", d.relabelled(), tt.relabelled)
			same(t, "empty", d.empty(), tt.empty)
			same(t, "what was there, afterwards", labelled(had), labelled(ms(tt.had)))
		})
	}
}

// never changes nothing in place.
func never(membership.Member, membership.Member) (membership.Change, bool) {
	return membership.Change{}, false
}

// Waited for is what stays, was never seen healthy, and is to get requests.
func TestWhoIsWaitedForAgain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ had, wished, pending, want string }{
		"nobody is pending":                 {"x a:80", "x a:80", "", "x stays"},
		"one that stays":                    {"x a:80, y b:80", "x a:80, y b:80", "a:80", "await x a:80; x stays; y stays"},
		"one that is changed":               {"x a:80", "x a:80=5", "a:80", "change x of x a:80 to a:80=5; await x a:80; x stays"},
		"one under another label":           {"x a:80", "y a:80", "a:80", "await y a:80; y was x"},
		"one that is known by its id":       {"x a:81#1", "x a:81", "a:80#1", "await x a:81#1; x stays"},
		"one that gets no requests":         {"x a:80", "x a:80=0", "a:80", "change x of x a:80 to a:80=0; x stays"},
		"one that is to get some again":     {"x a:80=0", "x a:80", "a:80", "change x of x a:80=0 to a:80; await x a:80=0; x stays"},
		"one that goes":                     {"x a:80", "", "a:80", "remove x a:80"},
		"one that gives way to another":     {"x a:80", "x b:80", "a:80", "add x b:80; remove x a:80"},
		"two, in the order of their labels": {"y b:80, x a:80", "y b:80, x a:80", "b:80, a:80", "await x a:80; await y b:80; x stays; y stays"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := differ(ms(tt.had), ms(tt.wished), rigid, everybody)
			pending := listOf(tt.pending)
			d.await(&pending)
			same(t, "difference", d.story(), tt.want)
		})
	}
}

// listOf is a list of members, written "a:80#1, b:80".
func listOf(s string) (l listed) {
	for _, one := range strings.Split(s, ", ") {
		if one != "" {
			l.add(m(one))
		}
	}
	return l
}

// told are outcomes with these errors; nil is success.
func told(errs ...error) (all []membership.Outcome) {
	for _, err := range errs {
		all = append(all, membership.Outcome{Err: err})
	}
	return all
}

func class(c membership.Class) error     { return &membership.Error{Class: c} }
func finding(f membership.Finding) error { return &membership.Error{Finding: f} }

// Who is pending after an apply, by what became of each: what is in and was not
// seen healthy since it was added or moved.
func TestWhoIsPendingAfterwards(t *testing.T) {
	t.Parallel()
	in := membership.Outcome{Member: m("a:80#1")}
	failed := func(err error) membership.Outcome { return membership.Outcome{Member: in.Member, Err: err} }
	adopted := membership.Outcome{Member: in.Member, Adopted: true}
	for name, tt := range map[string]struct {
		had, wished, pending string
		change               changer
		healthy              bool // wait_for_healthy
		report               membership.Report
		want                 string
	}{
		"added and not waited for":         {wished: "x a:80", report: membership.Report{Added: []membership.Outcome{in}}, want: "a:80#1"},
		"added and seen healthy":           {wished: "x a:80", healthy: true, report: membership.Report{Added: []membership.Outcome{in}}},
		"added and not healthy":            {wished: "x a:80", healthy: true, report: membership.Report{Added: []membership.Outcome{failed(finding(membership.NotHealthy))}}, want: "a:80#1"},
		"added, perhaps":                   {wished: "x a:80", report: membership.Report{Added: told(class(membership.Unknown))}, want: "a:80"},
		"refused":                          {wished: "x a:80", report: membership.Report{Added: told(class(membership.Refused))}},
		"not sent":                         {wished: "x a:80", report: membership.Report{Added: told(finding(membership.NotSent))}},
		"taken out by somebody":            {wished: "x a:80", healthy: true, report: membership.Report{Added: []membership.Outcome{failed(finding(membership.Gone))}}},
		"taken over":                       {wished: "x a:80", report: membership.Report{Added: []membership.Outcome{adopted}}},
		"moved to another port":            {had: "x a:80#1", wished: "x a:81", change: movable, report: membership.Report{Updated: []membership.Outcome{{Member: m("a:81#1")}}}, want: "a:81#1"},
		"moved, and the move failed":       {had: "x a:80#1", wished: "x a:81", change: movable, report: membership.Report{Updated: told(class(membership.Refused))}},
		"another weight is no move":        {had: "x a:80#1", wished: "x a:80=5", report: membership.Report{Updated: []membership.Outcome{{Member: m("a:80=5#1")}}}},
		"pending before, not waited for":   {had: "x a:80", wished: "x a:80", pending: "a:80", report: membership.Report{Awaited: told(nil)}, want: "a:80"},
		"pending before, healthy now":      {had: "x a:80", wished: "x a:80", pending: "a:80", healthy: true, report: membership.Report{Awaited: told(nil)}},
		"pending before, not healthy yet":  {had: "x a:80", wished: "x a:80", pending: "a:80", healthy: true, report: membership.Report{Awaited: told(finding(membership.NotHealthy))}, want: "a:80"},
		"pending before, and switched off": {had: "x a:80", wished: "x a:80=0", pending: "a:80", healthy: true, report: membership.Report{Updated: told(nil)}, want: "a:80"},
		"pending before, and removed":      {had: "x a:80", pending: "a:80", report: membership.Report{Removed: told(nil)}},
		"never pending":                    {had: "x a:80", wished: "x a:80", healthy: true},
		"one of two": {had: "x a:80, y b:80", wished: "x a:80, y b:80", pending: "a:80, b:80", healthy: true,
			report: membership.Report{Awaited: told(nil, finding(membership.NotHealthy))}, want: "b:80"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.change == nil {
				tt.change = rigid
			}
			d := differ(ms(tt.had), ms(tt.wished), tt.change, everybody)
			before := listOf(tt.pending)
			d.goal.Healthy = tt.healthy
			d.await(&before)
			got := d.unseen(tt.report, before)
			slices.Sort(got.Keys)
			want := listOf(tt.want)
			same(t, "keys", strings.Join(got.Keys, " "), strings.Join(want.Keys, " "))
			same(t, "ids", strings.Join(got.IDs, " "), strings.Join(want.IDs, " "))
		})
	}
}

// Of others, those go that the plan has named and that are still there.
func TestWhoIsDisplaced(t *testing.T) {
	t.Parallel()
	f := grouptest.New(grouptest.Options{}, m("a:80"), m("b:80"), m("c:80"))
	group := membership.New(membership.Options{}).Open("g", func() membership.Group { return f })
	d := differ(ms("x d:80"), ms(""), rigid, everybody)
	if err := d.displace(t.Context(), group, []string{"c:80", "a:80", "gone:80"}); err != nil {
		t.Fatal(err)
	}
	same(t, "difference", d.story(), "remove x d:80; remove  a:80; remove  c:80")

	quiet, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.displace(quiet, group, nil); err != nil {
		t.Errorf("nothing is displaced, and the group was asked: %v", err)
	}
	f.Disappear()
	other := membership.New(membership.Options{}).Open("g", func() membership.Group { return f })
	if err := d.displace(t.Context(), other, []string{"a:80"}); !membership.Is(err, membership.NotFound) {
		t.Errorf("%v, want class NotFound", err)
	}
}
