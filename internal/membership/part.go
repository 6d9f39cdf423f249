package membership

import (
	"errors"
	"strings"
	"time"
)

// part is some of a round's operations that are sent together.
type part struct {
	ops      []*op
	tries    int       // how often it was sent
	doubts   int       // how many of the answers count towards maxDoubts
	compared time.Time // when changes were last set against the members as listed
	of       *refusal  // the refusal that it was parted for
	cleared  *refusal  // the other half of a refused part, sent before this one
}

// refusal is the search for the members to blame for the refusal of a part, or
// of half of one.
type refusal struct {
	of    *refusal
	err   error
	found bool
}

// refused notes that one of the part's members was found to blame.
func (p part) refused() {
	for f := p.of; f != nil; f = f.of {
		f.found = true
	}
}

// holdsCulprit tells whether one of the part's members must be to blame, because
// nobody in the other half was.
func (p part) holdsCulprit() bool { return p.cleared != nil && !p.cleared.found && len(p.ops) > 1 }

// split parts refused operations in two, the next one last: those that the
// vendor's message names and, before them, the others; or two halves.
func (p part) split(ops []*op, err error) []part {
	if named, others := named(ops, err); len(named) > 0 && len(others) > 0 {
		p.refused()
		return []part{{ops: named, compared: p.compared, of: p.of}, {ops: others, compared: p.compared, of: p.of}}
	}
	return p.halves(ops, err)
}

// halves are the two halves of refused operations, the next one last. Where the
// first half passes the second must hold the culprit, so it is split again
// without being sent whole. With one bad item of 20 it comes to at most 11 calls.
func (p part) halves(ops []*op, err error) []part {
	p.refused()
	half := len(ops) / 2
	first := &refusal{of: p.of, err: err}
	return []part{{ops: ops[half:], compared: p.compared, of: p.of, cleared: first}, {ops: ops[:half], compared: p.compared, of: first}}
}

// named parts the operations into those whose member an error's message names
// and the others.
func named(ops []*op, err error) (named, others []*op) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return nil, ops
	}
	words := strings.FieldsFunc(e.Message, func(c rune) bool {
		return !(c == '-' || c == '.' || c == '_' || c == ':' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z')
	})
	said := make(map[string]bool, len(words))
	for _, w := range words {
		said[strings.Trim(w, ".:")] = true
	}
	for _, o := range ops {
		m := o.member
		if said[m.Key.String()] || m.Key.Server != "" && said[m.Key.Server] || m.Key.Address != "" && said[m.Key.Address] || m.ID != "" && said[m.ID] {
			named = append(named, o)
		} else {
			others = append(others, o)
		}
	}
	return named, others
}
