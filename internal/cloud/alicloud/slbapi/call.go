package slbapi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/responses"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"

	// Keeps the SDK off standard output.
	_ "github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbapi/sdkquiet"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// operation is one call. Its request is new: the SDK's request objects must
// not be used twice.
type operation struct {
	request requests.AcsRequest
	group   string // the id it concerns, for the log
	size    int    // servers in it
	write   bool
	issues  bool // its answer holds keys and is never shown
	// accept reads a successful answer. Its error makes the call a failure:
	// a 200 that is not this call's answer says nothing.
	accept func(object) error
}

// unsure is the class of an operation whose outcome is not known.
func (op operation) unsure() membership.Class {
	if op.write {
		return membership.Unknown
	}
	return membership.Transient
}

// do makes one call, without retries but for one: keys that turn out to have
// expired are exchanged, and the call, of which nothing was done, is made
// again. Its error is a [*membership.Error].
func (c *Client) do(ctx context.Context, op operation) error {
	start := time.Now()
	requestID, err := c.attempt(ctx, op)
	c.logCall(ctx, op, time.Since(start), requestID, err)
	if err != nil {
		return err
	}
	return nil
}

// attempt is do without the log. Its error is typed so that it cannot be
// anything else; it returns the request id of an answer, failed or not.
func (c *Client) attempt(ctx context.Context, op operation) (string, *membership.Error) {
	keys, err := c.keys(ctx, op)
	if err != nil {
		return "", err
	}
	requestID, err := c.try(ctx, op, keys)
	if err == nil || !strings.EqualFold(err.Code, codeExpired) {
		return requestID, err
	}
	if temporary, ok := c.credentials.(interface{ expired(Keys) }); ok {
		temporary.expired(keys)
		if keys, err = c.keys(ctx, op); err != nil {
			return requestID, err
		}
		delete(op.request.GetQueryParams(), "SecurityToken") // the one thing that signing anew would not overwrite
		return c.try(ctx, op, keys)
	}
	return requestID, err
}

// codeExpired is how every product refuses a security token past its time.
const codeExpired = "InvalidSecurityToken.Expired"

// keys are those that a call is signed with.
func (c *Client) keys(ctx context.Context, op operation) (Keys, *membership.Error) {
	action := op.request.GetActionName()
	if err := ctx.Err(); err != nil {
		return Keys{}, notSent(action, err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, callTimeout, errNoAnswer)
	defer cancel()
	keys, err := c.credentials.Credentials(ctx)
	if err != nil {
		return Keys{}, credentialsError(action, err)
	}
	if keys.AccessKeyID == "" || keys.AccessKeySecret == "" {
		return Keys{}, &membership.Error{Class: membership.Denied, Action: action, Err: errors.New("the credentials hold no access key")}
	}
	return keys, nil
}

func notSent(action string, err error) *membership.Error {
	return &membership.Error{Class: membership.Transient, Action: action, Err: fmt.Errorf("not sent: %w", err)}
}

// try makes one call with the keys given.
func (c *Client) try(ctx context.Context, op operation, keys Keys) (string, *membership.Error) {
	if err := ctx.Err(); err != nil {
		return "", notSent(op.request.GetActionName(), err)
	}
	if err := membership.Turn(ctx); err != nil {
		return "", notSent(op.request.GetActionName(), err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, callTimeout, errNoAnswer)
	defer cancel()
	safe := newRedactor(keys)
	x := &exchange{ctx: ctx, base: c.transport}
	if err := c.send(x, keys, op.request); x.status == 0 || x.body == nil {
		return requestIDOf(x), c.noAnswer(ctx, x, op, safe, err)
	}
	return c.judge(x, op, safe)
}

// errNoAnswer is the cause of a call's own deadline.
var errNoAnswer = fmt.Errorf("no answer within %s: %w", callTimeout, context.DeadlineExceeded)

// send has the SDK build, sign and send a request through x. Its error counts
// only where x got no answer.
func (c *Client) send(x *exchange, keys Keys, request requests.AcsRequest) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the SDK panicked: %v", p)
		}
	}()
	cfg := sdk.NewConfig().WithUserAgent(c.userAgent).
		WithAutoRetry(false).WithMaxRetryTime(0).
		WithTimeout(2 * callTimeout) // not reached: x ends first
	cfg.Transport = x
	var cred any = credentials.NewStaticAKCredentialsProvider(keys.AccessKeyID, keys.AccessKeySecret)
	if keys.SecurityToken != "" {
		cred = credentials.NewStaticSTSCredentialsProvider(keys.AccessKeyID, keys.AccessKeySecret, keys.SecurityToken)
	}
	client, err := slb.NewClientWithOptions(c.region, cfg, cred)
	if err != nil {
		return fmt.Errorf("make the SDK's client: %w", err)
	}
	client.SetCloseTrace(true) // a trace would hold the signed URL
	// The proxies are the transport's affair. The SDK would read them from
	// the environment all the same, and refuse to send where an entry of
	// NO_PROXY is not a regular expression.
	client.SetNoProxy(unusedProxy)
	client.SetHttpProxy("http://" + unusedProxy)
	client.SetHttpsProxy("http://" + unusedProxy)
	request.SetScheme(c.endpoint.scheme)
	request.SetDomain(c.endpoint.host)
	// A common response is one that the SDK leaves unread.
	return client.DoAction(request, responses.NewCommonResponse())
}

const unusedProxy = "unused.invalid"

// noAnswer is the error of a call that ended without a whole answer.
func (c *Client) noAnswer(ctx context.Context, x *exchange, op operation, safe redactor, err error) *membership.Error {
	e := &membership.Error{
		Class: op.unsure(), Action: op.request.GetActionName(),
		Status: x.status, RequestID: requestIDOf(x), After: retryAfter(x.header),
	}
	switch {
	case err == nil:
		err = errors.New("the SDK returned without an answer")
	case x.status != 0 && !isTimeout(err):
		err = safe.err(err) // an answer that broke off
	case ctx.Err() != nil:
		if x.unsent() {
			e.Class = membership.Transient
		}
		if err = context.Cause(ctx); !errors.Is(err, errNoAnswer) && !errors.Is(err, errNoKeys) {
			err = fmt.Errorf("interrupted: %w", ctx.Err())
		}
	case !x.called:
		// The SDK itself refused: of no use to try again.
		e.Class, err = membership.Denied, safe.err(err)
	default:
		e.Class, err = classifySend(safe.err(err), x.unsent(), op.unsure())
	}
	e.Err = err
	return e
}

// judge reads a whole answer.
func (c *Client) judge(x *exchange, op operation, safe redactor) (string, *membership.Error) {
	e := &membership.Error{
		Action: op.request.GetActionName(), Status: x.status,
		RequestID: requestIDOf(x), After: retryAfter(x.header),
	}
	if x.status >= 200 && x.status < 300 {
		answer, err := parseObject(x.body)
		if err == nil {
			answer = unwrap(answer, e.Action)
			if id := answer.text("RequestId"); id != "" {
				e.RequestID = oneLine(safe.text(id), maxCode)
			}
			if code := answer.text("Code"); code != "" {
				err = fmt.Errorf("a success with the error code %q", code)
			} else {
				err = op.accept(answer)
			}
		}
		if err == nil {
			return e.RequestID, nil
		}
		e.Class = op.unsure()
		e.Message = "unusable answer: " + oneLine(safe.text(err.Error()), maxMessage)
		if errors.Is(err, errNoObject) && !op.issues {
			e.Message += snippet(x.body, safe)
		}
		return e.RequestID, e
	}
	f := parseFault(x.body)
	e.Class = classify(x.status, f, op.unsure())
	e.Code = oneLine(safe.text(f.Code), maxCode)
	e.Message = oneLine(safe.text(f.Message), maxMessage)
	if f.RequestID != "" {
		e.RequestID = oneLine(safe.text(f.RequestID), maxCode)
	}
	if e.Code == "" && e.Message == "" {
		e.Message = "not an answer of " + c.service + "'s" + snippet(x.body, safe)
		if x.status >= 300 && x.status < 400 {
			e.Message = "the endpoint answered with a redirect, which is not followed: is it right?"
		}
	}
	return e.RequestID, e
}

// snippet is the beginning of an answer that is not the vendor's.
func snippet(body []byte, safe redactor) string {
	s := oneLine(safe.text(plain(string(body))), maxSnippet)
	if s == "" {
		return " (empty)"
	}
	return ": " + s
}

// requestIDOf is the request id in an answer's header.
func requestIDOf(x *exchange) string {
	return oneLine(x.header.Get("x-acs-request-id"), maxCode)
}

// credentialsError is the error of a call that got no keys: that of the call
// for keys where it was classified.
func credentialsError(action string, err error) *membership.Error {
	if own, ok := errors.AsType[*membership.Error](err); ok {
		return own
	}
	e := &membership.Error{Class: membership.Denied, Action: action, Err: fmt.Errorf("get credentials: %w", err)}
	if isTimeout(err) {
		e.Class = membership.Transient
	}
	return e
}
