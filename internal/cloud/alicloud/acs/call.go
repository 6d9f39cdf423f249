package acs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/responses"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	// Keeps the SDK off standard output.
	_ "github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs/sdkquiet"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Call is one call.
type Call struct {
	// Request is the SDK's, of one of its products or of [NewRequest], and new:
	// the SDK's request objects must not be used twice.
	Request requests.AcsRequest
	Group   string   // the id that it concerns, for the log
	Members []string // in a write, as [membership.LogNames] has them
	Write   bool
	Issues  bool // its answer holds keys and is never shown
	// Accept reads a successful answer. Its error makes the call a failure:
	// a 200 that is not this call's answer says nothing.
	Accept func(Object) error
}

// NewRequest is a request of an API that the SDK has no package for, with its
// parameters in the body, which has no limit of length: product and version are
// those of the API, such as "Sts" and "2015-04-01".
func NewRequest(product, version, action string, form map[string]string) requests.AcsRequest {
	r := requests.NewCommonRequest()
	r.Method, r.Product, r.Version, r.ApiName = requests.POST, product, version, action
	r.TransToAcsRequest()
	maps.Copy(r.FormParams, form)
	return r
}

// unsure is the class of a call whose outcome is not known.
func (call Call) unsure() membership.Class {
	if call.Write {
		return membership.Unknown
	}
	return membership.Transient
}

func (c *Client) line(call Call) apikit.Line {
	return apikit.Line{Service: c.Service, Operation: call.Request.GetActionName(), Group: call.Group, Members: call.Members,
		Region: c.Region, Host: c.Endpoint.Host}
}

// Do makes one call, without retries but for one: keys that turn out to have
// ended are exchanged, and the call, of which nothing was done, is made again.
// Its error is a [*membership.Error].
func (c *Client) Do(ctx context.Context, call Call) error {
	ctx = apikit.WithLog(ctx, strings.ToLower(c.Service))
	failed := apikit.WithKeys(ctx, c.Credentials, call.Request.GetActionName(), ended, func(ctx context.Context, keys Keys) *membership.Error {
		delete(call.Request.GetQueryParams(), "SecurityToken") // the one thing that signing anew would not overwrite
		return c.once(ctx, call, apikit.NewRedactor(keys.Secrets()...), func(x *apikit.Exchange) error {
			return c.send(x, keys, call.Request)
		})
	})
	if failed != nil {
		return failed
	}
	return nil
}

// ended is how every product refuses a security token past its time.
func ended(e *membership.Error) bool {
	return strings.EqualFold(e.Code, "InvalidSecurityToken.Expired")
}

// Unsigned makes a call that no key signs, which the SDK cannot. secrets are
// those in its parameters. Its error is a [*membership.Error].
func (c *Client) Unsigned(ctx context.Context, call Call, secrets ...string) error {
	failed := c.once(ctx, call, apikit.NewRedactor(secrets...), func(x *apikit.Exchange) error {
		form := url.Values{}
		for name, v := range call.Request.GetFormParams() {
			form.Set(name, v)
		}
		query := url.Values{
			"Action": {call.Request.GetActionName()}, "Version": {call.Request.GetVersion()}, "Format": {"JSON"},
			"Timestamp": {time.Now().UTC().Format("2006-01-02T15:04:05Z")},
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Endpoint.String()+"/?"+query.Encode(), strings.NewReader(form.Encode()))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept-Encoding", "identity")
		r.Header.Set("User-Agent", c.UserAgent)
		resp, err := x.RoundTrip(r)
		if err == nil {
			_ = resp.Body.Close() // what it holds is in x
		}
		return err
	})
	if failed != nil {
		return failed
	}
	return nil
}

// once makes one call through send, whose error counts only where there was no
// answer.
func (c *Client) once(ctx context.Context, call Call, safe apikit.Redactor, send func(*apikit.Exchange) error) *membership.Error {
	return apikit.Once(ctx, c.Transport, c.line(call), func(x *apikit.Exchange) (string, *membership.Error) {
		if err := send(x); !x.Answered() {
			e := c.failure(x, call)
			e.Class, e.Err = x.NoAnswer(safe, err, call.unsure())
			return e.RequestID, e
		}
		return c.judge(x, call, safe)
	})
}

// failure is what an error has in any case.
func (c *Client) failure(x *apikit.Exchange, call Call) *membership.Error {
	return &membership.Error{
		Action: call.Request.GetActionName(), Status: x.Status, After: apikit.RetryAfter(x.Header),
		RequestID: apikit.Redactor{}.Line(x.Header.Get("x-acs-request-id"), apikit.MaxCode),
	}
}

// send has the SDK build, sign and send a request through x.
func (c *Client) send(x *apikit.Exchange, keys Keys, request requests.AcsRequest) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the SDK panicked: %v", p)
		}
	}()
	cfg := sdk.NewConfig().WithUserAgent(c.UserAgent).
		WithAutoRetry(false).WithMaxRetryTime(0).
		WithTimeout(2 * apikit.CallTimeout) // not reached: x ends first
	cfg.Transport = x
	var cred any = credentials.NewStaticAKCredentialsProvider(keys.AccessKeyID, keys.AccessKeySecret)
	if keys.SecurityToken != "" {
		cred = credentials.NewStaticSTSCredentialsProvider(keys.AccessKeyID, keys.AccessKeySecret, keys.SecurityToken)
	}
	client, err := sdk.NewClientWithOptions(c.Region, cfg, cred)
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
	request.SetScheme(c.Endpoint.Scheme)
	request.SetDomain(c.Endpoint.Host)
	// A common response is one that the SDK leaves unread.
	return client.DoAction(request, responses.NewCommonResponse())
}

const unusedProxy = "unused.invalid"

// judge reads a whole answer: its request id, and the failure that it is.
func (c *Client) judge(x *apikit.Exchange, call Call, safe apikit.Redactor) (string, *membership.Error) {
	e := c.failure(x, call)
	if x.Status >= 200 && x.Status < 300 {
		answer, err := ParseObject(x.Body)
		if err == nil {
			answer = answer.unwrap(e.Action)
			if id := answer.Text("RequestId"); id != "" {
				e.RequestID = safe.Line(id, apikit.MaxCode)
			}
			if answer.Flag("Success") == no {
				return c.fail(e, call, failedInside(answer), safe, x.Body)
			}
			if code := answer.Text("Code"); code != "" && answer.Flag("Success") != yes {
				err = fmt.Errorf("a success with the error code %q", code)
			} else {
				err = call.Accept(answer)
			}
		}
		if err == nil {
			return e.RequestID, nil
		}
		e.Class = call.unsure()
		e.Message = "unusable answer: " + safe.Line(err.Error(), apikit.MaxMessage)
		if errors.Is(err, errNoObject) && !call.Issues {
			e.Message += page(x.Body, safe)
		}
		return e.RequestID, e
	}
	return c.fail(e, call, ParseFault(x.Body), safe, x.Body)
}

// failedInside is the fault of an answer that came as a success and says that it
// is none.
func failedInside(answer Object) Fault {
	f := Fault{Code: answer.Text("Code"), Message: answer.Text("Message")}
	f.Status, _ = answer.Number("HttpStatusCode", 0)
	if f.Status < 400 {
		f.Status = http.StatusBadRequest
	}
	return f
}

// fail completes the error of an answer by what the vendor says in it.
func (c *Client) fail(e *membership.Error, call Call, f Fault, safe apikit.Redactor, body []byte) (string, *membership.Error) {
	e.Status = cmp.Or(f.Status, e.Status)
	e.Class = c.Classify(e.Status, f, call.unsure())
	e.Code = safe.Line(f.Code, apikit.MaxCode)
	e.Message = safe.Line(f.Message, apikit.MaxMessage)
	if f.RequestID != "" {
		e.RequestID = safe.Line(f.RequestID, apikit.MaxCode)
	}
	if e.Code == "" && e.Message == "" {
		e.Message = "not an answer of " + c.Service + "'s" + page(body, safe)
		if e.Status >= 300 && e.Status < 400 {
			e.Message = "the endpoint answered with a redirect, which is not followed: is it right?"
		}
	}
	return e.RequestID, e
}

// page is the beginning of an answer that is not the vendor's.
func page(body []byte, safe apikit.Redactor) string {
	if s := safe.Page(body); s != "" {
		return ": " + s
	}
	return " (empty)"
}
