package apikit

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

type credentialsFunc func(context.Context) (pair, error)

func (f credentialsFunc) Credentials(ctx context.Context) (pair, error) { return f(ctx) }

func TestCredentialsThatFail(t *testing.T) {
	t.Parallel()
	throttled := &membership.Error{Class: membership.Throttled, Action: "AssumeRole", Code: "Throttling", After: time.Second}
	never := func(context.Context, pair) *membership.Error { t.Error("a call was made"); return nil }
	for name, tt := range map[string]struct {
		keys   pair
		err    error
		class  membership.Class
		action string
	}{
		"broken":     {pair{}, errors.New("no profile"), membership.Denied, "Do"},
		"classified": {pair{}, throttled, membership.Throttled, "AssumeRole"},
		"slow":       {pair{}, context.DeadlineExceeded, membership.Transient, "Do"},
		"empty":      {pair{}, nil, membership.Denied, "Do"},
		"half":       {pair{id: "x"}, nil, membership.Denied, "Do"},
	} {
		creds := credentialsFunc(func(context.Context) (pair, error) { return tt.keys, tt.err })
		e := WithKeys[pair](t.Context(), creds, "Do", func(*membership.Error) bool { return true }, never)
		if e == nil || e.Class != tt.class || e.Action != tt.action {
			t.Errorf("%s: %v", name, e)
		}
	}
}

// changing gives other keys once its first have been called ended.
type changing struct{ asked, ended int }

func (c *changing) Credentials(context.Context) (pair, error) {
	c.asked++
	return pair{"id", map[bool]string{false: "old", true: "new"}[c.ended > 0]}, nil
}

func (c *changing) Ended(pair) bool { c.ended++; return c.ended == 1 }

func TestKeysThatHaveEndedAreExchangedOnce(t *testing.T) {
	t.Parallel()
	refused := &membership.Error{Class: membership.Denied, Code: "Expired"}
	expired := func(e *membership.Error) bool { return e.Code == "Expired" }
	for name, tt := range map[string]struct {
		answers []*membership.Error
		want    *membership.Error
	}{
		"good":             {[]*membership.Error{nil}, nil},
		"ended, then good": {[]*membership.Error{refused, nil}, nil},
		"always ended":     {[]*membership.Error{refused, refused}, refused},
		"another refusal":  {[]*membership.Error{{Code: "Other"}}, &membership.Error{Code: "Other"}},
	} {
		creds, calls := &changing{}, 0
		got := WithKeys[pair](t.Context(), creds, "Do", expired, func(_ context.Context, k pair) *membership.Error {
			calls++
			if want := map[int]string{1: "old", 2: "new"}[calls]; k.secret != want {
				t.Errorf("%s: call %d has the keys %q", name, calls, k.secret)
			}
			return tt.answers[min(calls, len(tt.answers))-1]
		})
		if calls != len(tt.answers) || (got == nil) != (tt.want == nil) || got != nil && got.Code != tt.want.Code {
			t.Errorf("%s: %v after %d calls", name, got, calls)
		}
	}
}
