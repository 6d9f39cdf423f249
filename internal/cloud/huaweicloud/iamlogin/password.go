package iamlogin

import (
	"context"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// User is an IAM user of an account.
type User struct{ Domain, Name, Password string }

// Scope is what a token is asked for: a project by id or by name, or, with
// neither, the user's whole account.
type Scope struct{ ProjectID, ProjectName string }

// ref names something of IAM's.
type ref struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

type scope struct {
	Project *ref `json:"project,omitempty"`
	Domain  *ref `json:"domain,omitempty"`
}

// Password logs a user in for a token (KeystoneCreateUserTokenByPassword,
// POST /v3/auth/tokens,
// https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html), which
// is valid for 24 hours.
func Password(iam *IAM, user User, at Scope) apigw.Credentials {
	type login struct {
		Auth struct {
			Identity struct {
				Methods  []string `json:"methods"`
				Password struct {
					User struct {
						Name     string `json:"name"`
						Password string `json:"password"`
						Domain   ref    `json:"domain"`
					} `json:"user"`
				} `json:"password"`
			} `json:"identity"`
			Scope scope `json:"scope"`
		} `json:"auth"`
	}
	var body login
	body.Auth.Identity.Methods = []string{"password"}
	u := &body.Auth.Identity.Password.User
	u.Name, u.Password, u.Domain.Name = user.Name, user.Password, user.Domain
	switch {
	case at.ProjectID != "":
		body.Auth.Scope.Project = &ref{ID: at.ProjectID}
	case at.ProjectName != "":
		body.Auth.Scope.Project = &ref{Name: at.ProjectName}
	default:
		body.Auth.Scope.Domain = &ref{Name: user.Domain}
	}
	return renewed(func(ctx context.Context) (apigw.Keys, time.Time, error) {
		return iam.token(ctx, "KeystoneCreateUserTokenByPassword", []string{user.Password}, iamRequest{
			method: "POST", path: "/v3/auth/tokens", query: map[string]string{"nocatalog": "true"}, body: body,
		})
	})
}

// token makes a call whose answer is a token. It is nobody's call yet, so it
// is not signed.
func (i *IAM) token(ctx context.Context, action string, secrets []string, r iamRequest) (apigw.Keys, time.Time, error) {
	type answer struct {
		Token struct {
			ExpiresAt string `json:"expires_at"`
			Project   ref    `json:"project"`
		} `json:"token"`
		subject string
	}
	a, err := apigw.Unsigned(ctx, i.client, secrets, loginCall(action),
		func(x *apigw.Exchange) (a answer, err error) {
			if err := r.send(x, &a); err != nil {
				return a, err
			}
			if a.subject = x.Header.Get("X-Subject-Token"); a.subject == "" {
				return a, apigw.Incomplete("X-Subject-Token")
			}
			return a, nil
		})
	if err != nil {
		return apigw.Keys{}, time.Time{}, err
	}
	project := a.Token.Project.ID
	if project != "" && apigw.CheckID("project", project) != nil {
		return apigw.Keys{}, time.Time{}, &membership.Error{Class: membership.Denied, Action: action, Message: "IAM gave an invalid project id"}
	}
	return apigw.Keys{Token: a.subject, ProjectID: project}, expiry(a.Token.ExpiresAt), nil
}
