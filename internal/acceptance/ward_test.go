package acceptance_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// ward is a world in which a test says at any time who is healthy, and somebody
// else changes texts.
type ward struct{ *world }

// wards make a world of each kind whose group is checked, for bubbles.
var wards = everyWorld(fakecloud.Scene{Foreign: true, Checked: true})

// inEveryWard runs a test once for each member resource, in a bubble and in
// parallel, in a world whose group is checked.
func inEveryWard(t *testing.T, test func(t *testing.T, w *ward)) {
	for kind := range wards {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, newWard(t, kind)) })
		})
	}
}

func newWard(t *testing.T, kind string) *ward { return &ward{wards[kind](t, true)} }

// sick and healthy say how members fare from now on, in the group or not yet.
func (w *ward) sick(keys ...string)    { w.fare(false, keys) }
func (w *ward) healthy(keys ...string) { w.fare(true, keys) }

func (w *ward) fare(healthy bool, keys []string) {
	for _, key := range keys {
		w.Ward.Fare(key, healthy)
	}
}

// text is the attribute that describes a member.
func (w *ward) text() string { return w.Text }

// rename is somebody else giving a member another text.
func (w *ward) rename(n int, text string) { w.Describe(w.group, n, text) }

// called is the text that the cloud has of a member.
func (w *ward) called(n int) string { return w.Described(w.group, n) }

// alone takes the seed's foreign member out of service, so that the members of
// a test are all that serves.
func (w *ward) alone() { w.reweight(0, 0) }

// watched runs a check of the group after every write.
func (w *world) watched(check func(held map[string]int)) {
	w.server.Faults.On("*").Where(func(c *fakecloud.Call) bool { return c.Write }).Times(0).Do(
		fakecloud.After(func() { check(w.members()) }))
}

// befalls makes something befall every call of some actions. There is a single
// and a batch form of each, of which one may not come.
func (w *world) befalls(actions []string, e fakecloud.Effect) {
	w.server.Faults.On("*").Where(func(c *fakecloud.Call) bool { return slices.Contains(actions, c.Op) }).Times(0).Do(e)
}

// mended takes all that befalls calls away.
func (w *ward) mended() { w.server.Faults.Reset() }

// keys are those of some members.
func (w *world) keys(numbers ...int) []string {
	keys := make([]string, len(numbers))
	for i, n := range numbers {
		keys[i] = w.key(n)
	}
	return keys
}

// soon is somebody else at work, a while from now.
func (w *ward) soon(what func()) { time.AfterFunc(5*time.Second, what) }
