package slbapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Login reaches the services that issue temporary keys: STS, the metadata
// service of an ECS instance, a credentials URI. Its methods contact nobody;
// what they return does, when it is asked for keys.
//
// The SDK has credential providers too. They know no context, bring HTTP
// clients of their own, are not safe for concurrent use and write to standard
// output, so they are not used; the SDK signs the calls of STS as it does those
// of SLB.
type Login struct {
	// Region chooses the STS endpoint, sts.REGION.aliyuncs.com; "" is
	// sts.aliyuncs.com.
	Region string
	// STS is the endpoint of STS, as [Config.Endpoint]; "" goes by the region.
	STS string
	// Metadata is the URL of the metadata service; "" is that of every ECS
	// instance, http://100.100.100.200.
	Metadata string
	// OnlyIMDSv2 keeps from asking the metadata service without a token where
	// it gives none.
	OnlyIMDSv2 bool
	// Transport carries the requests; nil is that of [Config], which goes past
	// any proxy to the metadata service.
	Transport http.RoundTripper
	// UserAgent is added to the SDK's own.
	UserAgent string
}

// The transports of every Login that has none.
var (
	proxied = sync.OnceValue(newTransport)
	direct  = sync.OnceValue(func() *http.Transport {
		t := newTransport()
		t.Proxy = nil
		return t
	})
)

const stsVersion = "2015-04-01"

// sts is a client of STS. credentials may be nil where calls are not signed.
func (l Login) sts(credentials Credentials) (*Client, error) {
	region := l.Region
	if region != "" && !regionID.MatchString(region) {
		return nil, fmt.Errorf("region %q is not a region id such as cn-hangzhou", region)
	}
	given := l.STS
	switch {
	case given != "":
	case region == "":
		given = "sts.aliyuncs.com"
	default:
		given = "sts." + region + ".aliyuncs.com"
	}
	ep, err := parseEndpoint("STS", given)
	if err != nil {
		return nil, err
	}
	if region == "" {
		region = "cn-hangzhou" // the SDK needs one; which is all the same to STS
	}
	endpointMap() // before the SDK's clients use it
	c := &Client{
		service: "STS", region: region, endpoint: ep, credentials: credentials,
		transport: l.Transport, userAgent: l.UserAgent,
	}
	if c.transport == nil {
		c.transport = proxied()
	}
	return c, nil
}

// issued reads keys in the form that all services give them in: AccessKeyId,
// AccessKeySecret, SecurityToken, and Expiration in UTC. mayStay: keys without
// an expiration will do.
func issued(o object, mayStay bool) (temporary, error) {
	t := temporary{Keys: Keys{
		AccessKeyID: o.text("AccessKeyId"), AccessKeySecret: o.text("AccessKeySecret"), SecurityToken: o.text("SecurityToken"),
	}}
	if t.AccessKeyID == "" || t.AccessKeySecret == "" {
		return temporary{}, errors.New("no access key in it")
	}
	expiration := strings.TrimSpace(o.text("Expiration"))
	if expiration == "" && mayStay {
		return t, nil
	}
	var err error
	if t.expires, err = time.Parse(time.RFC3339, expiration); err != nil {
		return temporary{}, errors.New("no time of expiry in it")
	}
	if t.SecurityToken == "" {
		return temporary{}, errors.New("no security token in it")
	}
	return t, nil
}

// loginError gives an error of a call for keys the class that it has for the
// call that wants them: to that nothing was done, and no part of its batch is
// to blame.
func loginError(err error) error {
	e, ok := errors.AsType[*membership.Error](err)
	if !ok {
		return err
	}
	out := *e
	switch e.Class {
	case membership.Busy, membership.Throttled, membership.Transient, membership.Unknown:
		out.Class = membership.Transient
	default:
		out.Class = membership.Denied
	}
	return &out
}

// plain200 makes one request that no key signs, and expects 200. action says in
// errors what it is for; of an answer that is not 200 they show the beginning,
// unless it may hold keys.
func plain200(ctx context.Context, transport http.RoundTripper, action string, r *http.Request, within time.Duration) (*exchange, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	x := &exchange{ctx: ctx, base: transport}
	resp, err := x.RoundTrip(r)
	e := &membership.Error{Class: membership.Transient, Action: action, Status: x.status, After: retryAfter(x.header)}
	switch {
	case err != nil && ctx.Err() != nil:
		e.Err = fmt.Errorf("no answer from %s within %s: %w", r.URL.Host, within, ctx.Err())
		return nil, e
	case err != nil:
		e.Class, e.Err = classifySend(redactor{strings.NewReplacer()}.err(err), x.unsent(), membership.Transient)
		return nil, e
	}
	_ = resp.Body.Close() // what it holds is in x
	if x.status == http.StatusOK {
		return x, nil
	}
	e.Message = "not the answer to expect of " + r.URL.Host
	if x.status < 500 && x.status != http.StatusTooManyRequests && x.status != http.StatusRequestTimeout {
		e.Class = membership.Denied
	}
	return nil, e
}
