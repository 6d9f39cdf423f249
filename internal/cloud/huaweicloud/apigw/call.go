package apigw

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/signer/algorithm"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/impl"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/response"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

var errNotSuccess = errors.New("the status is not 2xx")

// Incomplete is an answer of success that lacks what it must have.
type Incomplete string

func (e Incomplete) Error() string { return "the answer has no " + string(e) }

// Call is one call as the log and the classification see it.
type Call struct {
	Action  string   // the vendor's name of it
	Group   string   // the id in its path, for the log
	Members []string // in a write, as [membership.LogNames] has them
	Write   bool     // it changes something
	Login   bool     // it asks for keys or a token
	// Classify gives an answer that is no success its class. The code and the
	// message are empty where the body is not an error of the vendor's.
	Classify func(status int, code, message string) membership.Class
	// Unfound says what a 404 or 405 means that Classify does not take for the
	// lack of what is asked for; nil where WrongAddress is all there is to say.
	Unfound func(code string) string
}

// WrongAddress is what an answer means that does not know the path asked for.
const WrongAddress = "the endpoint or the region may be wrong"

func (c Call) unfound(code string) string {
	if c.Unfound == nil {
		return WrongAddress
	}
	return c.Unfound(code)
}

// unsure is the class of a call that may or may not have been carried out.
func (c Call) unsure() membership.Class {
	if c.Write {
		return membership.Unknown
	}
	return membership.Transient
}

// Exchange is one HTTP call of the SDK's.
type Exchange struct {
	*apikit.Exchange
	call      Call
	client    *Client
	keys      Keys
	secrets   []string // others in the request
	signature string
}

// RoundTrip sends the SDK's request.
func (x *Exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	_, x.signature, _ = strings.Cut(r.Header.Get("Authorization"), "Signature=")
	return x.Exchange.RoundTrip(r)
}

// HandleError is the SDK's hook for answers that are no success. The SDK's own
// takes a redirect for success.
func (x *Exchange) HandleError(*request.DefaultHttpRequest, *response.DefaultHttpResponse) error {
	if x.Status < 200 || x.Status > 299 {
		return errNotSuccess
	}
	return nil
}

// httpClient is the SDK's HTTP layer around this exchange. The user agent is
// always set: without one the SDK's builder makes up an id for the machine and
// stores it in ~/.huaweicloud.
func (x *Exchange) httpClient() *impl.DefaultHttpClient {
	cfg := config.DefaultHttpConfig().WithUserAgent(x.client.UserAgent).WithTimeout(0).WithHttpRoundTripper(x)
	return impl.NewDefaultHttpClient(cfg)
}

// SDK is a client of the SDK's for this exchange alone, for calls of a project.
func (x *Exchange) SDK(project string) *core.HcHttpClient {
	return core.NewHcHttpClient(x.httpClient()).WithEndpoints([]string{x.client.Endpoint.String()}).
		WithCredential(x.keys.credential(project)).WithErrorHandler(x)
}

// Send sends a request that is built by hand, for APIs that no package of the
// SDK is imported for, signed with the keys where there are any, and reads the
// answer's body into answer.
func (x *Exchange) Send(build func(*request.HttpRequestBuilder), answer any) error {
	client := x.httpClient()
	b := request.NewHttpRequestBuilder().WithEndpoint(x.client.Endpoint.String()).
		WithSigningAlgorithm(algorithm.HmacSHA256).AddHeaderParam("User-Agent", x.client.UserAgent)
	build(b)
	req := b.Build()
	if x.keys != (Keys{}) {
		var err error
		if req, err = x.keys.credential("").ProcessAuthRequest(client, req); err != nil {
			return err
		}
	}
	resp, err := client.SyncInvokeHttp(req)
	if err != nil {
		return err
	}
	if err := x.HandleError(req, resp); err != nil {
		return err
	}
	if json.Unmarshal(x.Body, answer) != nil {
		return errors.New("the answer is not the JSON expected")
	}
	return nil
}

// Do makes one call with the credentials of the moment. Temporary keys that the
// cloud takes for ended are renewed, and the call is made again with the new
// ones. send uses the exchange once, and returns Incomplete where an answer of
// success lacks what it must have. The error is a [*membership.Error].
func Do[T any](ctx context.Context, c *Client, creds Credentials, call Call, send func(*Exchange) (T, error)) (T, error) {
	ctx = apikit.WithLog(ctx, strings.ToLower(c.service))
	var v T
	failed := apikit.WithKeys(ctx, creds, call.Action, ended, func(ctx context.Context, keys Keys) (failed *membership.Error) {
		v, failed = once(ctx, c, call, keys, nil, send)
		return failed
	})
	if failed != nil {
		var zero T
		return zero, failed
	}
	return v, nil
}

// Unsigned makes a call that no key signs. secrets are those in its request. The
// error is a [*membership.Error].
func Unsigned[T any](ctx context.Context, c *Client, secrets []string, call Call, send func(*Exchange) (T, error)) (T, error) {
	v, failed := once(ctx, c, call, Keys{}, secrets, send)
	if failed != nil {
		var zero T
		return zero, failed
	}
	return v, nil
}

// ended tells whether a call may have failed because its keys or its token
// ended. No code says so of itself: APIGW.0301 is every refusal of a signature
// or a token, and APIGW.0307 asks for a new token.
func ended(e *membership.Error) bool {
	return e.Class == membership.Denied && (e.Status == http.StatusUnauthorized || strings.HasSuffix(e.Code, ".0307"))
}

func once[T any](ctx context.Context, c *Client, call Call, keys Keys, secrets []string, send func(*Exchange) (T, error)) (v T, failed *membership.Error) {
	line := apikit.Line{Service: c.service, Operation: call.Action, Group: call.Group, Members: call.Members, Region: c.region, Host: c.Endpoint.Host}
	failed = apikit.Once(ctx, c.Transport, line, func(base *apikit.Exchange) (string, *membership.Error) {
		x := &Exchange{Exchange: base, call: call, client: c, keys: keys, secrets: secrets}
		var err error
		if v, err = guard(x, send); err == nil {
			return x.successID(), nil
		}
		e := x.failure(err)
		return e.RequestID, e
	})
	return v, failed
}

// guard keeps a panic of the SDK's from taking the provider down, and refuses
// an answer of success that is not one JSON value: the SDK's decoder ignores
// what follows the first.
func guard[T any](x *Exchange, send func(*Exchange) (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the SDK failed on this call: %v", p)
		}
	}()
	v, err = send(x)
	if err == nil && len(x.Body) > 0 && !json.Valid(x.Body) {
		err = errors.New("the answer is not valid JSON")
	}
	return v, err
}
