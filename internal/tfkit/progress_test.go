package tfkit

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
)

func TestProgressIsToldEveryTenSecondsUntilTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var heard []string
		began := time.Now()
		p := newProgress(t.Context(), func(e action.InvokeProgressEvent) {
			heard = append(heard, time.Since(began).String()+" "+e.Message)
		})
		defer p.stop()
		p.while(func() string { return "looking" })
		<-time.After(13 * time.Second)
		p.reached("too soon")
		<-time.After(12 * time.Second)
		p.while(func() string { return "" })
		<-time.After(11 * time.Second)
		p.reached("half-way")
		p.while(func() string { return "waiting" })
		<-time.After(13 * time.Second)
		p.done("done")
		<-time.After(time.Minute)
		if want := []string{"10s looking", "20s looking", "36s half-way", "46s waiting", "49s done"}; !slices.Equal(heard, want) {
			t.Errorf("heard %q, want %q", heard, want)
		}
	})
}

// The framework takes nothing more after a cancelled call's first line: whoever sends
// one, waits for ever.
func TestNothingIsSaidAfterCancellation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		taken := make(chan action.InvokeProgressEvent)
		p := newProgress(ctx, func(e action.InvokeProgressEvent) { taken <- e })
		p.while(func() string { return "waiting" })
		<-time.After(25 * time.Second) // one line is under way, and nobody takes it
		cancel()
		for range 3 {
			p.reached("lowered")
			p.done("done")
		}
		p.stop()
		if got := (<-taken).Message; got != "waiting" {
			t.Errorf("under way is %q", got)
		}
		<-time.After(time.Minute)
		select {
		case e := <-taken:
			t.Errorf("%q was said after the cancellation", e.Message)
		default:
		}
	})
}
