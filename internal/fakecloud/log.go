package fakecloud

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Entry is one request that was answered, or aborted (Status 0).
type Entry struct {
	Seq    int           `json:"seq"`
	Start  time.Time     `json:"start"`
	Took   time.Duration `json:"took_ns"`
	Op     string        `json:"op"`
	Write  bool          `json:"write"`
	Lock   string        `json:"lock,omitempty"`
	Group  string        `json:"group,omitempty"`
	Items  int           `json:"items,omitempty"`
	Detail string        `json:"detail,omitempty"`
	Status int           `json:"status"`
	Code   string        `json:"code,omitempty"`
	Fault  bool          `json:"fault,omitempty"`  // a scripted fault answered
	Rules  string        `json:"faults,omitempty"` // the names of those that did, or altered the call
	Busy   bool          `json:"busy,omitempty"`   // refused because its lock was held
}

// Entries is a stretch of the log.
type Entries []Entry

// Ops lists the action names in order of arrival.
func (es Entries) Ops() []string {
	ops := make([]string, len(es))
	for i, e := range es {
		ops[i] = e.Op
	}
	return ops
}

// Count is the number of calls of one action.
func (es Entries) Count(op string) int {
	n := 0
	for _, e := range es {
		if e.Op == op {
			n++
		}
	}
	return n
}

// Writes are the calls that change state, refused ones among them.
func (es Entries) Writes() Entries {
	var ws Entries
	for _, e := range es {
		if e.Write {
			ws = append(ws, e)
		}
	}
	return ws
}

// BusyAnswers is the number of writes refused because another held the lock.
func (es Entries) BusyAnswers() int {
	n := 0
	for _, e := range es {
		if e.Busy {
			n++
		}
	}
	return n
}

// String is a readable listing, a line a call.
func (es Entries) String() string {
	var b strings.Builder
	for _, e := range es {
		fmt.Fprintf(&b, "%3d %-34s %3d", e.Seq, e.Op, e.Status)
		if e.Code != "" {
			fmt.Fprintf(&b, " %s", e.Code)
		}
		if e.Detail != "" {
			fmt.Fprintf(&b, "  %s", e.Detail)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Log is a server's request log.
type Log struct {
	mu       sync.Mutex
	seq      int
	entries  Entries
	inFlight map[string]int
	maximum  map[string]int
}

// All is the whole log so far, in order of arrival.
func (l *Log) All() Entries { return l.Since(0) }

// Mark is a place in the log for Since.
func (l *Log) Mark() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seq
}

// Since is every finished call that arrived after the mark, in order of
// arrival.
func (l *Log) Since(mark int) Entries {
	l.mu.Lock()
	defer l.mu.Unlock()
	var es Entries
	for _, e := range l.entries {
		if e.Seq > mark {
			es = append(es, e)
		}
	}
	// Calls are logged as they end; arrival order is what readers expect.
	slices.SortFunc(es, func(a, b Entry) int { return a.Seq - b.Seq })
	return es
}

// MaxInFlight is the largest number of writes on one lock that were ever
// under way at the same time, as sent by the clients.
func (l *Log) MaxInFlight(lock string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.maximum[lock]
}

func (l *Log) begin() (seq int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	return l.seq
}

func (l *Log) enter(lock string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inFlight == nil {
		l.inFlight, l.maximum = map[string]int{}, map[string]int{}
	}
	l.inFlight[lock]++
	l.maximum[lock] = max(l.maximum[lock], l.inFlight[lock])
}

func (l *Log) leave(lock string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight[lock]--
}

func (l *Log) add(e Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
}
