package slbapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const actionOIDC = "AssumeRoleWithOIDC"

// maxToken bounds an OIDC token. STS takes 20,000 characters.
const maxToken = 64 << 10

// Token gives an OIDC token. It is asked before every exchange, because who
// issues tokens renews them.
type Token func() (string, error)

// TokenText is a token that is known.
func TokenText(token string) Token {
	return func() (string, error) { return strings.TrimSpace(token), nil }
}

// TokenFile is a token in a file.
func TokenFile(path string) Token {
	return func() (string, error) {
		b, err := readFile(path, maxToken)
		if err != nil {
			return "", fmt.Errorf("read the OIDC token: %w", err)
		}
		return strings.TrimSpace(string(b)), nil
	}
}

// AssumeRoleWithOIDC gives keys of a role for a token of an OIDC provider that
// RAM trusts, which provider names: acs:ram::ACCOUNT:oidc-provider/NAME. The
// call is not signed; the token is its credential:
// https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerolewithoidc
func (l Login) AssumeRoleWithOIDC(role Role, provider string, token Token) (Credentials, error) {
	switch {
	case role.ARN == "":
		return nil, errors.New("no role to assume")
	case provider == "":
		return nil, errors.New("no OIDC provider")
	case token == nil:
		return nil, errors.New("no OIDC token")
	case role.ExternalID != "":
		return nil, errors.New("AssumeRoleWithOIDC takes no external id")
	}
	client, err := l.sts(nil)
	if err != nil {
		return nil, err
	}
	return &refreshing{fetch: func(ctx context.Context) (temporary, error) {
		text, err := token()
		if err == nil && text == "" {
			err = errors.New("the OIDC token is empty")
		}
		if err != nil {
			return temporary{}, &membership.Error{Class: membership.Denied, Action: actionOIDC, Err: err}
		}
		op, keys := issue(actionOIDC, role)
		form := op.request.GetFormParams()
		form["OIDCProviderArn"], form["OIDCToken"] = provider, text
		start := time.Now()
		requestID, failed := client.unsigned(ctx, op, newRedactor(Keys{}, text))
		client.logCall(ctx, op, time.Since(start), requestID, failed)
		if failed != nil {
			return temporary{}, loginError(failed)
		}
		return *keys, nil
	}}, nil
}

// unsigned makes a call that needs no key, which the SDK cannot.
func (c *Client) unsigned(ctx context.Context, op operation, safe redactor) (string, *membership.Error) {
	if err := membership.Turn(ctx); err != nil {
		return "", notSent(op.request.GetActionName(), err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, callTimeout, errNoAnswer)
	defer cancel()
	form := url.Values{}
	for name, v := range op.request.GetFormParams() {
		form.Set(name, v)
	}
	query := url.Values{
		"Action": {op.request.GetActionName()}, "Version": {op.request.GetVersion()}, "Format": {"JSON"},
		"Timestamp": {time.Now().UTC().Format("2006-01-02T15:04:05Z")},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Endpoint()+"/?"+query.Encode(), strings.NewReader(form.Encode()))
	if err != nil {
		return "", &membership.Error{Class: membership.Denied, Action: op.request.GetActionName(), Err: safe.err(err)}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Encoding", "identity")
	r.Header.Set("User-Agent", c.userAgent)
	x := &exchange{ctx: ctx, base: c.transport}
	resp, err := x.RoundTrip(r)
	if err != nil {
		return requestIDOf(x), c.noAnswer(ctx, x, op, safe, err)
	}
	_ = resp.Body.Close() // what it holds is in x
	return c.judge(x, op, safe)
}

// readFile reads a regular file of bounded size.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if info.IsDir() {
		return nil, fmt.Errorf("%s is a folder", path)
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s is larger than %d KiB", path, limit>>10)
	}
	return b, nil
}
