package main

import (
	"maps"
	"slices"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// result is what one run showed. Moments are seconds since the load began; a
// request counts for the second in which it was due.
type result struct {
	Cloud    string `json:"cloud"`
	Title    string `json:"title"` // the cloud's, to people
	Scenario string `json:"scenario"`
	Single   bool   `json:"single,omitempty"` // one resource for each server
	Run      int    `json:"run"`
	Rate     int    `json:"rate"` // requests a second

	Requests    int            `json:"requests"`
	Failed      int            `json:"failed"`
	Failures    map[string]int `json:"failures"`    // by what was seen of them
	Connections int            `json:"connections"` // that the client opened
	Latency     latency        `json:"latency_ms"`

	Propagation float64 `json:"propagation,omitempty"` // seconds

	Apply    span     `json:"apply"` // of terraform's; of steps from the first to the last
	Steps    []step   `json:"steps,omitempty"`
	Writes   []write  `json:"api_writes"`
	Weights  []change `json:"weights"`
	Shutdown []moment `json:"shutdown"` // of servers, right after their removal
	Backends []string `json:"backends"`
	Seconds  []second `json:"seconds"`
}

// latency is of the requests that succeeded, in milliseconds since they were
// due. The slow ones take 2000 by themselves.
type latency struct {
	Half     float64 `json:"p50"`
	NineFive float64 `json:"p95"`
	Max      float64 `json:"max"`
}

type span struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
}

// write is a call that changed members; At is when it was answered.
type write struct {
	At      float64 `json:"at"`
	Op      string  `json:"op"`
	Kind    string  `json:"kind"` // add, weight or remove
	Members int     `json:"members"`
	Status  int     `json:"status"`
}

// change is a member's new weight; nil: it is no member any more.
type change struct {
	At      float64 `json:"at"`
	Backend string  `json:"backend"`
	Weight  *int    `json:"weight"`
}

type moment struct {
	At      float64 `json:"at"`
	Backend string  `json:"backend"`
}

// second is one second of the load. Requests that no server got, because none
// could be used, are failures of nobody's.
type second struct {
	Backends map[string]share `json:"backends"`
	Nobody   int              `json:"nobody,omitempty"`
}

type share struct {
	Requests int  `json:"requests"`
	Failed   int  `json:"failed"`
	Weight   *int `json:"weight"` // at the end of the second; null: no member
}

// failed is the failures of a second.
func (s second) failed() int {
	n := s.Nobody
	for _, b := range s.Backends {
		n += b.Failed
	}
	return n
}

// count fills in what the requests of so many seconds tell. nameOf names the
// servers.
func (r *result) count(all []sent, seconds int, nameOf map[string]string) {
	r.Failures = map[string]int{}
	var took []time.Duration
	r.Seconds = make([]second, max(seconds, 1))
	for i := range r.Seconds {
		r.Seconds[i].Backends = map[string]share{}
		for _, name := range r.Backends {
			r.Seconds[i].Backends[name] = share{Weight: r.weightAt(name, float64(i+1))}
		}
	}
	for _, s := range all {
		r.Requests++
		if s.failure == "" {
			took = append(took, s.took)
		} else {
			r.Failed++
			r.Failures[s.failure]++
		}
		at := &r.Seconds[int(s.due/time.Second)]
		name, ok := nameOf[s.target]
		if !ok {
			at.Nobody++
			continue
		}
		b := at.Backends[name]
		b.Requests++
		if s.failure != "" {
			b.Failed++
		}
		at.Backends[name] = b
	}
	slices.Sort(took)
	r.Latency = latency{quantile(took, 0.5), quantile(took, 0.95), quantile(took, 1)}
}

// quantile is of sorted times, in milliseconds.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	i := min(int(q*float64(len(sorted))), len(sorted)-1)
	return float64(sorted[i].Microseconds()) / 1000
}

// weightAt is a server's weight at a moment; nil where it is no member.
func (r *result) weightAt(name string, at float64) *int {
	var w *int
	for _, c := range r.Weights {
		if c.Backend == name && c.At <= at {
			w = c.Weight
		}
	}
	return w
}

// kindOfWrite is add, weight or remove; the call's own name where it is none of
// them.
func kindOfWrite(op string, ops fakecloud.Ops) string {
	for kind, calls := range map[string][]string{"add": ops.Add, "weight": ops.Update, "remove": ops.Remove} {
		if slices.Contains(calls, op) {
			return kind
		}
	}
	return op
}

// writesOf are the writes of a log, answered ones.
func writesOf(log fakecloud.Entries, began time.Time, ops fakecloud.Ops) []write {
	var out []write
	for _, e := range log.Writes() {
		out = append(out, write{
			At: e.Start.Add(e.Took).Sub(began).Seconds(), Op: e.Op, Kind: kindOfWrite(e.Op, ops), Members: e.Items, Status: e.Status,
		})
	}
	slices.SortStableFunc(out, func(a, b write) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		}
		return 0
	})
	return out
}

// judge says whether a run showed what it should: that of the plain scenario some
// failed requests, those of the others none, and steps each its share.
func (r *result) judge() string {
	switch {
	case r.Scenario != plain && r.Failed > 0:
		return "requests failed, and none should have"
	case r.Scenario == steps:
		return r.judgeSteps()
	case r.Scenario == plain && r.Failed == 0:
		return "no request failed, which shows nothing: the scenario should lose some"
	}
	return ""
}

// watched keeps up with a group's members.
type watched struct {
	began   time.Time
	weights map[string]int
	changes []change
}

// see takes in the members as they are now, and tells which have come and which
// have gone.
func (w *watched) see(now time.Time, members map[string]int, nameOf map[string]string) (come, gone []string) {
	at := now.Sub(w.began).Seconds()
	for _, key := range slices.Sorted(maps.Keys(members)) {
		weight := members[key]
		old, ok := w.weights[key]
		if !ok {
			come = append(come, nameOf[key])
		}
		if !ok || old != weight {
			w.changes = append(w.changes, change{at, nameOf[key], &weight})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(w.weights)) {
		if _, ok := members[key]; !ok {
			gone = append(gone, nameOf[key])
			w.changes = append(w.changes, change{at, nameOf[key], nil})
		}
	}
	w.weights = members
	return come, gone
}
