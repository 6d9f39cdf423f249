package acceptance_test

import (
	"testing"
	"testing/synctest"
)

// An ELB member that somebody took out and put in again, with the same address
// and port, is the same member with a new id: for a single and in a set, with a
// refresh and without, and through a drain.
func TestAMemberThatWasPutInAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := elbPool(t, true)
		again := func() {
			w.outside(1)
			w.foreign(1, w.weight)
		}
		for _, kind := range []string{w.kind, w.Set} {
			for _, refresh := range []bool{true, false} {
				c := w.core(t)
				config := w.attributes(1)
				if kind != w.kind {
					config = w.setAttributes(plain(1, 2), nil)
				}
				config["drain_duration"] = "2s"
				o := c.New(kind)
				c.MustApply(o, config)
				again()
				if refresh {
					c.Run()
					c.MustRefresh(o)
					c.Settled(o, config)
				}
				c.Run()
				mark := w.server.Log.Mark()
				if err := c.Apply(t.Context(), o, nil); err != nil {
					t.Errorf("%s: the destruction: %v", kind, err)
				}
				w.order(t, w.server.Log.Since(mark), "update", "remove")
				w.holds(t, nil)
			}
		}
	})
}
