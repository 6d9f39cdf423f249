package grouptest

import "sync"

// Lock is what groups of one load balancer share: a write that meets another
// one under way is answered busy.
type Lock struct {
	name string

	mu       sync.Mutex
	inFlight int
	most     int
	busy     int
}

// NewLock is a lock that several fakes may share.
func NewLock(name string) *Lock { return &Lock{name: name} }

// MaxInFlight is the largest number of writes that were ever under way on the
// lock at once, those answered busy among them.
func (l *Lock) MaxInFlight() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.most
}

// BusyAnswers is the number of writes refused because another was under way.
// Scripted busy answers do not count.
func (l *Lock) BusyAnswers() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.busy
}

func (l *Lock) enter() (free bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight++
	l.most = max(l.most, l.inFlight)
	if l.inFlight > 1 {
		l.busy++
		return false
	}
	return true
}

func (l *Lock) free() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inFlight == 0
}

func (l *Lock) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
}
