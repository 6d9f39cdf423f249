package elbapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/impl"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/response"
	elb "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// maxBody bounds an answer; the largest honest one, a page of 2000 members,
// is between one and two megabytes.
const maxBody = 8 << 20

var (
	errTooLarge   = errors.New("the answer is larger than 8 MiB")
	errNotSuccess = errors.New("the status is not 2xx")
	errSecondTry  = errors.New("the SDK tried to send the request a second time")
	errNoAnswer   = fmt.Errorf("no answer within %s", callTimeout)
)

// incomplete is an answer of success that lacks what it must have.
type incomplete string

func (e incomplete) Error() string { return "the answer has no " + string(e) }

// operation is one call as the log and the classification see it.
type operation struct {
	action  string   // the vendor's name of it
	write   bool     // whether it changes anything
	create  bool     // it is CreateMember
	login   bool     // it asks IAM for keys or a token
	pool    string   // the pool in its path
	project bool     // it is about the whole project: no pool is in its path
	members []string // ids of the members it names
	size    int      // members in it
	// saysPorts, where given, is set to whether the answer names the port of
	// any member: the SDK cannot tell none from 0.
	saysPorts *bool
}

// exchange is one HTTP call of the SDK's: it carries the context that the SDK
// does not know, sends the request once, and keeps what came back.
type exchange struct {
	op     operation
	ctx    context.Context
	base   http.RoundTripper
	keys   Keys
	hidden []string        // other secrets in the request
	parent context.Context // without the call's own timeout

	begun   atomic.Bool // RoundTrip was called
	asked   atomic.Bool // the transport asked for a connection, so it can be traced
	gotConn atomic.Bool // and got one: from here on bytes may have left

	// Of the answer, or the lack of it.
	status    int
	header    http.Header
	body      []byte
	err       error
	signature string
}

// RoundTrip sends the SDK's request under the call's context and reads the
// whole answer.
func (x *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	if !x.begun.CompareAndSwap(false, true) {
		return nil, errSecondTry
	}
	_, x.signature, _ = strings.Cut(r.Header.Get("Authorization"), "Signature=")
	ctx := httptrace.WithClientTrace(x.ctx, &httptrace.ClientTrace{
		// The transport sends again by itself only what never left, so each
		// request for a connection starts afresh.
		GetConn: func(string) { x.asked.Store(true); x.gotConn.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { x.gotConn.Store(true) },
	})
	resp, err := x.base.RoundTrip(r.WithContext(ctx))
	if err != nil {
		x.err = err
		return nil, err
	}
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	_ = resp.Body.Close()
	if err == nil && len(body) > maxBody {
		err = errTooLarge
	}
	x.status, x.header = resp.StatusCode, resp.Header
	if err != nil {
		x.err = fmt.Errorf("read the answer: %w", err)
		return nil, x.err
	}
	x.body = body
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// HandleError is the SDK's hook for answers that are no success. The SDK's own
// takes a redirect for success.
func (x *exchange) HandleError(*request.DefaultHttpRequest, *response.DefaultHttpResponse) error {
	if x.status < 200 || x.status > 299 {
		return errNotSuccess
	}
	return nil
}

// httpClient is the SDK's HTTP layer around this exchange. The user agent is
// always set: without one the SDK's builder makes up an id for the machine and
// stores it in ~/.huaweicloud.
func (x *exchange) httpClient(userAgent string) *impl.DefaultHttpClient {
	cfg := config.DefaultHttpConfig().WithUserAgent(userAgent).WithTimeout(0).WithHttpRoundTripper(x)
	return impl.NewDefaultHttpClient(cfg)
}

// run makes one call of the ELB API. send gets an SDK client that is good for
// that call alone; it returns incomplete where an answer of success lacks what
// it must have.
func run[T any](ctx context.Context, c *Client, op operation, send func(*elb.ElbClient) (T, error)) (T, error) {
	var zero T
	if !op.project {
		if err := checkID("pool", op.pool); err != nil {
			return zero, named(err, op.action)
		}
	}
	project, err := c.projectID(ctx)
	if err != nil {
		return zero, err
	}
	return exchangeOnce(ctx, c.sender, c.creds, op, func(x *exchange) (T, error) {
		sdk := core.NewHcHttpClient(x.httpClient(c.userAgent)).
			WithEndpoints([]string{c.elb}).WithCredential(x.keys.credential(project)).WithErrorHandler(x)
		return send(elb.NewElbClient(sdk))
	})
}

// exchangeOnce makes one call with the credentials of the moment. Temporary
// keys that the cloud takes for expired are renewed, and the call is made again
// with the new ones: whom it does not know, it does nothing for.
func exchangeOnce[T any](ctx context.Context, s sender, creds Credentials, op operation, send func(*exchange) (T, error)) (T, error) {
	var zero T
	if ctx.Err() != nil {
		return zero, unsent(ctx, op.action)
	}
	keys, err := keysOf(ctx, creds, op.action)
	if err != nil {
		return zero, err
	}
	v, err := exchangeWith(ctx, s, keys, nil, op, send)
	r, ok := creds.(*refreshing)
	if !ok || !expiredKeys(err) || !r.expired(keys) {
		return v, err
	}
	if keys, err = keysOf(ctx, creds, op.action); err != nil {
		return zero, err
	}
	return exchangeWith(ctx, s, keys, nil, op, send)
}

// expiredKeys tells whether a call may have failed because its keys or its
// token ended. No code says so of itself: APIGW.0301 is every refusal of a
// signature or a token, and APIGW.0307 asks for a new token.
func expiredKeys(err error) bool {
	e, ok := errors.AsType[*membership.Error](err)
	return ok && e.Class == membership.Denied && (e.Status == http.StatusUnauthorized || strings.HasSuffix(e.Code, ".0307"))
}

// exchangeWith makes one call through the SDK, bounds it in time, logs it and
// classifies its failure. hidden are secrets in the request besides its keys.
func exchangeWith[T any](ctx context.Context, s sender, keys Keys, hidden []string, op operation, send func(*exchange) (T, error)) (T, error) {
	var zero T
	if membership.Turn(ctx) != nil {
		return zero, unsent(ctx, op.action)
	}
	start := time.Now()
	timed, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	x := &exchange{op: op, ctx: timed, parent: ctx, base: s.transport, keys: keys, hidden: hidden}
	v, err := guard(x, send)
	var failed *membership.Error
	if err != nil {
		failed = x.failure(err)
	}
	x.log(time.Since(start), failed)
	if failed != nil {
		return zero, failed
	}
	if op.saysPorts != nil {
		*op.saysPorts = bytes.Contains(x.body, []byte(`"protocol_port"`))
	}
	return v, nil
}

// guard keeps a panic of the SDK's from taking the provider down, and refuses
// an answer of success that is not one JSON value: the SDK's decoder ignores
// what follows the first.
func guard[T any](x *exchange, send func(*exchange) (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the SDK failed on this call: %v", p)
		}
	}()
	v, err = send(x)
	if err == nil && len(x.body) > 0 && !json.Valid(x.body) {
		err = errors.New("the answer is not valid JSON")
	}
	return v, err
}

// keysOf asks for the credentials of the moment.
func keysOf(ctx context.Context, creds Credentials, action string) (Keys, error) {
	keys, err := creds.Credentials(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return Keys{}, unsent(ctx, action)
		}
		if e, ok := errors.AsType[*membership.Error](err); ok {
			return Keys{}, e
		}
		return Keys{}, &membership.Error{Class: membership.Denied, Action: action,
			Err: fmt.Errorf("get credentials: %w", err)}
	}
	for name, v := range map[string]string{"access key": keys.AccessKey, "secret key": keys.SecretKey} {
		if v == "" && keys.Token == "" {
			return Keys{}, &membership.Error{Class: membership.Denied, Action: action, Message: "the " + name + " is empty"}
		}
	}
	if strings.ContainsFunc(keys.AccessKey+keys.SecurityToken+keys.Token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return Keys{}, &membership.Error{Class: membership.Denied, Action: action,
			Message: "the access key, the security token or the token has a space, a line break or another character that no header can carry"}
	}
	return keys, nil
}

// named adds the action to an error that was made before it was known.
func named(err error, action string) error {
	if e, ok := errors.AsType[*membership.Error](err); ok {
		e.Action = action
	}
	return err
}

// unsent is the error of a call that ctx ended before anything was sent.
func unsent(ctx context.Context, action string) *membership.Error {
	return &membership.Error{Class: membership.Transient, Action: action,
		Err: fmt.Errorf("not sent: %w", ctx.Err())}
}
