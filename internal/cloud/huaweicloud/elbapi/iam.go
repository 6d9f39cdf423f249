package elbapi

import (
	"encoding/json"
	"errors"
	"reflect"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/signer/algorithm"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/impl"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"
)

// IAM is the identity service: it looks up projects and gives keys and tokens
// (https://support.huaweicloud.com/intl/en-us/api-iam/iam_02_0510.html). It is
// safe for concurrent use.
type IAM struct {
	sender
	endpoint string
}

// NewIAM makes a client of the IAM at cfg's IAMEndpoint or Region. It contacts
// nobody.
func NewIAM(cfg Config) (*IAM, error) {
	at, err := cfg.endpoint("iam", cfg.IAMEndpoint)
	if err != nil {
		return nil, err
	}
	return &IAM{sender: newSender(cfg), endpoint: at}, nil
}

// iamRequest is one call of IAM.
type iamRequest struct {
	method, path  string
	query, header map[string]string
	body          any // nil for none
}

// call sends a request with the exchange's keys, without any where it has
// none, and reads the answer's body into answer.
func (i *IAM) call(x *exchange, r iamRequest, answer any) error {
	client := x.httpClient(i.userAgent)
	b := request.NewHttpRequestBuilder().
		WithEndpoint(i.endpoint).WithMethod(r.method).WithPath(r.path).
		WithSigningAlgorithm(algorithm.HmacSHA256).
		AddHeaderParam("User-Agent", i.userAgent)
	for name, v := range r.query {
		b.AddQueryParam(name, reflect.ValueOf(v))
	}
	if r.body != nil {
		b.AddHeaderParam("Content-Type", "application/json;charset=UTF-8").WithBody("body", r.body)
	}
	for name, v := range r.header {
		b.AddHeaderParam(name, v)
	}
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
	if json.Unmarshal(x.body, answer) != nil {
		return errors.New("the answer is not the JSON expected")
	}
	return nil
}

// credential is the keys in the SDK's form, for calls of a project ("" for
// those of none).
func (k Keys) credential(project string) auth.ICredential {
	if k.Token != "" {
		return tokenCredential{token: k.Token, project: project}
	}
	c := &basic.Credentials{ProjectId: project}
	c.AK, c.SK, c.SecurityToken = k.AccessKey, k.SecretKey, k.SecurityToken
	return c
}

// tokenCredential puts a token where the SDK would sign: it knows no tokens.
type tokenCredential struct{ token, project string }

// ProcessAuthParams has nothing to look up.
func (t tokenCredential) ProcessAuthParams(*impl.DefaultHttpClient, string) (auth.ICredential, error) {
	return t, nil
}

// ProcessAuthRequest adds the token, and the project to the path and a header.
func (t tokenCredential) ProcessAuthRequest(_ *impl.DefaultHttpClient, r *request.DefaultHttpRequest) (*request.DefaultHttpRequest, error) {
	b := r.Builder().AddHeaderParam("X-Auth-Token", t.token)
	if t.project != "" {
		b.AddAutoFilledPathParam("project_id", t.project).AddHeaderParam("X-Project-Id", t.project)
	}
	return b.Build(), nil
}
