package acceptance_test

import (
	"os"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// onEveryStage runs a test once for each stage there is: each simulated cloud,
// and the example of a third one that has no wire; or, where CLOUDLB_REAL names a
// kind of group, on a real account alone. The test puts in members up to a number,
// and no more than what every stage can do, or says so with needs.
func onEveryStage(t *testing.T, most int, test func(t *testing.T, w *world)) {
	t.Helper()
	acctest.NeedsCLI(t)
	if kind := os.Getenv("CLOUDLB_REAL"); kind != "" {
		t.Run("real "+kind, func(t *testing.T) { test(t, realWorld(t, most)) })
		return
	}
	inEveryWorld(t, test)
	t.Run("attic", func(t *testing.T) {
		t.Parallel()
		test(t, newAttic(t))
	})
}

// simulated skips a test that scripts faults or reads the log of a simulation,
// where a real account is asked for.
func simulated(t *testing.T) {
	t.Helper()
	if os.Getenv("CLOUDLB_REAL") != "" {
		t.Skip("not on a real account: the test needs a simulation's log, its faults or virtual time")
	}
}

// needs skips a test on a stage that cannot do something.
func (w *world) needs(t *testing.T, can bool, what string) {
	t.Helper()
	if !can {
		t.Skipf("%s: nobody here can %s", w.kind, what)
	}
}

// mark is a place in the request log.
func (w *world) mark() int {
	if w.server == nil {
		return 0
	}
	return w.server.Log.Mark()
}

// wrote checks how many writes, and how many of some of them, came since a mark.
// Without a log there is nothing to check it by.
func (w *world) wrote(t *testing.T, mark, want int, ops ...string) {
	t.Helper()
	if w.server == nil {
		t.Log("no request log here: the number of writes is not checked")
		return
	}
	since := w.server.Log.Since(mark)
	got := len(since.Writes())
	if ops != nil {
		got = w.count(mark, ops)
	}
	if got != want {
		t.Errorf("%d writes %v, want %d:\n%s", got, ops, want, since)
	}
}

// inTurn checks that no two writes were under way at once.
func (w *world) inTurn(t *testing.T) {
	t.Helper()
	if w.server == nil {
		t.Log("no request log here: whether writes overlap is not checked")
		return
	}
	if n := w.server.Log.MaxInFlight(w.lock()); n != 1 {
		t.Errorf("%d writes were in flight on one lock, want 1", n)
	}
}
