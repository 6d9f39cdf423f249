package fakecloud

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// Outcome is how a call ended: a reply, or a connection cut without one.
type Outcome struct {
	Reply Reply
	Abort bool
}

// Effect is what a fault does to a call. execute carries the call out against
// the cloud's state; an effect that never calls it leaves no trace there.
type Effect func(c *Call, cloud Cloud, execute func() Reply) Outcome

// Fail answers with an error of the vendor's and does nothing.
func Fail(status int, code, message string) Effect {
	return func(c *Call, cloud Cloud, _ func() Reply) Outcome {
		return Outcome{Reply: cloud.Error(c, status, code, message)}
	}
}

// FailAfterCommit carries the call out, then answers with an error.
func FailAfterCommit(status int, code, message string) Effect {
	return func(c *Call, cloud Cloud, execute func() Reply) Outcome {
		execute()
		return Outcome{Reply: cloud.Error(c, status, code, message)}
	}
}

// Throttle answers as the vendor does above its rate limit, with a
// Retry-After header where retryAfter is positive (whole seconds, rounded up).
func Throttle(retryAfter time.Duration) Effect {
	return func(c *Call, cloud Cloud, _ func() Reply) Outcome {
		r := cloud.Throttled(c)
		if retryAfter > 0 {
			r.Header = r.Header.Clone()
			if r.Header == nil {
				r.Header = map[string][]string{}
			}
			r.Header.Set("Retry-After", fmt.Sprint(int(math.Ceil(retryAfter.Seconds()))))
		}
		return Outcome{Reply: r}
	}
}

// Hang does nothing and answers nothing until the client gives up.
func Hang() Effect {
	return func(c *Call, _ Cloud, _ func() Reply) Outcome {
		<-c.HTTP.Context().Done()
		return Outcome{Abort: true}
	}
}

// HangAfterCommit carries the call out and answers nothing.
func HangAfterCommit() Effect {
	return func(c *Call, _ Cloud, execute func() Reply) Outcome {
		execute()
		<-c.HTTP.Context().Done()
		return Outcome{Abort: true}
	}
}

// ResetBeforeCommit cuts the connection before anything happened.
func ResetBeforeCommit() Effect {
	return func(*Call, Cloud, func() Reply) Outcome { return Outcome{Abort: true} }
}

// ResetAfterCommit carries the call out and cuts the connection: the answer
// is lost.
func ResetAfterCommit() Effect {
	return func(_ *Call, _ Cloud, execute func() Reply) Outcome {
		execute()
		return Outcome{Abort: true}
	}
}

// Raw answers with a fixed body, such as a proxy's HTML page, and does
// nothing.
func Raw(status int, contentType, body string) Effect {
	return func(*Call, Cloud, func() Reply) Outcome {
		return Outcome{Reply: Reply{Status: status, ContentType: contentType, Body: []byte(body)}}
	}
}

// RawAfterCommit carries the call out and answers with a fixed body.
func RawAfterCommit(status int, contentType, body string) Effect {
	return func(_ *Call, _ Cloud, execute func() Reply) Outcome {
		execute()
		return Outcome{Reply: Reply{Status: status, ContentType: contentType, Body: []byte(body)}}
	}
}

// StaleRead answers a read from the state before the last write.
func StaleRead() Effect {
	return func(c *Call, _ Cloud, execute func() Reply) Outcome {
		c.Stale = true
		return Outcome{Reply: execute()}
	}
}

// PartialBatch carries out the first n items of a batch and answers with an
// error.
func PartialBatch(n, status int, code, message string) Effect {
	return func(c *Call, cloud Cloud, execute func() Reply) Outcome {
		c.Only = n
		execute()
		return Outcome{Reply: cloud.Error(c, status, code, message)}
	}
}

// Before runs fn, another actor at work, and then the call.
func Before(fn func()) Effect {
	return func(_ *Call, _ Cloud, execute func() Reply) Outcome {
		fn()
		return Outcome{Reply: execute()}
	}
}

// After runs the call, and then fn before the answer leaves.
func After(fn func()) Effect {
	return func(_ *Call, _ Cloud, execute func() Reply) Outcome {
		r := execute()
		fn()
		return Outcome{Reply: r}
	}
}

// Rule is one line of a fault script: which calls, and what befalls them.
type Rule struct {
	mu     sync.Mutex
	op     string
	where  func(*Call) bool
	from   int           // first matching call that is hit, 1-based
	times  int           // how many are hit; 0: without end
	during time.Duration // > 0: hit only this long after the first hit
	first  time.Time
	calls  int // > 0: hit only above so many in each stretch of per
	per    time.Duration
	meter  Meter
	seen   int
	hits   int
	effect Effect
	alter  func(*Call) // instead of an effect: the call goes on, altered
	name   string      // for the log; "" in scripts of tests
}

// Nth starts the rule at the n-th matching call (the first is 1).
func (r *Rule) Nth(n int) *Rule { r.from = n; return r }

// Times makes the rule hit n calls in a row; 0 means every one from there on.
func (r *Rule) Times(n int) *Rule { r.times = n; return r }

// During makes the rule hit every matching call for d after its first hit.
func (r *Rule) During(d time.Duration) *Rule { r.during, r.times = d, 0; return r }

// Where narrows the rule to calls for which match is true.
func (r *Rule) Where(match func(*Call) bool) *Rule { r.where = match; return r }

// Do sets the effect and so completes the rule.
func (r *Rule) Do(e Effect) *Rule {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.effect = e
	return r
}

// Above makes the rule hit only what is above so many calls in a stretch of time,
// however many came before; what it hits does not count.
func (r *Rule) Above(calls int, per time.Duration) *Rule { r.calls, r.per = calls, per; return r }

// Alter sets what the rule makes of a call that then goes on, and so completes the
// rule. It hits a call whatever another rule does to it.
func (r *Rule) Alter(change func(*Call)) *Rule {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.alter = change
	return r
}

// Hits is how many calls the rule has hit.
func (r *Rule) Hits() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hits
}

// counts are how many calls the rule was about, and how many it has hit.
func (r *Rule) counts() (seen, hits int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen, r.hits
}

// match counts a call that the rule is about, and tells whether the rule hits it.
// A call that an earlier rule has answered is taken: counted, not hit, unless the
// rule alters it only.
func (r *Rule) match(c *Call, taken bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.effect == nil && r.alter == nil || (r.op != "*" && r.op != c.Op) || (r.where != nil && !r.where(c)) {
		return false
	}
	r.seen++
	if taken && r.alter == nil || r.seen < r.from || (r.times > 0 && r.hits >= r.times) {
		return false
	}
	now := time.Now()
	if r.during > 0 && r.hits > 0 && now.Sub(r.first) >= r.during {
		return false
	}
	if r.meter.Allow("", r.calls, r.per, SlidingWindow) && r.calls > 0 {
		return false
	}
	if r.hits == 0 {
		r.first = now
	}
	r.hits++
	return true
}

// Script is a server's list of rules. The first that matches a call hits it;
// the others still count it, so that Nth(2) is the second call whatever befell
// the first.
type Script struct {
	mu    sync.Mutex
	rules []*Rule
}

// On adds a rule for one action ("*" for every one). Without Nth and Times it
// hits the first matching call only.
func (s *Script) On(op string) *Rule {
	r := &Rule{op: op, from: 1, times: 1}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = append(s.rules, r)
	return r
}

// Remove removes a rule.
func (s *Script) Remove(r *Rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = slices.DeleteFunc(slices.Clone(s.rules), func(o *Rule) bool { return o == r })
}

// Reset removes every rule.
func (s *Script) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
}

// Unused describes the rules that never hit a call.
func (s *Script) Unused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, r := range s.rules {
		if r.Hits() == 0 {
			out = append(out, fmt.Sprintf("fault on %s (from call %d) never fired", r.op, r.from))
		}
	}
	return out
}

// match alters a call as the rules say, and is the effect of the one that answers
// it; nil where none does. Hit are the names of all that hit it.
func (s *Script) match(c *Call) (answer Effect, hit []string) {
	s.mu.Lock()
	rules := append([]*Rule(nil), s.rules...)
	s.mu.Unlock()
	for _, r := range rules {
		if !r.match(c, answer != nil) {
			continue
		}
		hit = append(hit, r.name)
		if r.alter != nil {
			r.alter(c)
		} else {
			answer = r.effect
		}
	}
	return answer, hit
}
