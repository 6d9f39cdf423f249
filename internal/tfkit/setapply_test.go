package tfkit

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// groupOf is a group with some members, as the cloud has it.
func groupOf(f *grouptest.Fake) *membership.Handle {
	return membership.New(membership.Options{}).Open("g", func() membership.Group { return f })
}

// What state holds after a failure: what of state and plan the vendor lists, and
// what may yet take effect.
func TestTheTruthAfterAFailure(t *testing.T) {
	t.Parallel()
	unknown, refused := class(membership.Unknown), class(membership.Refused)
	for name, tt := range map[string]struct {
		had, wished, there string // state, plan, and what the vendor lists
		items              string // of what succeeded, as apply has it
		report             membership.Report
		want               string
		failure            grouptest.Effect // of the listing
		gone               bool             // the whole group is
	}{
		"one was added and one refused": {wished: "x a:80, y b:80", items: "x a:80", there: "a:80",
			report: membership.Report{Added: told(nil, refused)}, want: "x a:80"},
		"one that may yet land stays in": {wished: "x a:80, y b:80=5", items: "x a:80", there: "a:80",
			report: membership.Report{Added: told(nil, unknown)}, want: "x a:80, y b:80=5"},
		"one that did land is as listed": {wished: "x a:80", there: "a:80=7",
			report: membership.Report{Added: told(unknown)}, want: "x a:80=7"},
		"one that was not sent stays out, listed or not": {wished: "x a:80", there: "a:80",
			report: membership.Report{Added: told(finding(membership.NotSent))}, want: ""},
		"one that is not healthy is in": {wished: "x a:80", there: "a:80",
			report: membership.Report{Added: []membership.Outcome{{Member: m("a:80"), Err: finding(membership.NotHealthy)}}}, want: "x a:80"},
		"one that is not healthy and was taken out is not": {wished: "x a:80, y b:80", items: "y b:80", there: "b:80",
			report: membership.Report{Added: []membership.Outcome{{Member: m("a:80"), Err: finding(membership.NotHealthy)}, {}}}, want: "y b:80"},
		"a change that failed shows what is listed": {had: "x a:80", wished: "x a:80=5", there: "a:80=9",
			report: membership.Report{Updated: told(refused)}, want: "x a:80=9"},
		"a change that failed is under the label of the plan": {had: "x a:80", wished: "y a:80=5", there: "a:80",
			report: membership.Report{Updated: told(refused)}, want: "y a:80"},
		"a change of one that is gone drops it": {had: "x a:80", wished: "x a:80=5", there: "b:80",
			report: membership.Report{Updated: told(refused)}, want: ""},
		"a removal that failed keeps the member": {had: "x a:80, y b:80", there: "a:80",
			report: membership.Report{Removed: told(refused, nil)}, want: "x a:80"},
		"a removal that failed under a label in use gets another": {had: "x a:80", wished: "x b:80", items: "x b:80", there: "a:80, b:80",
			report: membership.Report{Added: told(nil), Removed: told(refused)}, want: "a:80 a:80, x b:80"},
		"a removal that failed, and it is out all the same": {had: "x a:80", there: "",
			report: membership.Report{Removed: told(unknown)}, want: ""},
		"the group cannot be listed": {had: "z c:80, w d:80", wished: "x a:80, y b:80", items: "x a:80", there: "a:80, c:80",
			report: membership.Report{Added: told(nil, unknown), Removed: told(nil, refused)}, failure: grouptest.Fail(grouptest.Denied()),
			want: "x a:80, y b:80, z c:80"},
		"the group is gone": {had: "z c:80", wished: "x a:80", gone: true,
			report: membership.Report{Added: told(unknown), Removed: told(refused)}, want: ""},
	} {
		bubble(t, name, func(t *testing.T) {
			f := grouptest.New(grouptest.Options{})
			for _, s := range strings.Split(tt.there, ", ") {
				if s != "" {
					f.Put(m(s))
				}
			}
			if tt.failure != nil {
				f.On(grouptest.List).Times(0).Do(tt.failure)
			}
			if tt.gone {
				f.Disappear()
			}
			d := differ(ms(tt.had), ms(tt.wished), movable, everybody)
			if len(d.adds) != len(tt.report.Added) || len(d.changes) != len(tt.report.Updated) || len(d.removals) != len(tt.report.Removed) {
				t.Fatalf("the case is wrong: %s", d.story())
			}
			got := verbsOfKit().truth(t.Context(), groupOf(f), d, tt.report, itemsOf(tt.had), itemsOf(tt.items))
			same(t, "state", labelled(membersOf[kitItem, *kitItem](got)), tt.want)
		})
	}
}

// Each failure names its verb, the label under which the user finds it, and the
// member that it is of; a removal that of the state.
func TestWhatOfAReportFailed(t *testing.T) {
	t.Parallel()
	d := differ(ms("c c:80, d d:80, e e:80, old f:80"), ms("a a:80, b b:80, c c:80=5, e e:80, new f:80=6"), rigid, everybody)
	pending := listOf("e:80")
	d.await(&pending)
	var all []string
	for _, f := range verbsOfKit().failures("g", d, membership.Report{
		Added:   told(class(membership.Quota), finding(membership.NotHealthy)),
		Awaited: told(finding(membership.Gone)), Updated: told(nil, class(membership.Busy)), Removed: told(class(membership.Refused)),
	}) {
		all = append(all, f.verb+" "+f.label+" "+textOf(f.member)+": "+f.err.Error())
	}
	same(t, "failures", strings.Join(all, "\n"), strings.Join([]string{
		"add a a:80: quota exceeded",
		"wait for b b:80: not healthy",
		"wait for e e:80: gone",
		"change new f:80: busy",
		"remove d d:80: refused",
	}, "\n"))
	gone := verbsOfKit().failures("g", differ(nil, ms("a a:80"), rigid, everybody), membership.Report{Added: told(finding(membership.Gone))})
	same(t, "one that went while it was waited for", gone[0].verb, waitFor)
	if some := verbsOfKit().failures("g", d, membership.Report{
		Added: told(nil, nil), Awaited: told(nil), Updated: told(nil, nil), Removed: told(nil)}); len(some) > 0 {
		t.Errorf("%+v", some)
	}
}

// One cause of many members is told once and names all, whatever each answer says
// beside it; another cause is told at its own member.
func TestFailuresAreToldOnceForACause(t *testing.T) {
	t.Parallel()
	no := func(code, text, request string) error {
		return &membership.Error{Class: membership.Refused, Code: code, Message: text, RequestID: request}
	}
	many := func(n int) (all []undone) {
		for i := range n {
			key := "s" + strconv.Itoa(i) + ":80"
			all = append(all, undone{"add", key, m(key), "pool p", no("Vpc", key+" is elsewhere", "r")})
		}
		return all
	}
	for name, tt := range map[string]struct {
		failures []undone
		want     []string
	}{
		"of several kinds": {[]undone{
			{"add", "x", m("a:80"), "pool p", no("Full", "full", "r1")}, {"add", "y", m("b:80"), "pool p", no("Vpc", "no", "r2")},
			{"remove", "z", m("c:80"), "pool p", no("Full", "full", "r3")}, {"add", "w", m("d:80"), "pool p", no("Full", "full", "r4")},
		}, []string{
			"Unable to add servers | servers | Could not add servers a:80, d:80 to pool p. Full: full (request id r1)",
			`Unable to add server | servers["y"] | Could not add server b:80 to pool p. Vpc: no (request id r2)`,
			`Unable to remove server | servers["z"] | Could not remove server c:80 from pool p. Full: full (request id r3)`,
		}},
		"of answers that differ": {many(2), []string{"Unable to add servers | servers | Could not add servers s0:80, s1:80 to pool p. " +
			"s0:80: Vpc: s0:80 is elsewhere (request id r) s1:80: Vpc: s1:80 is elsewhere (request id r)"}},
		"of very many": {many(11), []string{"Unable to add servers | servers | Could not add servers " +
			"s0:80, s1:80, s2:80, s3:80, s4:80, s5:80, s6:80, s7:80, s8:80, s9:80, s10:80 to pool p. " +
			strings.Repeat("sN:80: Vpc: sN:80 is elsewhere (request id r) ", 10) + "and the like of 1 more."}},
	} {
		var diags diag.Diagnostics
		verbsOfKit().report(&kitSet{}, tt.failures, &diags)
		var all []string
		for _, d := range diags {
			text := strings.Join(strings.Fields(d.Detail()), " ")
			if len(tt.failures) > 10 {
				text = regexp.MustCompile(`s\d(:80: Vpc: )s\d`).ReplaceAllString(text, "sN${1}sN")
			}
			all = append(all, d.Summary()+" | "+d.(diag.DiagnosticWithPath).Path().String()+" | "+text)
		}
		same(t, name, strings.Join(all, "\n"), strings.Join(tt.want, "\n"))
	}
}

// An error belongs to its member, unless the cloud says that it is the group's
// attribute; what a cloud advises goes before what is said of every set.
func TestWhereAnErrorOfASetBelongs(t *testing.T) {
	t.Parallel()
	group, weight := path.Root("group_id"), path.Root("servers").AtMapKey("x").AtName("weight")
	for name, tt := range map[string]struct {
		err      error
		cloud    Advice
		label    string
		at, text string
	}{
		"of one member":            {class(membership.Refused), Advice{}, "x", `servers["x"]`, ""},
		"of many":                  {class(membership.Refused), Advice{}, "", "servers", ""},
		"of the group":             {class(membership.NotFound), Advice{"Check it.", group}, "x", "group_id", "Check it."},
		"of a member's attribute":  {class(membership.Refused), Advice{"Lower it.", weight}, "x", `servers["x"]`, "Lower it."},
		"in doubt":                 {class(membership.Unknown), Advice{}, "x", `servers["x"]`, ""},
		"in doubt, and the advice": {class(membership.Unknown), Advice{Text: "Look."}, "", "servers", "Look."},
	} {
		v := verbsOfKit()
		v.Advise = func(error, *kitSet) Advice { return tt.cloud }
		a := v.advice(tt.err, &kitSet{}, tt.label)
		same(t, name+": path", a.Path.String(), tt.at)
		same(t, name+": text", a.Text, tt.text)
	}
}

// Members are found by id first, because a key may change, and by key where the id
// is gone: somebody has taken the member out and put it in again.
func TestItemsAreFoundInAListing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ items, listed, seen, others string }{
		"by key":                                 {"x a:80", "a:80=5, b:80", "x a:80=5", "b:80"},
		"by id, under a new key":                 {"x a:80#1", "a:81#1", "x a:81#1", ""},
		"the id before the key":                  {"x a:80#1", "a:80#2, a:81#1", "x a:81#1", "a:80#2"},
		"put in again":                           {"x a:80#1", "a:80#2", "x a:80#2", ""},
		"one without id yet":                     {"x a:80", "a:80#2", "x a:80#2", ""},
		"one listed without id":                  {"x a:80#1", "a:80", "x a:80", ""},
		"nothing is listed":                      {"x a:80", "", "", ""},
		"moved to the place of one that is gone": {"x a:80#1, y a:81#2", "a:80#2", "y a:80#2", ""},
		"two that changed places":                {"x a:80#1, y b:80#2", "a:80#2, b:80#1", "x b:80#1, y a:80#2", ""},
	} {
		var listed []membership.Member
		for _, s := range strings.Split(tt.listed, ", ") {
			if s != "" {
				listed = append(listed, m(s))
			}
		}
		seen, others := verbsOfKit().observe(itemsOf(tt.items), listed)
		var rest []string
		for _, o := range others {
			rest = append(rest, textOf(o))
		}
		same(t, name+": seen", labelled(membersOf[kitItem, *kitItem](seen)), tt.seen)
		same(t, name+": others", strings.Join(rest, ", "), tt.others)
	}
	seen, _ := verbsOfKit().observe(itemsOf("x a:80#1, y a:80#2"), []membership.Member{m("a:80#3")})
	same(t, "one member is found once", len(seen), 1)
}

func TestNamesOfMembers(t *testing.T) {
	t.Parallel()
	var some []membership.Member
	for range named {
		some = append(some, m("a:80"))
	}
	same(t, "two", names([]membership.Member{m("a:80"), m("b:81=5#id")}), "a:80, b:81")
	same(t, "none", names(nil), "")
	if text := names(some); strings.Contains(text, "more") || strings.Count(text, "a:80") != named {
		t.Errorf("as many as fit: %s", text)
	}
	if text := names(append(some, m("b:80"))); !strings.HasSuffix(text, "a:80 and 1 more") {
		t.Errorf("one more than fits: %s", text)
	}
	if text := names(append(some, m("b:80"), m("c:80"))); !strings.HasSuffix(text, "a:80 and 2 more") || strings.Count(text, "a:80") != named {
		t.Errorf("two more than fit: %s", text)
	}
}
