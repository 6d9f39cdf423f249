package acceptance_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// mutate is one step of a user's, or of somebody else's.
func (m *moves) mutate() {
	steps := []func(){
		m.addSingle, m.addSingle, m.addSet, m.drop, m.reweigh, m.reweigh, m.grow, m.shrink, m.relabel, m.rename, m.rename, m.handOn, m.handOn,
		m.own, m.forceReplace, m.forceReplace, m.toggle, m.meddle, m.meddle, m.importOne, m.importAll, m.rekey,
	}
	steps[m.rnd.IntN(len(steps))]()
}

func (m *moves) pick(which func(*wished) bool) (string, *wished) {
	var some []string
	for _, address := range slices.Sorted(maps.Keys(m.cfg)) {
		if which(m.cfg[address]) {
			some = append(some, address)
		}
	}
	if len(some) == 0 {
		return "", nil
	}
	address := some[m.rnd.IntN(len(some))]
	return address, m.cfg[address]
}

func anyone(*wished) bool       { return true }
func isSet(r *wished) bool      { return r.set }
func isSingle(r *wished) bool   { return !r.set }
func isOwner(r *wished) bool    { return r.exclusive }
func (m *moves) hasOwner() bool { _, r := m.pick(isOwner); return r != nil }

// free is a member that no resource lists; 0 for none.
func (m *moves) free() int {
	taken := map[int]bool{}
	for _, r := range m.cfg {
		for _, l := range r.members {
			taken[l.n] = true
		}
	}
	for _, i := range m.rnd.Perm(moveMembers) {
		if !taken[i+1] {
			delete(m.strangers, i+1)
			return i + 1
		}
	}
	return 0
}

func (m *moves) weight() int { return 1 + m.rnd.IntN(3)*9 }

func (m *moves) label() string { return string(rune('a' + m.rnd.IntN(20))) }

func (m *moves) name(set bool) string {
	m.named++
	return fmt.Sprintf("%s%d", map[bool]string{true: "set", false: "s"}[set], m.named)
}

func (m *moves) flags(r *wished) *wished {
	r.adopt, r.cbd, r.wait, r.drain = m.rnd.IntN(3) > 0, m.rnd.IntN(2) == 0, m.rnd.IntN(3) == 0, m.rnd.IntN(3) == 0
	return r
}

func (m *moves) addSingle() {
	if n := m.free(); n > 0 && !m.hasOwner() {
		m.cfg[m.name(false)] = m.flags(&wished{members: map[string]weightOf{"one": {n, m.weight()}}})
	}
}

func (m *moves) addSet() {
	if _, r := m.pick(isSet); m.hasOwner() || r != nil && m.rnd.IntN(3) > 0 {
		return
	}
	r := m.flags(&wished{set: true, members: map[string]weightOf{}})
	m.cfg[m.name(true)] = r
	for range 1 + m.rnd.IntN(3) {
		if n := m.free(); n > 0 {
			r.members[m.label()] = weightOf{n, m.weight()}
		}
	}
}

func (m *moves) drop() {
	address, _ := m.pick(anyone)
	delete(m.cfg, address)
}

func (m *moves) reweigh() {
	if _, r := m.pick(anyone); r != nil {
		for label, l := range r.members {
			r.members[label] = weightOf{l.n, m.weight()}
		}
	}
}

func (m *moves) grow() {
	if _, r := m.pick(isSet); r != nil {
		if n, label := m.free(), m.label(); n > 0 && r.members[label].n == 0 {
			r.members[label] = weightOf{n, m.weight()}
		}
	}
}

func (m *moves) shrink() {
	if _, r := m.pick(isSet); r != nil {
		m.takeOut(r)
	}
}

// takeOut takes a member out of a set's configuration.
func (m *moves) takeOut(r *wished) weightOf {
	labels := slices.Sorted(maps.Keys(r.members))
	if len(labels) == 0 {
		return weightOf{}
	}
	label := labels[m.rnd.IntN(len(labels))]
	l := r.members[label]
	delete(r.members, label)
	return l
}

func (m *moves) relabel() {
	if _, r := m.pick(isSet); r != nil {
		if l, label := m.takeOut(r), m.label(); l.n > 0 {
			for r.members[label].n != 0 {
				label += "x"
			}
			r.members[label] = l
		}
	}
}

// rename gives a resource another address: with a moved block, with a removed
// block for the old one, or with neither.
func (m *moves) rename() {
	address, r := m.pick(anyone)
	if r == nil {
		return
	}
	next := m.name(r.set)
	delete(m.cfg, address)
	m.cfg[next] = r
	switch i, in := m.tf.state[address]; m.rnd.IntN(3) {
	case 0:
		if in {
			m.say("moved %s to %s", address, next)
			delete(m.tf.state, address)
			m.tf.state[next] = i
		}
	case 1:
		m.say("removed %s, now %s", address, next)
		r.adopt = true
		m.forget(address)
	default:
		m.say("renamed %s to %s", address, next)
	}
}

// forget is a removed block that destroys nothing.
func (m *moves) forget(address string) {
	i := m.tf.state[address]
	for _, n := range m.numbers(i.current) {
		m.others[n] = true
	}
	for _, o := range i.deposed {
		for _, n := range m.numbers(o) {
			m.others[n] = true
		}
	}
	delete(m.tf.state, address)
}

// handOn passes a member from one resource to another: to a set or out of it.
func (m *moves) handOn() {
	from, giver := m.pick(anyone)
	_, taker := m.pick(isSet)
	if giver == nil || giver == taker {
		return
	}
	var l weightOf
	if giver.set {
		l = m.takeOut(giver)
	} else {
		l = giver.members["one"]
		delete(m.cfg, from)
		if m.rnd.IntN(2) == 0 {
			m.say("removed %s", from)
			m.forget(from)
		}
	}
	switch {
	case l.n == 0:
	case taker == nil || m.rnd.IntN(3) == 0 && !m.hasOwner():
		m.cfg[m.name(false)] = m.flags(&wished{members: map[string]weightOf{"one": l}})
	default:
		label := m.label()
		for taker.members[label].n != 0 {
			label += "x"
		}
		taker.members[label] = l
		taker.adopt = taker.adopt || m.rnd.IntN(3) > 0
	}
}

func (m *moves) own() {
	if _, r := m.pick(isSet); r != nil && (len(m.cfg) == 1 || r.exclusive) {
		r.exclusive = !r.exclusive
		m.owned = true
		clear(m.strangers)
	}
}

func (m *moves) forceReplace() {
	if _, r := m.pick(anyone); r != nil {
		r.replace = true
	}
}

func (m *moves) toggle() {
	if _, r := m.pick(anyone); r != nil {
		m.flags(r)
	}
}

// rekey makes a single another member.
func (m *moves) rekey() {
	if _, r := m.pick(isSingle); r != nil {
		if n := m.free(); n > 0 {
			r.members["one"] = weightOf{n, m.weight()}
		}
	}
}

// meddle is somebody else, who puts a member in, takes one out or changes its
// weight.
func (m *moves) meddle() {
	m.mu.Lock()
	n, what := 1+m.chance.IntN(moveMembers), m.chance.IntN(3)
	delete(m.must, n)
	m.mu.Unlock()
	_, in := m.w.members()[m.w.key(n)]
	switch {
	case !in:
		m.others[n] = true
		m.strangers[n] = !m.owned && !m.lists(n) && !m.spoken[n]
		m.w.foreign(n, 10)
		m.say("others put %d in", n)
	case what == 0:
		delete(m.strangers, n)
		m.w.outside(n)
		m.say("others take %d out", n)
	default:
		m.w.reweight(n, 19)
		m.say("others give %d another weight", n)
	}
}

func (m *moves) lists(n int) bool {
	for _, r := range m.cfg {
		for _, l := range r.members {
			if l.n == n {
				return true
			}
		}
	}
	return false
}

func (m *moves) inState(n int) bool {
	for _, i := range m.tf.state {
		if slices.Contains(m.numbers(i.current), n) {
			return true
		}
		for _, o := range i.deposed {
			if slices.Contains(m.numbers(o), n) {
				return true
			}
		}
	}
	return false
}

// importOne has a member that is there come in by an import block.
func (m *moves) importOne() {
	if n := m.free(); n > 0 && !m.hasOwner() && m.w.members()[m.w.key(n)] > 0 {
		m.cfg[m.name(false)] = m.flags(&wished{imports: true, members: map[string]weightOf{"one": {n, m.weight()}}})
	}
}

// importAll imports the group into a set, which lists some of it; singles of
// those may go meanwhile, or be forgotten.
func (m *moves) importAll() {
	if _, r := m.pick(isSet); r != nil || m.hasOwner() {
		return
	}
	r := m.flags(&wished{set: true, imports: true, members: map[string]weightOf{}})
	clear(m.strangers)
	for n := 1; n <= moveMembers; n++ {
		if _, in := m.w.members()[m.w.key(n)]; in {
			m.others[n] = true
			if !m.lists(n) && m.rnd.IntN(2) == 0 {
				r.members[fmt.Sprintf("i%d", n)] = weightOf{n, m.weight()}
			}
		}
	}
	if address, single := m.pick(isSingle); single != nil && m.rnd.IntN(2) == 0 {
		l := single.members["one"]
		delete(m.cfg, address)
		r.members["taken"] = l
		if m.rnd.IntN(2) == 0 {
			m.say("removed %s", address)
			m.forget(address)
		}
	}
	m.cfg[m.name(true)] = r
}

// finish is a last run that nobody disturbs, and then the end of everything.
func (m *moves) finish() {
	for _, r := range m.cfg {
		r.adopt = true
	}
	m.say("the last run; configuration %s\n  state%s\n  group %v", m, m.tf, m.w.members())
	if !m.undisturbed() {
		m.say("following the advice")
		if !m.advised() {
			return
		}
	}
	m.agree()
	m.cfg = map[string]*wished{}
	m.say("the end of everything")
	if m.undisturbed() {
		m.agree()
	}
}

// undisturbed is a plan and its apply; false where the plan is refused.
func (m *moves) undisturbed() bool {
	actions, next, err := m.tf.plan(m.declared())
	if err != nil {
		tally("refused at the end")
		m.say("plan refused: %v", err)
		m.sound(err)
		if !strings.Contains(err.Error(), "Member changes hands") {
			m.t.Errorf("refused, and not because a member changes hands: %v", err)
		}
		return false
	}
	m.tf.smoke = false
	m.guard(actions, next)
	m.say("plan %s", inStore(actions))
	if err := m.tf.apply(m.t.Context(), actions, next); err != nil {
		m.t.Errorf("an apply that nobody disturbs: %v", err)
	}
	m.say("applied:\n  state%s\n  group %v", m.tf, m.w.members())
	m.mu.Lock()
	m.must = nil
	m.mu.Unlock()
	return true
}

// advised does what a refusal says: it lets what goes leave its members in,
// unties what is tainted, and takes members from sets in an apply of their own.
func (m *moves) advised() bool {
	for address, i := range m.tf.state {
		if _, stays := m.cfg[address]; !stays {
			m.forget(address)
		} else if i.current != nil {
			i.current.Tainted = false
		}
	}
	if m.undisturbed() {
		return true
	}
	last := m.copied()
	for address, r := range m.cfg {
		had := m.numbers(m.tf.state[address].current)
		maps.DeleteFunc(r.members, func(_ string, l weightOf) bool { return !slices.Contains(had, l.n) })
		if len(r.members) == 0 {
			delete(m.cfg, address)
		}
	}
	m.say("first without what comes: %s", m)
	first := m.undisturbed()
	m.cfg = last
	if !first || !m.undisturbed() {
		m.t.Error("refused whatever the user does")
		return false
	}
	return true
}

// agree checks that state, configuration and cloud are in agreement.
func (m *moves) agree() {
	want := map[int]int{}
	for _, r := range m.cfg {
		for _, l := range r.members {
			want[l.n] = l.weight
		}
	}
	held := m.w.members()
	owner := m.hasOwner()
	for n := 1; n <= moveMembers; n++ {
		weight, in := held[m.w.key(n)]
		wanted, is := want[n]
		switch {
		case is && (!in || weight != wanted):
			m.t.Errorf("member %d is in: %v, weight %d, want %d", n, in, weight, wanted)
		case !is && in && (owner || !m.others[n]):
			m.t.Errorf("member %d is left behind", n)
		case !in && m.strangers[n]:
			m.t.Errorf("member %d of others was taken out", n)
		}
	}
	for address, i := range m.tf.state {
		if i.current == nil || i.current.Tainted || len(i.deposed) > 0 {
			m.t.Errorf("%s is tainted, or has something left over", address)
		}
	}
	if actions, _, err := m.tf.plan(m.declared()); err != nil || len(actions) > 0 {
		m.t.Errorf("the plan after it: %s, error %v", inStore(actions), err)
	}
}
