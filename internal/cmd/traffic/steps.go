package main

import (
	"context"
	"fmt"
	"math"
	"time"
)

// steps is the scenario in which traffic moves from blue to green by shares, an
// apply for each. All servers are there from the beginning, and stay.
const steps = "steps"

// shares are what green gets, in per cent, one after the other; before, it gets
// nothing.
var shares = []int{10, 25, 50, 90, 100}

// hold is how long a step lasts after its apply.
const hold = 4 * time.Second

// step is an apply that brought green to a share.
type step struct {
	Share int `json:"share"` // per cent
	span
}

// shift goes through the shares, under a load that began then.
func (s *site) shift(ctx context.Context, r *result, began time.Time) error {
	for _, s.share = range shares {
		from := time.Since(began).Seconds()
		if err := s.apply(ctx, "green"); err != nil {
			return err
		}
		r.Steps = append(r.Steps, step{s.share, span{from, time.Since(began).Seconds()}})
		if err := pause(ctx, hold); err != nil {
			return err
		}
	}
	return nil
}

// tolerance is how far, in per cent of the requests, a step's traffic may be from
// its share: some seconds' requests are no long row.
const tolerance = 2

// judgeSteps says which step's traffic was not its share. It looks at the whole
// seconds between two applies, and leaves out those in which the first one's
// change was still on its way to the listener.
func (r *result) judgeSteps() string {
	for i, s := range r.Steps {
		end := float64(len(r.Seconds))
		if i+1 < len(r.Steps) {
			end = r.Steps[i+1].From
		}
		var green, all int
		for at := int(math.Ceil(s.To + r.Propagation)); float64(at+1) <= end; at++ {
			for name, b := range r.Seconds[at].Backends {
				all += b.Requests
				if name[0] == 'g' {
					green += b.Requests
				}
			}
		}
		if all == 0 {
			return fmt.Sprintf("no whole second is left to see the step to %d %% in", s.Share)
		}
		if got := 100 * float64(green) / float64(all); math.Abs(got-float64(s.Share)) > tolerance {
			return fmt.Sprintf("green got %.1f %% of the requests at a share of %d %%", got, s.Share)
		}
	}
	if len(r.Steps) != len(shares) {
		return fmt.Sprintf("it made %d of %d steps", len(r.Steps), len(shares))
	}
	return ""
}

// stepsOn marks the applies of the steps on a picture.
func (c *canvas) stepsOn(r *result, at func(float64) float64, top, high float64) {
	for _, s := range r.Steps {
		c.rect(at(s.From), top, at(s.To)-at(s.From), high, "apply")
		c.text(at(s.To)+4, top+12, "text small", "start", fmt.Sprintf("green %d %%", s.Share))
	}
}
