package membership

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Class is what a vendor's answer, or the lack of one, means for what to do
// next. An adapter gives each vendor code exactly one; what the engine does
// about each is said in [conducts].
type Class int

// The classes of error.
const (
	// Unknown: a write may or may not have been carried out (connection lost,
	// timeout, 5xx, unreadable answer). Read before sending again. It is the
	// zero value, because it is the one class that promises nothing.
	Unknown Class = iota
	// Refused: the vendor will not do it, now or later. In a batch it may be
	// the fault of a single item.
	Refused
	// Denied: credentials, permission, region or endpoint are wrong; no item
	// of any batch can succeed, and it says nothing about what exists.
	Denied
	// Busy: another change holds the lock; nothing was done, ask again soon.
	Busy
	// Throttled: too many requests; nothing was done, ask again more slowly.
	Throttled
	// Transient: nothing was done, for a reason that passes.
	Transient
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

	classes // their number
)

var classNames = [classes]string{
	Unknown: "unknown outcome", Refused: "refused", Denied: "denied", Busy: "busy", Throttled: "throttled",
	Transient: "transient", NotFound: "not found",
	MemberNotFound: "member not found", AlreadyExists: "already exists", Quota: "quota exceeded",
}

func (c Class) String() string {
	if c < 0 || c >= classes {
		return fmt.Sprintf("class %d", int(c))
	}
	return classNames[c]
}

// Finding is what the engine has found out of a caller's member that is no
// success, and that no vendor's code says.
type Finding int

// The findings; zero is none.
const (
	// NotSent: nothing was sent for the member, or nothing that could have had
	// an effect, before the caller gave up; nothing was done.
	NotSent Finding = iota + 1
	// NotHealthy: the member is in the group, but did not pass its health
	// check in time.
	NotHealthy
	// NotChanged: the member was in the group before and has been taken over,
	// but could not be brought to the weight, name or zone asked for.
	NotChanged
	// Gone: the member was in the group, and somebody else has taken it out
	// while its health was waited for.
	Gone
	// Occupied: the member was to move to a port that another member of its
	// address has, and keeps.
	Occupied
	// Draining: the member is out and gets no new requests, but the vendor still
	// lists it, because it lets the member end what it has begun.
	Draining

	findings // one more than their number
)

var findingNames = [findings]string{
	NotSent: "not sent", NotHealthy: "not healthy", NotChanged: "not changed", Gone: "gone",
	Occupied: "occupied", Draining: "draining",
}

func (f Finding) String() string {
	if f <= 0 || f >= findings {
		return fmt.Sprintf("finding %d", int(f))
	}
	return findingNames[f]
}

// Meaning is what an error means to a caller: a [Class], or the engine's own
// [Finding].
type Meaning interface {
	fmt.Stringer
	meaning()
}

func (Class) meaning()   {}
func (Finding) meaning() {}

// Error is a vendor's answer that is not success, or the lack of an answer.
type Error struct {
	Class     Class
	Finding   Finding       // the engine's own; it stands before the class
	Action    string        // the vendor's action, such as "RemoveBackendServers"
	Status    int           // HTTP status; 0 without an answer
	Code      string        // the vendor's error code, as it came
	Message   string        // the vendor's message
	RequestID string        // the vendor's request id
	After     time.Duration // how long the vendor asks to wait (Retry-After); 0 when it does not say
	Err       error         // the cause, where there was no answer
	// Partly: the vendor had begun, and what it says ended it, so that some of
	// what was asked for may be done. Nothing more will be.
	Partly bool
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
	case e.Finding != 0:
		return e.Finding.String()
	}
	return e.Class.String()
}

func (e *Error) Unwrap() error { return e.Err }

// ClassOf is the class of an error. An error that no adapter classified is
// Unknown. Where the engine has a finding, the class is that of the vendor's
// answer behind it, and [MeaningOf] tells both apart.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Unknown
}

// MeaningOf is the engine's finding where an error has one, and its class
// otherwise.
func MeaningOf(err error) Meaning {
	if e, ok := errors.AsType[*Error](err); ok && e.Finding != 0 {
		return e.Finding
	}
	return ClassOf(err)
}

// Is tells whether an error has a meaning; a nil error has none.
func Is(err error, m Meaning) bool { return err != nil && MeaningOf(err) == m }

// maxRetryAfter bounds what a vendor may ask for; a longer wait would outlast
// the caller's patience without saying why.
const maxRetryAfter = 2 * time.Minute

func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return min(e.After, maxRetryAfter)
	}
	return 0
}

// because says an error in words of the user's: what Go calls the end of a
// context is a time that is over, or a run that was interrupted.
func because(err error) string {
	switch {
	case errors.Is(err, context.Canceled) && err.Error() == context.Canceled.Error():
		return "the run was interrupted"
	case errors.Is(err, context.DeadlineExceeded) && err.Error() == context.DeadlineExceeded.Error():
		return "the time is over"
	}
	return err.Error()
}

// notSent is the error of a caller for whom nothing was sent: cause, which the
// last of some tries ended with, unless the caller gave up, which is then said
// first.
func notSent(ctx context.Context, tries int, cause error) error {
	if ctx.Err() == nil {
		return cause
	}
	e := &Error{Finding: NotSent, Class: Transient, Err: context.Cause(ctx)}
	if Is(cause, NotSent) && errors.Is(cause, e.Err) {
		return cause // it says so already
	}
	e.Message = because(e.Err)
	switch own := errors.Is(cause, e.Err) || errors.Is(cause, ctx.Err()); {
	case cause != nil && !own:
		e.Message = ended(e.Err, tries, cause)
	case own: // it may know of a last answer
		if v, ok := errors.AsType[*Error](cause); ok && v.Action == "" && v.Message != "" {
			e.Message = v.Message
		}
	}
	return e
}

// ended says why nothing more is tried, and what the vendor said at last, to
// which attempt.
func ended(why error, tries int, last error) string {
	attempt := ""
	if tries > 1 {
		attempt = fmt.Sprintf(" (attempt %d)", tries)
	}
	return because(why) + "; the last answer" + attempt + " was: " + last.Error()
}

// unread is the error of a caller for whom nothing was sent, because the group
// could not be read before: nothing is in doubt.
func unread(cause error) error {
	e := &Error{Err: cause, Message: cause.Error()}
	if v, ok := errors.AsType[*Error](cause); ok {
		*e = *v
	}
	e.Class = Transient
	return e
}

// inDoubt is the error of a caller whose change may or may not be in effect.
func inDoubt(cause error) error {
	return unknown("the change was sent, but whether it took effect could not be found out", cause)
}

// halfDone is the error of a caller whose member was added, but not as asked
// for. Its class is Unknown, for a caller that hears anything else may take the
// member not to be there.
func halfDone(cause error) error {
	return unknown("the member was added, but its weight, name or zone could not be set as asked for", cause)
}

// notChanged is the error of a caller who has taken a member over that was in
// the group, and for whom it could not be changed.
func notChanged(cause error) error {
	e := unknown("the member was in the group and has been taken over, but its weight, name or zone could not be set as asked for", cause)
	e.Finding = NotChanged
	return e
}

// unknown has the vendor's action, code, status and request id of its cause as
// its own. Its text says each once, so its message repeats only the rest of
// the cause.
func unknown(message string, cause error) *Error {
	e := &Error{Class: Unknown, Message: message, Err: cause}
	if cause == nil {
		return e
	}
	why := because(cause)
	if v, ok := errors.AsType[*Error](cause); ok {
		e.Action, e.Status, e.Code, e.RequestID = v.Action, v.Status, v.Code, v.RequestID
		why = strings.Replace(why, v.Error(), v.text(), 1)
	}
	if why != "" {
		e.Message += ": " + why
	}
	return e
}
