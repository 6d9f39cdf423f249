package membership

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Class is what an error means for what to do next.
type Class int

// The classes of error. An adapter gives each vendor code exactly one.
const (
	// Refused: the vendor will not do it, now or later. In a batch it may be
	// the fault of a single item.
	Refused Class = iota
	// Denied: credentials, permission, region or endpoint are wrong; no item
	// of any batch can succeed, and it says nothing about what exists.
	Denied
	// Busy: another change holds the lock; nothing was done, ask again soon.
	Busy
	// Throttled: too many requests; nothing was done, ask again more slowly.
	Throttled
	// Transient: nothing was done, for a reason that passes.
	Transient
	// Unknown: a write may or may not have been carried out (connection lost,
	// timeout, 5xx, unreadable answer). Read before sending again.
	Unknown
	// NotFound: the vendor's own code says that the group, or the load
	// balancer it belongs to, does not exist.
	NotFound
	// MemberNotFound: the vendor's own code says that a member, or the server
	// behind it, does not exist.
	MemberNotFound
	// AlreadyExists: the member to add is in the group.
	AlreadyExists
	// Quota: the group is full.
	Quota
	// NotSent: the caller gave up before anything was sent for its member;
	// nothing was done.
	NotSent
	// NotHealthy: the member is in the group, but did not pass its health
	// check in time.
	NotHealthy
	// Gone: the member was put in, and somebody else has taken it out since.
	Gone
)

var classNames = [...]string{
	Refused: "refused", Denied: "denied", Busy: "busy", Throttled: "throttled",
	Transient: "transient", Unknown: "unknown outcome", NotFound: "not found",
	MemberNotFound: "member not found", AlreadyExists: "already exists", Quota: "quota exceeded",
	NotSent: "not sent", NotHealthy: "not healthy", Gone: "gone",
}

func (c Class) String() string {
	if c < 0 || int(c) >= len(classNames) {
		return fmt.Sprintf("class %d", int(c))
	}
	return classNames[c]
}

// Error is a vendor's answer that is not success, or the lack of an answer.
type Error struct {
	Class     Class
	Action    string        // the vendor's action, such as "RemoveBackendServers"
	Status    int           // HTTP status; 0 without an answer
	Code      string        // the vendor's error code, as it came
	Message   string        // the vendor's message
	RequestID string        // the vendor's request id
	After     time.Duration // how long the vendor asks to wait (Retry-After); 0 when it does not say
	Err       error         // the cause, where there was no answer
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.Action != "" {
		b.WriteString(e.Action + ": ")
	}
	switch {
	case e.Code != "" && e.Message != "":
		fmt.Fprintf(&b, "%s: %s", e.Code, e.Message)
	default:
		b.WriteString(e.Code + e.text())
	}
	var notes []string
	if e.Status != 0 {
		notes = append(notes, fmt.Sprintf("HTTP %d", e.Status))
	}
	if e.RequestID != "" {
		notes = append(notes, "request id "+e.RequestID)
	}
	if len(notes) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(notes, ", "))
	}
	return b.String()
}

// text is what the error says apart from its action, code, status and request
// id; empty where the code is all there is.
func (e *Error) text() string {
	switch {
	case e.Code != "" || e.Message != "":
		return e.Message
	case e.Err != nil:
		return e.Err.Error()
	}
	return e.Class.String()
}

func (e *Error) Unwrap() error { return e.Err }

// ClassOf is the class of an error. An error that no adapter classified is
// Unknown: the one class that promises nothing.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Unknown
}

// Is tells whether an error has a class; a nil error has none.
func Is(err error, c Class) bool { return err != nil && ClassOf(err) == c }

// maxRetryAfter bounds what a vendor may ask for; a longer wait would outlast
// the caller's patience without saying why.
const maxRetryAfter = time.Minute

func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return min(e.After, maxRetryAfter)
	}
	return 0
}

// notSent is the error of a caller for whom nothing was sent: cause, unless
// the caller gave up, which is then said first.
func notSent(ctx context.Context, cause error) error {
	if ctx.Err() == nil {
		return cause
	}
	e := &Error{Class: NotSent, Err: context.Cause(ctx)}
	if Is(cause, NotSent) && errors.Is(cause, e.Err) {
		return cause // it says so already
	}
	e.Message = "gave up before the change was sent: " + e.Err.Error()
	if cause != nil && !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) && !errors.Is(cause, e.Err) {
		e.Message += "; the last answer was: " + cause.Error()
	}
	return e
}

// inDoubt is the error of a caller whose change may or may not be in effect.
func inDoubt(cause error) error {
	return unknown("the change was sent, but whether it took effect could not be found out", cause)
}

// halfDone is the error of a caller whose member was added, but not as asked
// for. It is of class Unknown because others say that the member is not there.
func halfDone(cause error) error {
	return unknown("the member was added, but its weight, name or zone could not be set as asked for", cause)
}

// unknown has the vendor's action, code, status and request id of its cause as
// its own. Its text says each once, so its message repeats only the rest of
// the cause.
func unknown(message string, cause error) error {
	e := &Error{Class: Unknown, Message: message, Err: cause}
	if cause == nil {
		return e
	}
	why := cause.Error()
	if v, ok := errors.AsType[*Error](cause); ok {
		e.Action, e.Status, e.Code, e.RequestID = v.Action, v.Status, v.Code, v.RequestID
		why = strings.Replace(why, v.Error(), v.text(), 1)
	}
	if why != "" {
		e.Message += ": " + why
	}
	return e
}
