package apigw

import (
	"context"
	"errors"
	"strings"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/impl"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
)

// Credentials give the keys of the moment; see [apikit.Credentials].
type Credentials = apikit.Credentials[Keys]

// Keys are what a request is signed with, or the token that it carries instead.
// SecurityToken belongs to temporary keys and is empty for permanent ones.
type Keys struct {
	AccessKey, SecretKey, SecurityToken string
	// Token is an IAM token (X-Auth-Token). Where it is set, nothing is signed.
	Token string
	// ProjectID is the project that Token is for; "" where that is not known.
	ProjectID string
}

// Check refuses half a pair, and what no header can carry.
func (k Keys) Check() error {
	switch {
	case k.Token == "" && k.AccessKey == "":
		return errors.New("the access key is empty")
	case k.Token == "" && k.SecretKey == "":
		return errors.New("the secret key is empty")
	case strings.ContainsFunc(k.AccessKey+k.SecurityToken+k.Token, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return errors.New("the access key, the security token or the token has a space, a line break or another character that no header can carry")
	}
	return nil
}

// Secrets are all of them.
func (k Keys) Secrets() []string { return []string{k.SecurityToken, k.SecretKey, k.Token, k.AccessKey} }

// String hides the keys from a careless %v.
func (Keys) String() string { return "(access key)" }

// GoString hides the keys from a careless %#v.
func (Keys) GoString() string { return "apigw.Keys{...}" }

// Static are keys that never change.
type Static Keys

// Credentials returns the keys.
func (s Static) Credentials(context.Context) (Keys, error) { return Keys(s), nil }

// String hides the keys from a careless %v.
func (s Static) String() string { return Keys(s).String() }

// GoString hides the keys from a careless %#v.
func (s Static) GoString() string { return "apigw.Static{...}" }

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
