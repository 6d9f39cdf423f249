package alicloud_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
)

// drainingSeed is a group whose members need 30 s to end what they have begun, and
// has one of somebody else's.
func drainingSeed() sgfake.Seed {
	return sgfake.Seed{
		ServerGroups: []sgfake.ServerGroup{{
			ID: "sgp-1", Drain: &sgfake.Drain{Timeout: 300, Lasts: 30}, Members: []sgfake.Member{{ServerID: "i-other", Port: 80, Weight: 7}},
		}},
		Rules: sgfake.Rules{JobSeconds: 1},
	}
}

// leaving are the servers of sgp-1 that drain.
func (w *sgWorld) leaving() (ids []string) {
	for _, m := range w.cloud.Cloud.Members("sgp-1") {
		if m.Status == "Removing" || m.Status == "Draining" {
			ids = append(ids, m.ServerID)
		}
	}
	return ids
}

// apply is one terraform apply of an object that is in state or not, and how long it
// took. A nil configuration destroys it.
func (w *sgWorld) apply(ctx context.Context, t *testing.T, o *acctest.Object, config map[string]any) (time.Duration, error) {
	t.Helper()
	w.Run()
	w.MustRefresh(o)
	began := time.Now()
	err := w.Apply(ctx, o, config)
	return time.Since(began), err
}

// However members are taken out of a group that drains, alone, with others, with all
// or to put them in again, it takes as long as they drain where that is waited for,
// and no longer than the call where it is not; and the plan after it is empty.
func TestWaitForDrained(t *testing.T) {
	t.Parallel()
	for _, waits := range []bool{true, false} {
		wait := map[string]any{"wait_for_drained": waits}
		t.Run(map[bool]string{true: "waits", false: "does not wait"}[waits], func(t *testing.T) {
			t.Parallel()
			inServerGroups(t, drainingSeed, func(t *testing.T, w *sgWorld) {
				goes := func(what string, o *acctest.Object, config map[string]any) {
					t.Helper()
					took, err := w.apply(t.Context(), t, o, config)
					least, most := 30*time.Second, 38*time.Second
					if !waits {
						least, most = 0, 5*time.Second
					}
					if err != nil || took < least || took > most {
						t.Errorf("%s took %s, want %s to %s: %v", what, took, least, most, err)
					}
					if n := len(w.leaving()); waits && n != 0 || !waits && n == 0 {
						t.Errorf("after %s %d members drain", what, n)
					}
					if config != nil {
						w.settled(o, config)
					}
				}
				comes := func(what string, o *acctest.Object, config map[string]any) {
					t.Helper()
					if took, err := w.apply(t.Context(), t, o, config); err != nil || took > 6*time.Second {
						t.Errorf("%s took %s: %v", what, took, err)
					}
					w.settled(o, config)
				}
				one, set := w.New(w.single()), w.New(w.single()+"s")
				comes("a creation", one, w.member("i-1", wait))
				goes("a destruction", one, nil)
				comes("its return", one, w.member("i-1", wait))
				goes("a replacement", one, w.member("i-2", wait))
				w.holds(t, "sgp-1", "i-other:80", "i-2:80")

				comes("the creation of a set", set, w.set(wait, "i-3", "i-4", "i-5", "i-6"))
				goes("a removal from it", set, w.set(wait, "i-4", "i-5", "i-6"))
				comes("a return to it", set, w.set(wait, "i-3", "i-4", "i-5", "i-6"))
				goes("one for one", set, w.set(wait, "i-7", "i-4", "i-5", "i-6"))
				goes("all of it", set, nil)
				w.holds(t, "sgp-1", "i-other:80", "i-2:80")
			})
		})
	}
}

// Who gives up waiting, at the timeout or for an interrupt, is told that the member is
// out of rotation and drains still; nothing puts it back, and the next plan takes it
// for gone.
func TestAnEndOfTheWaitForDrained(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		timeouts map[string]any
		says     string
		cut      time.Duration
	}{
		"timeout":   {timeouts: map[string]any{"delete": "10s", "update": "10s"}, says: "10s"},
		"interrupt": {says: "interrupt", cut: 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inServerGroups(t, drainingSeed, func(t *testing.T, w *sgWorld) {
				more := map[string]any{}
				if tc.timeouts != nil {
					more["timeouts"] = tc.timeouts
				}
				cut := func(o *acctest.Object, config map[string]any, id string) {
					t.Helper()
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					if tc.cut > 0 {
						time.AfterFunc(tc.cut, cancel)
					}
					took, err := w.apply(ctx, t, o, config)
					if err == nil || took < 9*time.Second || took > 12*time.Second {
						t.Fatalf("it took %s: %v", took, err)
					}
					for _, text := range []string{id + ":80", "sgp-1", "Out of rotation", "drain", tc.says, "The next apply"} {
						if !strings.Contains(err.Error(), text) {
							t.Errorf("it does not say %q: %v", text, err)
						}
					}
					if advised := strings.Contains(err.Error(), "raise timeouts"); advised != (tc.cut == 0) { // an interrupt had nothing to do with them
						t.Errorf("it says to raise timeouts, %t: %v", advised, err)
					}
					if got := strings.Join(w.leaving(), " "); got != id {
						t.Errorf("%q drains, want %s", got, id)
					}
				}
				one, set := w.New(w.single()), w.New(w.single()+"s")
				w.MustApply(one, w.member("i-1", more))
				cut(one, nil, "i-1")
				writes := len(w.cloud.Log.All().Writes())
				if took, err := w.apply(t.Context(), t, one, nil); err != nil || took > time.Second || len(w.cloud.Log.All().Writes()) != writes {
					t.Errorf("the destruction after it took %s, and %d writes: %v", took, len(w.cloud.Log.All().Writes())-writes, err)
				}
				<-time.After(time.Minute)

				w.Run()
				w.MustApply(set, w.set(more, "i-2", "i-3"))
				cut(set, w.set(more, "i-3"), "i-2")
				w.settled(set, w.set(more, "i-3"))
				<-time.After(time.Minute)
				cut(set, nil, "i-3")
				w.Run()
				if w.MustRefresh(set); !set.State.IsNull() {
					if servers, _ := w.Value(set, "servers").(map[string]any); len(servers) != 0 {
						t.Errorf("state has %v", servers)
					}
				}
				w.holds(t, "sgp-1", "i-other:80")
			})
		})
	}
}

// A job may outlive the time of who waits for it, and fail then. So that is told, and
// state keeps the member; the next apply goes on with what has come of it.
func TestAJobThatOutlivesItsCaller(t *testing.T) {
	t.Parallel()
	seed := func() sgfake.Seed {
		s := drainingSeed()
		s.Rules.JobSeconds = 40
		return s
	}
	inServerGroups(t, seed, func(t *testing.T, w *sgWorld) {
		short := map[string]any{"timeouts": map[string]any{"create": "5s"}}
		one := w.New(w.single())
		_, err := w.apply(t.Context(), t, one, w.member("i-1", short))
		if err == nil || !strings.Contains(err.Error(), "not over yet") {
			t.Errorf("a creation whose job goes on: %v", err)
		}
		if one.State.IsNull() || !one.Tainted {
			t.Errorf("the member is in state: %v, tainted: %v", !one.State.IsNull(), one.Tainted)
		}
		<-time.After(time.Minute)
		if _, err := w.apply(t.Context(), t, one, w.member("i-1", nil)); err != nil {
			t.Errorf("the next apply: %v", err)
		}
		w.holds(t, "sgp-1", "i-1:80", "i-other:80")
		w.settled(one, w.member("i-1", nil))
	})
}
