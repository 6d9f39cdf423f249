package iamlogin

import (
	"context"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// federatedLife is how long keys by OIDC are asked for. It is long, as in the
// SDK: an ID token that a run was started with may have ended when the keys are
// to be replaced.
const federatedLife = 6 * time.Hour

// OIDC exchanges the ID token of an identity provider that the account trusts
// for a token of IAM's (CreateTokenWithIdToken, POST
// /v3.0/OS-AUTH/id-token/tokens,
// https://support.huaweicloud.com/intl/en-us/api-iam/iam_13_0605.html), and
// that for temporary keys (CreateTemporaryAccessKeyByToken,
// https://support.huaweicloud.com/intl/en-us/api-iam/iam_04_0002.html), as the
// SDK does. idToken is read anew each time.
func OIDC(iam *IAM, provider string, idToken func() (string, error)) apigw.Credentials {
	const action = "CreateTokenWithIdToken"
	return renewed(func(ctx context.Context) (apigw.Keys, time.Time, error) {
		text, err := idToken()
		if err != nil {
			return apigw.Keys{}, time.Time{}, &membership.Error{Class: membership.Denied, Action: action, Err: err}
		}
		var login struct {
			Auth struct {
				IDToken struct {
					ID string `json:"id"`
				} `json:"id_token"`
			} `json:"auth"`
		}
		login.Auth.IDToken.ID = strings.TrimSpace(text)
		unscoped, _, err := iam.token(ctx, action, []string{login.Auth.IDToken.ID}, iamRequest{
			method: "POST", path: "/v3.0/OS-AUTH/id-token/tokens", header: map[string]string{"X-Idp-Id": provider}, body: login,
		})
		if err != nil {
			return apigw.Keys{}, time.Time{}, err
		}
		var body keysRequest
		body.Auth.Identity.Methods = []string{"token"}
		// The body's id is on its way out, says IAM's reference, and the header
		// takes its place; the SDK sends the first alone.
		body.Auth.Identity.Token = &tokenRole{ID: unscoped.Token, Duration: seconds(federatedLife)}
		answer, err := apigw.Do(ctx, iam.client, apigw.Static{Token: unscoped.Token}, loginCall("CreateTemporaryAccessKeyByToken"),
			func(x *apigw.Exchange) (keysAnswer, error) {
				return temporary(x, iamRequest{method: "POST", path: securityTokens, body: body})
			})
		return answer.keys(err)
	})
}
