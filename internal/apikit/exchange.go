package apikit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const (
	// CallTimeout bounds one HTTP call from dialling to the last byte.
	CallTimeout = 30 * time.Second

	// maxBody bounds an answer. The largest honest one, a page of 2,000 members,
	// is between one and two megabytes.
	maxBody = 8 << 20
)

var (
	errTooLarge  = fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)
	errSecondTry = errors.New("the SDK tried to send the request a second time")
)

// noAnswer is the end of a time limit that is not the caller's. It is no
// [context.DeadlineExceeded]: the caller's deadline has not passed.
type noAnswer time.Duration

func (d noAnswer) Error() string { return "no answer within " + time.Duration(d).String() }

// limited bounds a call in time.
func limited(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, noAnswer(limit))
}

// Exchange is the transport of an SDK's client for one call. It gives the
// request the caller's context, which no SDK knows; sends it once, so that no
// redirect takes a signed request to another host; reads the answer whole,
// within bounds and still under that context; and keeps it.
type Exchange struct {
	// Status is 0 where no answer began. Body is nil where it did not end.
	Status int
	Header http.Header
	Body   []byte

	ctx  context.Context
	base http.RoundTripper

	called    atomic.Bool // the SDK got as far as sending,
	asked     atomic.Bool // base asked for a connection, so that it can be traced,
	connected atomic.Bool // and got one: from here on bytes may have left
	err       error       // of base, or of reading the answer
}

// RoundTrip sends the SDK's request under the call's context and reads the
// whole answer.
func (x *Exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	if !x.called.CompareAndSwap(false, true) {
		return nil, errSecondTry
	}
	ctx := httptrace.WithClientTrace(x.ctx, &httptrace.ClientTrace{
		// net/http sends again by itself only what never left, so each request
		// for a connection starts afresh.
		GetConn: func(string) { x.asked.Store(true); x.connected.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { x.connected.Store(true) },
	})
	resp, err := x.base.RoundTrip(r.WithContext(ctx))
	if err != nil {
		x.err = err
		return nil, err
	}
	x.Status, x.Header = resp.StatusCode, resp.Header
	body, err := readAll(resp)
	if err != nil {
		x.err = err
		return nil, err
	}
	x.Body = body
	out := *resp
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return &out, nil
}

func readAll(resp *http.Response) ([]byte, error) {
	if resp.Body == nil {
		return []byte{}, nil
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(body) > maxBody {
		return nil, errTooLarge
	}
	return body, nil
}

// Answered tells whether a whole answer came, whatever it says.
func (x *Exchange) Answered() bool { return x.Status != 0 && x.Body != nil }

// Sent tells whether any of the request may have left this machine. A transport
// that reports no connections is judged by the kind of its error.
func (x *Exchange) Sent() bool {
	switch {
	case !x.called.Load():
		return false
	case x.asked.Load():
		return x.connected.Load()
	}
	return x.err == nil || !beforeSending(x.err)
}

// NoAnswer is the class and the error of a call that ended without a whole
// answer, with what is known to help. err is the SDK's, which counts only where
// the request did not get as far as the transport, or the transport panicked;
// unsure is the class of a call that may or may not have been carried out:
// Unknown for a write, Transient for a read. safe keeps secrets out of the error.
func (x *Exchange) NoAnswer(safe Redactor, err error, unsure membership.Class) (membership.Class, error) {
	class := unsure
	if !x.Sent() {
		class = membership.Transient
	}
	if err == nil {
		err = errors.New("the SDK returned without an answer")
	}
	switch ended := x.ctx.Err() != nil; {
	case ended:
	case !x.called.Load():
		return membership.Refused, fmt.Errorf("prepare the request: %w", safe.Err(err))
	case x.err == nil:
		return unsure, safe.Err(err)
	default:
		return judge(safe.Err(x.err), class)
	}
	if late, ok := errors.AsType[noAnswer](context.Cause(x.ctx)); ok {
		return class, late
	}
	return class, fmt.Errorf("given up waiting for the answer: %w", x.ctx.Err())
}

// NotSent is the error of a call that ctx ended before anything was sent.
func NotSent(ctx context.Context, action string) *membership.Error {
	return &membership.Error{Class: membership.Transient, Action: action, Err: fmt.Errorf("not sent: %w", ctx.Err())}
}

// Once makes one call of base's: it takes the call's turn, bounds it in time,
// and writes its log line. send hands the exchange to an SDK and reads what came
// of it: the request id of the answer, where there is one, and the failure.
func Once(ctx context.Context, base http.RoundTripper, line Line, send func(*Exchange) (requestID string, failed *membership.Error)) *membership.Error {
	if ctx.Err() != nil || membership.Turn(ctx) != nil {
		return NotSent(ctx, line.Operation)
	}
	start := time.Now()
	timed, cancel := limited(ctx, CallTimeout)
	defer cancel()
	x := &Exchange{ctx: timed, base: base}
	requestID, failed := send(x)
	line.write(ctx, x, time.Since(start), requestID, failed)
	return failed
}

// Ask makes one request that no SDK and no key signs, of a service that is no
// cloud's API, and expects status 200; action says in errors what it is for.
// They hold nothing of the answer, which may be keys.
func Ask(ctx context.Context, base http.RoundTripper, action string, r *http.Request, within time.Duration) (*Exchange, error) {
	ctx, cancel := limited(ctx, within)
	defer cancel()
	x := &Exchange{ctx: ctx, base: base}
	resp, err := x.RoundTrip(r)
	if err == nil {
		_ = resp.Body.Close() // what it holds is in x
	}
	e := &membership.Error{Action: action, Status: x.Status, After: RetryAfter(x.Header)}
	switch {
	case err != nil:
		e.Class, e.Err = x.NoAnswer(Redactor{}, err, membership.Transient)
	case x.Status == http.StatusOK:
		return x, nil
	default:
		e.Class, e.Message = membership.Denied, "not the answer to expect of "+r.URL.Host
		if x.Status >= 500 || x.Status == http.StatusTooManyRequests || x.Status == http.StatusRequestTimeout {
			e.Class = membership.Transient
		}
	}
	return nil, e
}
