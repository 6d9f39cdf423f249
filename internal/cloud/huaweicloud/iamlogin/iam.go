// Package iamlogin is the ways to log in to Huawei Cloud for keys or a token:
// agencies, ID tokens, passwords, and the profiles of the CLI; and the look-up of
// a project by its name. All but the profiles ask IAM:
// https://support.huaweicloud.com/intl/en-us/api-iam/iam_02_0510.html.
package iamlogin

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// IAM is the identity service of a region. It is safe for concurrent use.
type IAM struct{ client *apigw.Client }

// New makes a client of IAM; cfg's Service is set here. It contacts nobody.
func New(cfg apigw.Config) (*IAM, error) {
	cfg.Service = "IAM"
	client, err := apigw.New(cfg)
	if err != nil {
		return nil, err
	}
	return &IAM{client}, nil
}

// Endpoint is the URL that calls go to.
func (i *IAM) Endpoint() string { return i.client.Endpoint.String() }

// iamRequest is one call of IAM.
type iamRequest struct {
	method, path  string
	query, header map[string]string
	body          any // nil for none
}

// send sends a request and reads the answer's body into answer.
func (r iamRequest) send(x *apigw.Exchange, answer any) error {
	return x.Send(func(b *request.HttpRequestBuilder) {
		b.WithMethod(r.method).WithPath(r.path)
		for name, v := range r.query {
			b.AddQueryParam(name, reflect.ValueOf(v))
		}
		if r.body != nil {
			b.AddHeaderParam("Content-Type", "application/json;charset=UTF-8").WithBody("body", r.body)
		}
		for name, v := range r.header {
			b.AddHeaderParam(name, v)
		}
	}, answer)
}

// classify is the class of a refusal of IAM's for the call that wants the keys:
// to that nothing was done, and no part of its batch is to blame. Codes are those
// of the gateway, https://support.huaweicloud.com/devg-apisign/api-sign-errorcode.html.
func classify(status int, code, _ string) membership.Class {
	gateway := strings.TrimPrefix(strings.TrimPrefix(code, "APIGW."), "APIG.")
	switch {
	case status == http.StatusTooManyRequests, gateway != code && gateway == "0308":
		return membership.Throttled
	case status >= 500, status == http.StatusRequestTimeout,
		gateway != code && gateway == "0201" && status != http.StatusRequestEntityTooLarge:
		return membership.Transient
	}
	return membership.Denied
}

// loginCall is a call that asks for keys or a token.
func loginCall(action string) apigw.Call {
	return apigw.Call{Action: action, Login: true, Classify: classify}
}

// renewed are keys that obtain gets and that are renewed before they end.
func renewed(obtain func(context.Context) (apigw.Keys, time.Time, error)) apigw.Credentials {
	return apikit.NewTemporary(false, obtain)
}

// unsaidLife is the life of keys whose end IAM does not say, its shortest.
const unsaidLife = 15 * time.Minute

// expiry reads IAM's expires_at.
func expiry(text string) time.Time {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t
	}
	return time.Now().Add(unsaidLife)
}
