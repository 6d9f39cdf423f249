// Package fakecloud is what the simulated clouds share: an HTTP front, a
// request log, scripted faults, per-lock serialisation and latency. It knows
// no vendor; a vendor's wire format, state and rules live in a [Cloud].
package fakecloud

import (
	"net/http"
	"slices"
	"time"
)

// Call is one request on its way through a [Server]. Parse fills in what the
// cloud knows of it; faults may set the fields under "Set by faults".
type Call struct {
	HTTP *http.Request
	Body []byte // the whole request body; HTTP.Body is already drained

	// Set by Cloud.Parse.
	Op    string // the vendor's action name, such as "AddBackendServers"
	Write bool   // whether it changes state
	Lock  string // what a write locks at the vendor's, and what turns a read away while it is locked; "" nothing
	Group string // the member group it concerns, for the log
	Items int    // members named in the request
	// Members are those that a write names, as the cloud calls what it holds.
	Members []string
	Detail  string // canonical text of the interesting parameters, for the log
	Parsed  any    // the cloud's own decoded request

	// Busy is set by Cloud.Execute where another write that goes on after its
	// answer turns this one away.
	Busy bool

	// Set by faults.
	Stale bool          // a read answers with the state as it was before the last write
	Only  int           // > 0: a batch write carries out its first Only items alone
	Delay time.Duration // how much longer it takes
	Job   Job           // of a write that goes on after its answer
}

// Job is what becomes of what a write has begun, at a vendor where that goes on
// after the answer.
type Job struct {
	Fails         bool
	Code, Message string        // why it fails
	Delay         time.Duration // how much longer it takes
	Drain         time.Duration // how long the members that it removes drain; 0: as their group has it
}

// Names tells whether a write names a member (see [Health] for how it is called).
func (c *Call) Names(member string) bool {
	return slices.ContainsFunc(c.Members, func(m string) bool { return covers(member, m) })
}

// Reply is a response. Code is the vendor's error code, for the log.
type Reply struct {
	Status      int
	ContentType string
	Header      http.Header
	Body        []byte
	Code        string
}

// Cloud is one vendor's API: wire format, state and rules. The server calls
// its methods from many goroutines at once; Execute of two writes with one
// Lock never overlaps.
type Cloud interface {
	// Parse identifies the call and checks all that needs no state: known
	// action, parameters, types, signature. A non-nil reply refuses it.
	Parse(*Call) *Reply
	// Execute carries the call out.
	Execute(*Call) Reply
	// Busy is the answer to a call whose lock is held by another write; false
	// makes a write wait for the lock instead, and lets a read pass.
	Busy(*Call) (Reply, bool)
	// Error is an error in the vendor's wire format.
	Error(c *Call, status int, code, message string) Reply
	// Throttled is the vendor's answer to too many requests.
	Throttled(*Call) Reply
	// State is what the cloud holds, for the admin page: plain JSON.
	State() any
}

// Latency is how long calls take, and how long a write keeps its lock after
// its answer was sent (a "previous configuration is pending" window).
type Latency struct {
	Read, Write, LockTail time.Duration
	// Job is how long what a write has begun goes on after its answer, at a
	// vendor where it does; 0 is the simulation's usual time, which is none for a
	// [Stage].
	Job time.Duration
}
