package acceptance_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

// fault is something that befalls a call. The first of each list hits the
// verb's own call, write or read.
type fault struct {
	// rule scripts the fault for a call of the given actions.
	rule func(w *world, actions []string)
	// cancel, where positive, is when the caller gives up.
	cancel time.Duration
	// harmless says that the verb must succeed in spite of it.
	harmless bool
	// done says that the call has been carried out, and is not sent again.
	done bool
	// only names the one verb that it is about, "writes" all but read; "" is
	// all four.
	only string
}

// on scripts an effect for each of the actions: for the single and the batch
// form of one call.
func on(e fakecloud.Effect, script func(*fakecloud.Rule)) func(*world, []string) {
	return func(w *world, actions []string) {
		for _, a := range actions {
			r := w.server.Faults.On(a)
			if script != nil {
				script(r)
			}
			r.Do(e)
		}
	}
}

func times(n int) func(*fakecloud.Rule) { return func(r *fakecloud.Rule) { r.Times(n) } }

func during(d time.Duration) func(*fakecloud.Rule) { return func(r *fakecloud.Rule) { r.During(d) } }

const (
	htmlPage = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
	xmlError = `<?xml version="1.0"?><Error><RequestId>R</RequestId><HostId>h</HostId><Code>InternalError</Code><Message>try again</Message></Error>`
	apigw101 = `{"error_msg":"The API does not exist or has not been published in the environment","error_code":"APIGW.0101","request_id":"r"}`
)

var faults = map[string]fault{
	"throttled once":         {rule: on(fakecloud.Throttle(0), nil), harmless: true},
	"throttled for 30 s":     {rule: on(fakecloud.Throttle(0), during(30*time.Second)), harmless: true},
	"throttled, Retry-After": {rule: on(fakecloud.Throttle(3*time.Second), times(2)), harmless: true},
	"throttled for ever":     {rule: on(fakecloud.Throttle(0), times(0))},
	"busy": {rule: func(w *world, actions []string) {
		on(w.Codes.Busy.Fail("A previous configuration is being processed; please try again later."), times(3))(w, actions)
	}, harmless: true},
	"500 before commit":         {rule: on(fakecloud.Fail(500, "InternalError", "internal"), nil), harmless: true},
	"500 after commit":          {rule: on(fakecloud.FailAfterCommit(500, "InternalError", "internal"), nil), harmless: true, done: true},
	"503 for ever":              {rule: on(fakecloud.Fail(503, "ServiceUnavailable", "down"), times(0))},
	"reset before commit":       {rule: on(fakecloud.ResetBeforeCommit(), nil), harmless: true},
	"reset after commit":        {rule: on(fakecloud.ResetAfterCommit(), nil), harmless: true, done: true},
	"resets after commit":       {rule: on(fakecloud.ResetAfterCommit(), times(2)), harmless: true},
	"hangs once":                {rule: on(fakecloud.Hang(), nil), harmless: true},
	"hangs after commit":        {rule: on(fakecloud.HangAfterCommit(), nil), harmless: true, done: true},
	"hangs past the deadline":   {rule: on(fakecloud.Hang(), times(0))},
	"malformed JSON":            {rule: on(fakecloud.Raw(200, "application/json", `{"BackendServers":{"Back`), nil), harmless: true},
	"malformed after commit":    {rule: on(fakecloud.RawAfterCommit(200, "application/json", `{"members":[{"id`), nil), harmless: true, done: true},
	"HTML 502":                  {rule: on(fakecloud.Raw(502, "text/html", htmlPage), nil), harmless: true},
	"HTML 502 after commit":     {rule: on(fakecloud.RawAfterCommit(502, "text/html", htmlPage), nil), harmless: true, done: true},
	"HTML 404":                  {rule: on(fakecloud.Raw(404, "text/html", "<html>404</html>"), times(0))},
	"empty 404":                 {rule: on(fakecloud.Raw(404, "", ""), times(0))},
	"404 with another code":     {rule: on(fakecloud.Raw(404, "application/json", `{"Code":"InvalidParameter","Message":"The specified parameter is not valid.","RequestId":"r","error_code":"ELB.8904","error_msg":"subnet s could not be found.","request_id":"r"}`), times(0))},
	"{} 200":                    {rule: on(fakecloud.Raw(200, "application/json", "{}"), times(0))},
	"empty 200":                 {rule: on(fakecloud.Raw(200, "application/json", ""), nil), harmless: true},
	"empty 200 after commit":    {rule: on(fakecloud.RawAfterCommit(200, "application/json", ""), nil), harmless: true, done: true},
	"empty 200 for ever":        {rule: on(fakecloud.Raw(200, "", ""), times(0))},
	"APIGW.0101":                {rule: on(fakecloud.Raw(404, "application/json", apigw101), times(0))},
	"XML error":                 {rule: on(fakecloud.Raw(500, "text/xml", xmlError), nil), harmless: true},
	"forbidden":                 {rule: on(fakecloud.Fail(403, "Forbidden", "no"), times(0))},
	"cancelled before the send": {rule: on(fakecloud.Throttle(0), times(0)), cancel: 3 * time.Second},
	"cancelled in flight":       {rule: on(fakecloud.Hang(), times(0)), cancel: 3 * time.Second},
	"cancelled after commit":    {rule: on(fakecloud.HangAfterCommit(), times(0)), cancel: 3 * time.Second},
	"stale read": {rule: func(w *world, _ []string) {
		on(fakecloud.StaleRead(), nil)(w, w.ops.read)
	}, harmless: true},
	"stale reads": {rule: func(w *world, _ []string) {
		on(fakecloud.StaleRead(), during(900*time.Millisecond))(w, w.ops.read)
	}, harmless: true},
	"lost answer and stale reads": {rule: func(w *world, actions []string) {
		on(fakecloud.ResetAfterCommit(), nil)(w, actions)
		on(fakecloud.StaleRead(), func(r *fakecloud.Rule) { r.Nth(2).During(3 * time.Second) })(w, w.ops.read)
	}, harmless: true, only: "writes"},
	"somebody else adds it first": {rule: func(w *world, actions []string) {
		on(fakecloud.Before(func() { w.foreign(1, 33) }), nil)(w, actions)
	}, only: "create"},
	"somebody else removes it first": {rule: func(w *world, actions []string) {
		on(fakecloud.Before(func() { w.outside(1) }), nil)(w, actions)
	}, only: "delete", harmless: true},
	"somebody else removes it before the change": {rule: func(w *world, actions []string) {
		on(fakecloud.Before(func() { w.outside(1) }), nil)(w, actions)
	}, only: "update"},
	"full": {rule: func(w *world, actions []string) {
		on(w.Codes.Full.Fail("quota exceeded"), times(0))(w, actions)
	}, only: "create"},
}

// Each fault befalls each verb of a member resource of each product, in virtual
// time; a product's kinds of groups, which share one adapter, take turns. After it no member is lost, none doubled and no foreign one touched; what state
// says is what the cloud holds, or an error says what is not known; and the
// next apply ends in what was asked for.
func TestFaults(t *testing.T) {
	t.Parallel()
	turn := 0
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		f := faults[name]
		for _, verb := range []string{"create", "read", "update", "delete"} {
			if f.only != "" && f.only != verb && (f.only != "writes" || verb == "read") {
				continue
			}
			turn++
			for _, kind := range kindsInTurn(turn + turn/4) { // else each verb would be of one kind
				t.Run(kind+"/"+verb+"/"+name, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { befall(t, worlds[kind](t, true), verb, f) })
				})
			}
		}
	}
}

// kindsInTurn has one kind of group of each product.
func kindsInTurn(turn int) (kinds []string) {
	for _, p := range stages.Products() {
		kinds = append(kinds, p.Kinds[turn%len(p.Kinds)].Single)
	}
	return kinds
}

func befall(t *testing.T, w *world, verb string, f fault) {
	core := w.core(t)
	ctx := t.Context()
	with := func(n, weight int) map[string]any {
		a := w.attributes(n)
		a["weight"] = weight
		a["timeouts"] = map[string]any{"create": "2m", "read": "2m", "update": "2m", "delete": "2m"}
		return a
	}
	neighbour, member := core.New(w.kind), core.New(w.kind)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(core.Apply(ctx, neighbour, with(2, 20)))
	weight, want := 10, 10
	if verb != "create" {
		must(core.Apply(ctx, member, with(1, weight)))
	}

	core.Run()
	actions := map[string][]string{"create": w.ops.add, "read": w.ops.read, "update": w.ops.update, "delete": w.ops.remove}[verb]
	f.rule(w, actions)
	mark := w.server.Log.Mark()
	during := ctx
	if f.cancel > 0 {
		var stop context.CancelFunc
		during, stop = context.WithTimeout(ctx, f.cancel)
		defer stop()
	}
	began := time.Now()
	var err error
	switch verb {
	case "create":
		err = core.Apply(during, member, with(1, weight))
	case "read":
		err = refreshLater(during, core, member)
	case "update":
		want = 60
		err = core.Apply(during, member, with(1, want))
	case "delete":
		err = core.Apply(during, member, nil)
	}
	took := time.Since(began)
	if limit := 2*time.Minute + 15*time.Second; took > limit {
		t.Errorf("took %s", took)
	}
	if f.cancel > 0 && took > f.cancel+15*time.Second {
		t.Errorf("took %s after it was cancelled at %s", took, f.cancel)
	}
	if f.harmless && err != nil {
		t.Errorf("failed: %v", err)
	}
	if n := w.count(mark, actions); f.done && verb != "read" && n != 1 {
		t.Errorf("%d calls, want 1: what was carried out is not sent again", n)
	}

	// The truth at once: state and cloud agree, or the error says they may not.
	held, there := w.members()[w.key(1)]
	unsure := err != nil && (strings.Contains(err.Error(), "may or may not") || strings.Contains(err.Error(), "could not be found out"))
	foreign := err != nil && strings.Contains(err.Error(), "already in")
	recorded := core.Value(member, "weight")
	switch {
	case unsure, foreign:
	case there != !member.State.IsNull() && verb != "read":
		t.Errorf("in the cloud: %v, in state: %v; error: %v", there, !member.State.IsNull(), err)
	case there && recorded != held && err == nil:
		t.Errorf("weight in the cloud %d, in state %v", held, recorded)
	}

	// The next apply converges.
	w.server.Faults.Reset()
	if foreign {
		w.outside(1)
	}
	core.Run()
	must(core.Refresh(ctx, member))
	if verb == "delete" {
		must(core.Apply(ctx, member, nil))
		w.holds(t, map[int]int{2: 20})
	} else {
		must(core.Apply(ctx, member, with(1, want)))
		w.holds(t, map[int]int{1: want, 2: 20})
		if got := core.Value(member, "weight"); got != want {
			t.Errorf("state has weight %v, want %d", got, want)
		}
		must(core.Apply(ctx, member, nil))
	}
	must(core.Refresh(ctx, neighbour))
	must(core.Apply(ctx, neighbour, nil))
	w.holds(t, nil)
	if n := w.server.Log.MaxInFlight(w.lock()); n > 1 && !strings.Contains(t.Name(), "hang") && f.cancel == 0 {
		t.Errorf("%d writes were in flight on one lock", n)
	}
}

// refreshLater refreshes after what this process knows of the group is too old
// to be shown.
func refreshLater(ctx context.Context, core *acctest.Core, o *acctest.Object) error {
	<-time.After(4 * time.Second)
	return core.Refresh(ctx, o)
}

// A creation whose outcome cannot be found out, because nothing can be read any
// more, stays in state as tainted. The refresh after it, which learns what the
// cloud calls the member, must not be a change of identity.
func TestACreationInDoubtIsRecovered(t *testing.T) {
	t.Parallel()
	for kind, build := range worlds {
		for name, lost := range map[string]fakecloud.Effect{"it landed": fakecloud.ResetAfterCommit(), "it did not": fakecloud.ResetBeforeCommit()} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := build(t, true)
					core := w.core(t)
					on(lost, times(0))(w, w.ops.add[:1])
					on(fakecloud.Fail(500, "InternalError", "down"), func(r *fakecloud.Rule) { r.Nth(2).Times(0) })(w, w.ops.read)
					o := core.New(w.kind)
					err := core.Apply(t.Context(), o, w.attributes(1))
					if err == nil || !strings.Contains(err.Error(), "may or may not") || !o.Tainted {
						t.Fatalf("tainted %v, error %v; want the member in state and in doubt", o.Tainted, err)
					}
					w.server.Faults.Reset()
					core.Run()
					core.MustRefresh(o)
					core.MustApply(o, w.attributes(1))
					w.holds(t, map[int]int{1: w.weight})
				})
			})
		}
	}
}
