package grouptest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// subject is a Subject with what the tests share.
type subject struct {
	Subject
	t      *testing.T
	others []membership.Member // there from the start: no test may touch them
	gone   bool
}

// sample is the i-th sample with a weight.
func (s *subject) sample(i, weight int) membership.Member {
	m := s.Samples[i]
	m.Weight = weight
	return m
}

// put adds samples 0 to n-1, with weights 10, 11, ...
func (s *subject) put(n int) []membership.Member {
	s.t.Helper()
	var ms []membership.Member
	for i := range n {
		ms = append(ms, s.sample(i, 10+i))
	}
	for some := range slices.Chunk(ms, s.Group.Limits().Batch) {
		s.ok("Add", len(some), s.Group.Add(s.t.Context(), some))
	}
	return s.listed(ms)
}

// listed is members as the adapter lists them, with their ids.
func (s *subject) listed(ms []membership.Member) []membership.Member {
	s.t.Helper()
	all, err := s.Group.List(s.t.Context())
	if err != nil {
		s.t.Fatalf("List: %v", err)
	}
	out := make([]membership.Member, len(ms))
	for i, m := range ms {
		k := slices.IndexFunc(all, func(is membership.Member) bool { return is.Key == m.Key })
		if k < 0 {
			s.t.Fatalf("%s is not listed in %v", m.Key, all)
		}
		out[i] = all[k]
	}
	return out
}

// outcomes are the answers to a write of n items, one each.
func (s *subject) outcomes(call string, n int, err error) []error {
	s.t.Helper()
	if items, ok := errors.AsType[membership.ItemErrors](err); ok {
		if len(items) != n {
			s.t.Fatalf("%s of %d items: ItemErrors of %d", call, n, len(items))
		}
		for _, err := range items {
			s.classified(call, err)
		}
		return items
	}
	s.classified(call, err)
	all := make([]error, n)
	for i := range all {
		all[i] = err
	}
	return all
}

func (s *subject) classified(call string, err error) {
	s.t.Helper()
	if _, ok := errors.AsType[*membership.Error](err); err != nil && !ok {
		s.t.Errorf("%s: %v is no *membership.Error", call, err)
	}
}

func (s *subject) ok(call string, n int, err error) {
	s.t.Helper()
	for _, err := range s.outcomes(call, n, err) {
		if err != nil {
			s.t.Fatalf("%s: %v", call, err)
		}
	}
}

// there is what is truly there under a key.
func (s *subject) there(k membership.Key) (membership.Member, bool) {
	all := s.True()
	i := slices.IndexFunc(all, func(m membership.Member) bool { return m.Key == k })
	if i < 0 {
		return membership.Member{}, false
	}
	return all[i], true
}

// want holds what is truly there under m's key against m.
func (s *subject) want(m membership.Member) {
	s.t.Helper()
	n := 0
	for _, is := range s.True() {
		if is.Key == m.Key {
			n++
		}
	}
	is, _ := s.there(m.Key)
	if n != 1 || is.Weight != m.Weight || is.Name != m.Name {
		s.t.Errorf("%s is there %d times with weight %d and name %q, want once with %d and %q",
			m.Key, n, is.Weight, is.Name, m.Weight, m.Name)
	}
}

func (s *subject) wantOut(m membership.Member) {
	s.t.Helper()
	if _, ok := s.there(m.Key); ok {
		s.t.Errorf("%s is still there", m.Key)
	}
}

func (s *subject) othersUntouched() {
	s.t.Helper()
	if s.gone {
		return
	}
	for _, m := range s.others {
		s.want(m)
	}
}

// unanswered holds the error of a call without an answer against the classes
// that say so.
func (s *subject) unanswered(op Op, err error, classes ...membership.Class) {
	s.t.Helper()
	for _, err := range s.outcomes(string(op), 1, err) {
		if err == nil || !slices.Contains(classes, membership.ClassOf(err)) {
			s.t.Errorf("%s without an answer: %s, want one of %v", op, describe(err), classes)
		}
	}
}

func describe(err error) string {
	if err == nil {
		return "no error"
	}
	return fmt.Sprintf("%v (class %v)", err, membership.ClassOf(err))
}
