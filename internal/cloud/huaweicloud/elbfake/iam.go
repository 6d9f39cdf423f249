package elbfake

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// How long what IAM issues is valid, in seconds.
const (
	shortestKeys = 15 * 60
	longestKeys  = 24 * 60 * 60
	tokenLife    = 24 * 60 * 60
)

// caller is who sent a request.
type caller struct {
	domain string // the account's name
	token  bool   // by a token, not a signature
	scope  string // the token's project; "" none, anyProject all
	user   bool   // a token that a password or an identity provider gave
}

const anyProject = "*"

// issued is a token or a temporary key of IAM's making.
type issued struct {
	caller
	key     Key // empty for a token
	expires time.Time
	revoked bool
}

func (i *issued) expired() bool { return i.revoked || !time.Now().Before(i.expires) }

// account is the name of the account that owns the cloud.
func (c *Cloud) account() string { return cmp.Or(c.seed.Domain, "domain") }

// Issued are all tokens, secret keys and security tokens that IAM has issued,
// for tests that look for them where they must not be.
func (c *Cloud) Issued() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []string
	for token, i := range c.issued {
		if i.key.AK == "" {
			out = append(out, token)
		} else {
			out = append(out, i.key.SK, i.key.SecurityToken)
		}
	}
	slices.Sort(out)
	return out
}

// Revoke ends everything that IAM has issued so far, as if it had expired.
func (c *Cloud) Revoke() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, i := range c.issued {
		i.revoked = true
	}
}

// expired is the gateway's answer to what was valid once.
func (c *Cloud) expired(what string) *refusal {
	code := cmp.Or(c.behaviour.ExpiredCode, "APIGW.0301")
	return &refusal{http.StatusUnauthorized, code, "Incorrect IAM authentication information: " + what + " expires"}
}

// iamError is an error as IAM writes it.
type iamError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Title   string `json:"title"`
}

func iamRefusal(status int, message string) *refusal { return &refusal{status, "", message} }

// iamToken is an answer whose token goes into a header.
type iamToken struct {
	token string
	body  iamBody
}

const iamTime = "2006-01-02T15:04:05.000000Z"

type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// iamRequest is the body of every login call; which parts there must be
// depends on the call.
type iamRequest struct {
	Auth struct {
		Identity *struct {
			Methods  []string `json:"methods"`
			Password *struct {
				User struct {
					Name     string `json:"name"`
					Password string `json:"password"`
					Domain   named  `json:"domain"`
				} `json:"user"`
			} `json:"password"`
			AssumeRole *struct {
				Agency     string `json:"agency_name"`
				DomainName string `json:"domain_name"`
				DomainID   string `json:"domain_id"`
				Duration   *int   `json:"duration_seconds"`
			} `json:"assume_role"`
			Token *struct {
				ID       string `json:"id"`
				Duration *int   `json:"duration_seconds"`
			} `json:"token"`
		} `json:"identity"`
		IDToken *struct {
			ID string `json:"id"`
		} `json:"id_token"`
		Scope *struct {
			Project *named `json:"project"`
			Domain  *named `json:"domain"`
		} `json:"scope"`
	} `json:"auth"`
}

func (c *Cloud) readLogin(req *request, body []byte) *refusal {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&req.login); err != nil {
		c.errorf("%s: %v", req.route.op, err)
		return iamRefusal(http.StatusBadRequest, "Request body is invalid.")
	}
	return nil
}

func methods(req *request, want string) bool {
	i := req.login.Auth.Identity
	return i != nil && len(i.Methods) == 1 && i.Methods[0] == want
}

// createToken is IAM's KeystoneCreateUserTokenByPassword, POST /v3/auth/tokens
// (https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html).
func (c *Cloud) createToken(_ *fakecloud.Call, req *request) (int, any, *refusal) {
	i := req.login.Auth.Identity
	if !methods(req, "password") || i.Password == nil {
		return 0, nil, iamRefusal(http.StatusBadRequest, "The method is invalid.")
	}
	u := i.Password.User
	known := slices.ContainsFunc(c.seed.Users, func(s User) bool {
		return s.Name == u.Name && s.Password == u.Password && cmp.Or(s.Domain, c.account()) == u.Domain.Name
	})
	if !known {
		return 0, nil, iamRefusal(http.StatusUnauthorized, "The username or password is wrong.")
	}
	return c.scoped(req, u.Domain.Name)
}

// createTokenByIDToken is IAM's CreateTokenWithIdToken, POST
// /v3.0/OS-AUTH/id-token/tokens
// (https://support.huaweicloud.com/intl/en-us/api-iam/iam_13_0605.html).
func (c *Cloud) createTokenByIDToken(call *fakecloud.Call, req *request) (int, any, *refusal) {
	idp, token := call.HTTP.Header.Get("X-Idp-Id"), req.login.Auth.IDToken
	if token == nil || idp == "" {
		return 0, nil, iamRefusal(http.StatusBadRequest, "Request parameter is invalid.")
	}
	known := slices.ContainsFunc(c.seed.IdentityProviders, func(p IdentityProvider) bool {
		return p.ID == idp && slices.Contains(p.IDTokens, token.ID)
	})
	if !known {
		return 0, nil, iamRefusal(http.StatusUnauthorized, "The ID token is invalid.")
	}
	return c.scoped(req, c.account())
}

// scoped issues a token for the scope that was asked for.
func (c *Cloud) scoped(req *request, domain string) (int, any, *refusal) {
	who := caller{domain: domain, token: true, user: true}
	body := map[string]any{"methods": []string{"password"}, "user": map[string]any{"domain": map[string]any{"name": domain}}}
	if s := req.login.Auth.Scope; s != nil && s.Project != nil {
		at := -1
		if domain == c.account() {
			at = slices.IndexFunc(c.seed.Projects, func(p Project) bool {
				return s.Project.ID == p.ID || (s.Project.ID == "" && s.Project.Name == p.Name)
			})
		}
		if at < 0 {
			return 0, nil, iamRefusal(http.StatusUnauthorized, "The project is not found or is not authorized.")
		}
		who.scope = c.seed.Projects[at].ID
		body["project"] = c.seed.Projects[at]
	}
	now := time.Now().UTC()
	life := time.Duration(cmp.Or(c.behaviour.TokenSeconds, tokenLife)) * time.Second
	token := fmt.Sprintf("issued-token-%04d-of-%s", len(c.issued)+1, domain)
	c.issued[token] = &issued{caller: who, expires: now.Add(life)}
	body["issued_at"], body["expires_at"] = now.Format(iamTime), now.Add(life).Format(iamTime)
	return http.StatusCreated, iamToken{token, iamBody{"token": body}}, nil
}

// createKeys is IAM's CreateTemporaryAccessKeyByAgency and ...ByToken, POST
// /v3.0/OS-CREDENTIAL/securitytokens
// (https://support.huaweicloud.com/intl/en-us/api-iam/iam_04_0101.html and
// iam_04_0002.html).
func (c *Cloud) createKeys(call *fakecloud.Call, req *request) (int, any, *refusal) {
	i := req.login.Auth.Identity
	var asked *int
	who := req.who
	switch {
	case methods(req, "assume_role") && i.AssumeRole != nil:
		a := i.AssumeRole
		asked = a.Duration
		call.Op = "CreateTemporaryAccessKeyByAgency"
		if who.domain == "" {
			return 0, nil, iamRefusal(http.StatusUnauthorized, "The request you have made requires authentication.")
		}
		if a.DomainName != c.account() && a.DomainID != c.account() {
			return 0, nil, iamRefusal(http.StatusForbidden, "The domain does not exist or is not authorized.")
		}
		found := slices.ContainsFunc(c.seed.Agencies, func(s Agency) bool {
			return s.Name == a.Agency && (s.Trusts == "" || s.Trusts == who.domain)
		})
		if !found {
			return 0, nil, iamRefusal(http.StatusForbidden, "You are not authorized to perform the requested action: assume agency "+a.Agency+".")
		}
		who = caller{domain: c.account()}
	case methods(req, "token") && i.Token != nil:
		call.Op = "CreateTemporaryAccessKeyByToken"
		asked = i.Token.Duration
		token := cmp.Or(i.Token.ID, call.HTTP.Header.Get("X-Auth-Token"))
		t := c.issued[token]
		if t == nil || !t.user || t.expired() {
			return 0, nil, iamRefusal(http.StatusUnauthorized, "The token is invalid.")
		}
		who = caller{domain: t.domain}
	default:
		return 0, nil, iamRefusal(http.StatusBadRequest, "The method is invalid.")
	}
	seconds := shortestKeys
	if asked != nil {
		seconds = *asked
	}
	if seconds < shortestKeys || seconds > longestKeys {
		return 0, nil, iamRefusal(http.StatusBadRequest, "Invalid input for field 'duration_seconds'.")
	}
	n := len(c.issued) + 1
	k := Key{
		AK: fmt.Sprintf("ISSUED%04d", n), SK: fmt.Sprintf("issued-secret-key-%04d", n),
		SecurityToken: fmt.Sprintf("issued-security-token-%04d", n),
	}
	expires := time.Now().UTC().Add(time.Duration(seconds) * time.Second)
	c.issued[k.AK] = &issued{caller: who, key: k, expires: expires}
	return http.StatusCreated, iamBody{"credential": map[string]any{
		"access": k.AK, "secret": k.SK, "securitytoken": k.SecurityToken, "expires_at": expires.Format(iamTime),
	}}, nil
}
