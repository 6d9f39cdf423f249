package fakecloud

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Fault is a line of a fault script as people write it, in a seed and on an admin
// page: which calls, and what befalls them. Of several faults that answer a call
// the first does; those that alter it (slow, stale, slow_job, fail_job, slow_drain)
// all do.
type Fault struct {
	Name string `json:"name,omitempty"` // made up where it is left out

	// On is an action of the vendor's, such as AddBackendServers, or add, update,
	// remove, write (any of these) or read (any other call, logins among them); "":
	// every call.
	On     string `json:"on,omitempty"`
	Group  string `json:"group,omitempty"`  // "": whatever group a call is about
	Member string `json:"member,omitempty"` // that a write names, as in [Health]; "": whichever

	After int      `json:"after,omitempty"` // how many such calls pass first
	Times int      `json:"times,omitempty"` // how many are hit then; 0: every one
	For   Duration `json:"for,omitzero"`    // how long after the first hit the last may come; 0: without end
	// Calls, where positive, are how many calls in each stretch of Per pass.
	Calls int      `json:"calls,omitempty"`
	Per   Duration `json:"per,omitzero"`

	Do         string   `json:"do"`                  // see [Deeds]
	Committed  bool     `json:"committed,omitempty"` // the call is carried out all the same
	Only       int      `json:"only,omitempty"`      // a batch: its first members alone are
	Status     int      `json:"status,omitempty"`    // of HTTP
	Code       string   `json:"code,omitempty"`      // the vendor's
	Message    string   `json:"message,omitempty"`   // "": the code's usual one
	Body       string   `json:"body,omitempty"`
	RetryAfter Duration `json:"retry_after,omitzero"` // whole seconds, rounded up
	Delay      Duration `json:"delay,omitzero"`
}

// Scripted is a fault with how often it has come into question, and hit.
type Scripted struct {
	Fault
	Seen  int `json:"seen"`
	Fired int `json:"fired"`
}

// deed is one of the things that a fault does: an answer of its own, or a change of
// the call.
type deed struct {
	needs, takes []string // fields, beside those that say which calls
	jobs         bool     // of products alone where a write is a job
	answer       func(Fault, Kind) Effect
	alter        func(Fault, *Call)
}

var deeds = map[string]deed{
	"throttle": {takes: []string{"retry_after"}, answer: func(f Fault, _ Kind) Effect { return Throttle(time.Duration(f.RetryAfter)) }},
	"busy":     {answer: func(_ Fault, k Kind) Effect { return busy(k.Codes.Busy) }},
	"refuse":   {needs: []string{"code"}, takes: []string{"status", "message", "committed", "only"}, answer: refusal},
	"page":     {takes: []string{"status", "body", "committed"}, answer: page},
	"reset": {takes: []string{"committed"}, answer: func(f Fault, _ Kind) Effect {
		return either(f.Committed, ResetAfterCommit, ResetBeforeCommit)
	}},
	"hang": {takes: []string{"committed"}, answer: func(f Fault, _ Kind) Effect { return either(f.Committed, HangAfterCommit, Hang) }},

	"slow":  {needs: []string{"delay"}, alter: func(f Fault, c *Call) { c.Delay += time.Duration(f.Delay) }},
	"stale": {alter: func(_ Fault, c *Call) { c.Stale = !c.Write }},
	"fail_job": {jobs: true, needs: []string{"code"}, takes: []string{"message"}, alter: func(f Fault, c *Call) {
		c.Job.Fails, c.Job.Code, c.Job.Message = true, f.Code, f.Message
	}},
	"slow_job":   {jobs: true, needs: []string{"delay"}, alter: func(f Fault, c *Call) { c.Job.Delay += time.Duration(f.Delay) }},
	"slow_drain": {jobs: true, needs: []string{"delay"}, alter: func(f Fault, c *Call) { c.Job.Drain = time.Duration(f.Delay) }},
}

// Deeds are what a fault may do.
func Deeds() []string { return slices.Sorted(maps.Keys(deeds)) }

func either(committed bool, after, before func() Effect) Effect {
	if committed {
		return after()
	}
	return before()
}

// busy answers as while another write is under way.
func busy(usual Code) Effect {
	return func(c *Call, cloud Cloud, _ func() Reply) Outcome {
		c.Busy = true
		if r, ok := cloud.Busy(c); ok {
			return Outcome{Reply: r}
		}
		return Outcome{Reply: cloud.Error(c, usual.Status, usual.Code, "Another change is being made, try again later.")}
	}
}

func refusal(f Fault, _ Kind) Effect {
	status := f.Status
	if status == 0 {
		status = 400
	}
	switch {
	case f.Only > 0:
		return PartialBatch(f.Only, status, f.Code, f.Message)
	case f.Committed:
		return FailAfterCommit(status, f.Code, f.Message)
	}
	return Fail(status, f.Code, f.Message)
}

func page(f Fault, _ Kind) Effect {
	if f.Status == 0 {
		f.Status = 502
	}
	if f.Body == "" {
		f.Body = "<html><h1>Bad Gateway</h1></html>"
	}
	if f.Committed {
		return RawAfterCommit(f.Status, "text/html", f.Body)
	}
	return Raw(f.Status, "text/html", f.Body)
}

// which are the fields that say which calls a fault is about.
var which = []string{"name", "on", "group", "member", "after", "times", "for", "calls", "per", "do"}

// readFault reads a fault. A field that is not known, or that means nothing to what
// the fault does, is an error that names it.
func readFault(b []byte) (f Fault, _ error) {
	if err := strictly(b, &f); err != nil {
		return f, err
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(b, &given); err != nil {
		return f, err
	}
	return f, f.validate(given)
}

func (f *Fault) validate(given map[string]json.RawMessage) error {
	d, known := deeds[f.Do]
	if !known {
		return fmt.Errorf("do %q is none of %s", f.Do, strings.Join(Deeds(), ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(slices.Concat(which, d.needs, d.takes), name) {
			return fmt.Errorf("%s means nothing to %s", name, f.Do)
		}
	}
	for _, name := range d.needs {
		if _, ok := given[name]; !ok {
			return fmt.Errorf("%s needs %s", f.Do, name)
		}
	}
	if min(f.After, f.Times, f.Calls, f.Only) < 0 || (f.Calls > 0) != (f.Per > 0) {
		return errors.New("after, times, calls and only are 0 or more, and calls goes with per")
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("status %d is not 200 to 599", f.Status)
	}
	return nil
}

// strictly reads JSON; a field that is not known is an error that names it.
func strictly(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("there is more after the end")
	}
	return nil
}
