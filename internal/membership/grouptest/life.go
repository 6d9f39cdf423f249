package grouptest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// lifeBound is how long the members' life may take, in the bubble's time. The
// slowest is that at a vendor which takes a few calls a minute.
const lifeBound = 20 * time.Minute

// RunLife has members live in a group under the engine: several callers add
// them, change, take over and remove them, and at every step each caller must be
// told what is true. Passing trouble of the cloud's (busy locks, limits, answers
// that come half-way) is the engine's to get over, with the classes that the
// adapter gives it; [Run] holds the adapter alone.
func RunLife(t *testing.T, open func(t *testing.T) Subject) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &subject{t: t, Subject: open(t)}
		s.others = s.True()
		ctx, cancel := context.WithTimeout(t.Context(), lifeBound)
		defer cancel()
		h := membership.New(membership.Options{}).Open("group", func() membership.Group { return s.Group })
		s.live(ctx, h)
	})
}

// live is the life. want is what should be there of the samples.
func (s *subject) live(ctx context.Context, h *membership.Handle) {
	n := len(s.Samples)
	want := map[membership.Key]membership.Member{}
	for i := range n {
		m := s.sample(i, 10+i)
		want[m.Key] = m
	}
	s.step("adds by four callers", want, func() []error {
		return s.four(func(part []membership.Member) []membership.Outcome { return h.AddAll(ctx, part, false) }, s.wished(want))
	})

	again := s.sample(0, 99)
	again.Name = want[again.Key].Name
	if _, err := h.Add(ctx, again, false); !membership.Is(err, membership.AlreadyExists) {
		s.t.Errorf("an add of a member that is there: %s", describe(err))
	}
	want[again.Key] = again
	s.step("an adoption", want, func() []error { return errs(h.AddAll(ctx, []membership.Member{again}, true)) })

	var changes []membership.Change
	name := "renamed"
	for i := range n / 2 {
		m := want[s.Samples[i].Key]
		c := membership.Change{Member: m, Weight: new(0)}
		if i%2 == 1 && !s.FixedNames {
			c = membership.Change{Member: m, Name: &name}
		}
		changes = append(changes, c)
		want[m.Key] = c.Result()
	}
	s.step("changes", want, func() []error { return errs(h.UpdateAll(ctx, changes)) })

	var out []membership.Member
	for i := range n / 2 {
		out = append(out, want[s.Samples[2*i].Key])
		delete(want, s.Samples[2*i].Key)
	}
	if err := s.takeOut(ctx, out[0]); err != nil {
		s.t.Fatalf("somebody else's removal: %v", err)
	}
	s.step("removals, one of them of a member that somebody else took out", want, func() []error {
		return s.four(func(part []membership.Member) []membership.Outcome {
			return h.RemoveAll(ctx, part, membership.Removal{})
		}, out)
	})
	s.othersUntouched()

	s.Disappear()
	for _, err := range errs(h.RemoveAll(ctx, s.wished(want), membership.Removal{})) {
		if err != nil {
			s.t.Errorf("removals from a group that is gone: %s", describe(err))
		}
	}
}

// takeOut removes a member behind the engine's back, trying for as long as the
// cloud has passing trouble.
func (s *subject) takeOut(ctx context.Context, m membership.Member) error {
	for {
		if _, there := s.there(m.Key); !there {
			return nil
		}
		err := s.Group.Remove(ctx, []membership.Member{m})
		if ctx.Err() != nil {
			return err
		}
		<-time.After(5 * time.Second)
	}
}

// wished is members in the order of the samples.
func (s *subject) wished(want map[membership.Key]membership.Member) []membership.Member {
	var ms []membership.Member
	for _, m := range s.Samples {
		if w, ok := want[m.Key]; ok {
			ms = append(ms, w)
		}
	}
	return ms
}

// step does something and holds what is there against want.
func (s *subject) step(what string, want map[membership.Key]membership.Member, do func() []error) {
	s.t.Helper()
	for _, err := range do() {
		if err != nil {
			s.t.Errorf("%s: %s", what, describe(err))
		}
	}
	have := map[membership.Key]string{}
	for _, m := range s.True() {
		if !slices.ContainsFunc(s.others, func(o membership.Member) bool { return o.Key == m.Key }) {
			have[m.Key] = fmt.Sprintf("%s weight %d name %q", m.Key, m.Weight, m.Name)
		}
	}
	wish := map[membership.Key]string{}
	for k, m := range want {
		wish[k] = fmt.Sprintf("%s weight %d name %q", m.Key, m.Weight, m.Name)
	}
	if !maps.Equal(have, wish) {
		s.t.Fatalf("after %s there is\n%v\nwant\n%v", what, have, wish)
	}
}

// four has four callers share the members out and do something with their part
// at once.
func (s *subject) four(do func([]membership.Member) []membership.Outcome, all []membership.Member) []error {
	var mu sync.Mutex
	var got []error
	var wg sync.WaitGroup
	for part := range slices.Chunk(all, (len(all)+3)/4) {
		wg.Go(func() {
			out := errs(do(part))
			mu.Lock()
			defer mu.Unlock()
			got = append(got, out...)
		})
	}
	wg.Wait()
	return got
}

func errs(outcomes []membership.Outcome) []error {
	all := make([]error, len(outcomes))
	for i, o := range outcomes {
		all[i] = o.Err
	}
	return all
}
