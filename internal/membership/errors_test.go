package membership

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// vendorsAnswer is a vendor's answer of every part.
func vendorsAnswer() *Error {
	return &Error{
		Class: Busy, Action: "CreateMember", Status: 409, Code: "ELB.8907", Message: "data conflict", RequestID: "req-1",
	}
}

// The errors that speak of another one say each of its parts once, and what is
// the vendor's is theirs for callers that ask for it.
func TestAnErrorInDoubtSaysEachPartOfItsCauseOnce(t *testing.T) {
	t.Parallel()
	noMessage, noAnswer := vendorsAnswer(), &Error{Class: Unknown, Action: "CreateMember", Err: errors.New("connection reset")}
	noMessage.Message = ""
	const sent = "the change was sent, but whether it took effect could not be found out"
	const added = "the member was added, but its weight, name or zone could not be set as asked for"
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"in doubt":        {inDoubt(vendorsAnswer()), "CreateMember: ELB.8907: " + sent + ": data conflict (HTTP 409, request id req-1)"},
		"half done":       {halfDone(vendorsAnswer()), "CreateMember: ELB.8907: " + added + ": data conflict (HTTP 409, request id req-1)"},
		"a code alone":    {inDoubt(noMessage), "CreateMember: ELB.8907: " + sent + " (HTTP 409, request id req-1)"},
		"no answer":       {inDoubt(noAnswer), "CreateMember: " + sent + ": connection reset"},
		"a class alone":   {inDoubt(&Error{Class: Busy, Action: "CreateMember"}), "CreateMember: " + sent + ": busy"},
		"not a vendor's":  {inDoubt(context.Canceled), sent + ": the run was interrupted"},
		"of a batch":      {inDoubt(ItemErrors{nil, vendorsAnswer()}), "CreateMember: ELB.8907: " + sent + ": data conflict (HTTP 409, request id req-1)"},
		"wrapped":         {inDoubt(fmt.Errorf("look: %w", vendorsAnswer())), "CreateMember: ELB.8907: " + sent + ": look: data conflict (HTTP 409, request id req-1)"},
		"in doubt, twice": {halfDone(inDoubt(vendorsAnswer())), "CreateMember: ELB.8907: " + added + ": " + sent + ": data conflict (HTTP 409, request id req-1)"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, tt.want)
		}
		if !Is(tt.err, Unknown) {
			t.Errorf("%s: class %s", name, ClassOf(tt.err))
		}
	}
	e, ok := errors.AsType[*Error](inDoubt(fmt.Errorf("look: %w", vendorsAnswer())))
	if !ok || e.Action != "CreateMember" || e.Status != 409 || e.Code != "ELB.8907" || e.RequestID != "req-1" {
		t.Errorf("the vendor's parts are lost: %+v", e)
	}
	if cause := vendorsAnswer(); !errors.Is(inDoubt(cause), cause) {
		t.Error("the cause is lost")
	}
}

func TestAnErrorOfNothingSentSaysEachPartOfItsCauseOnce(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	if err := vendorsAnswer(); !errors.Is(notSent(ctx, 1, err), err) || notSent(ctx, 1, err).Error() != err.Error() {
		t.Error("a caller that is still there does not get the cause itself")
	}
	gone := errors.New("the caller left")
	cancel(gone)
	const first = "the caller left"
	for name, tt := range map[string]struct {
		tries int
		cause error
		want  string
	}{
		"no cause":        {0, nil, first},
		"the end itself":  {1, &Error{Class: Transient, Action: "CreateMember", Err: gone}, first},
		"said so already": {1, notSent(ctx, 1, vendorsAnswer()), first + "; the last answer was: " + vendorsAnswer().Error()},
		"a reading's end": {0, &Error{Class: Transient, Err: ctx.Err(), Message: first + "; the last answer was: down"}, first + "; the last answer was: down"},
		"an answer":       {1, vendorsAnswer(), first + "; the last answer was: " + vendorsAnswer().Error()},
		"many answers":    {7, vendorsAnswer(), first + "; the last answer (attempt 7) was: " + vendorsAnswer().Error()},
	} {
		got := notSent(ctx, tt.tries, tt.cause)
		if got.Error() != tt.want || !Is(got, NotSent) || strings.Count(got.Error(), "request id") > 1 {
			t.Errorf("%s:\n got %s\nwant %s", name, got, tt.want)
		}
	}
}

// A user reads why something ended, not what Go calls the end of a context.
func TestTheEndOfAContextIsToldInPlainWords(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		context.Canceled:                      "the run was interrupted",
		context.DeadlineExceeded:              "the time is over",
		errors.New("the timeout is over"):     "the timeout is over",
		fmt.Errorf("x: %w", context.Canceled): "x: context canceled", // somebody else's words stay
	} {
		if got := because(err); got != want {
			t.Errorf("%v is told as %q, want %q", err, got, want)
		}
	}
}
