// Package ramlogin is the ways to log in to Alibaba Cloud for keys: roles, by
// keys, by an OIDC token and by an instance's metadata, a credentials URI, and
// the profiles of the aliyun CLI. Resource Access Management (RAM) is where the
// identities are: https://www.alibabacloud.com/help/en/ram.
package ramlogin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
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
	// STS is the endpoint of STS, a host or a URL; "" goes by the region.
	STS string
	// Metadata is the URL of the metadata service; "" is that of every ECS
	// instance, http://100.100.100.200.
	Metadata string
	// OnlyIMDSv2 keeps from asking the metadata service without a token where
	// it gives none.
	OnlyIMDSv2 bool
	// Transport carries the requests; nil is one of apikit.NewTransport, which
	// goes past any proxy to the metadata service.
	Transport http.RoundTripper
	// UserAgent is added to the SDK's own.
	UserAgent string
}

// The transports of every Login that has none.
var (
	proxied = sync.OnceValue(apikit.NewTransport)
	direct  = sync.OnceValue(func() *http.Transport {
		t := apikit.NewTransport()
		t.Proxy = nil
		return t
	})
)

// sts is a client of STS. credentials may be nil where calls are not signed.
func (l Login) sts(credentials acs.Credentials) (*acs.Client, error) {
	region, given := l.Region, l.STS
	switch {
	case given != "":
	case region == "":
		given = "sts.aliyuncs.com"
	default:
		given = "sts." + region + ".aliyuncs.com"
	}
	if region == "" {
		region = "cn-hangzhou" // the SDK needs one; which is all the same to STS
	}
	if err := acs.CheckRegion(region); err != nil {
		return nil, err
	}
	ep, err := apikit.ParseEndpoint("STS", given)
	if err != nil {
		return nil, err
	}
	transport := l.Transport
	if transport == nil {
		transport = proxied()
	}
	return acs.New(acs.Config{
		Service: "STS", Region: region, Endpoint: ep, Credentials: credentials,
		Transport: transport, UserAgent: l.UserAgent, Classify: classify,
	})
}

// classify is the class of a refusal of STS for the call that wants the keys: to
// that nothing was done, and no part of its batch is to blame. Codes are those of
// https://error-center.aliyun.com/status/product/Sts and of the gateway.
func classify(status int, f acs.Fault, _ membership.Class) membership.Class {
	code := strings.ToLower(f.Code)
	passes := func(part string) bool { return strings.Contains(code, part) }
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= 500,
		slices.ContainsFunc([]string{"throttling", "serviceunavailable", "internalerror", "systembusy", "signaturenonceused"}, passes),
		code == "" && status >= 400 && status != http.StatusProxyAuthRequired: // a proxy's page, most likely
		return membership.Transient
	}
	return membership.Denied
}

// temporary are keys that end; never, where the time is zero.
type temporary struct {
	acs.Keys
	expires time.Time
}

// renewed are keys that fetch gets and that are renewed before they end; local
// as in [apikit.NewTemporary].
func renewed(local bool, fetch func(context.Context) (temporary, error)) acs.Credentials {
	return apikit.NewTemporary(local, func(ctx context.Context) (acs.Keys, time.Time, error) {
		t, err := fetch(ctx)
		return t.Keys, t.expires, err
	})
}

// issued reads keys in the form that all services give them in: AccessKeyId,
// AccessKeySecret, SecurityToken, and Expiration in UTC. mayStay: keys without
// an expiration will do.
func issued(o acs.Object, mayStay bool) (temporary, error) {
	t := temporary{Keys: acs.Keys{
		AccessKeyID: o.Text("AccessKeyId"), AccessKeySecret: o.Text("AccessKeySecret"), SecurityToken: o.Text("SecurityToken"),
	}}
	if t.AccessKeyID == "" || t.AccessKeySecret == "" {
		return temporary{}, errors.New("no access key in it")
	}
	expiration := strings.TrimSpace(o.Text("Expiration"))
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
