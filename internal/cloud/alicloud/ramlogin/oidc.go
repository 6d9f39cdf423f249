package ramlogin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
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
func (l Login) AssumeRoleWithOIDC(role Role, provider string, token Token) (acs.Credentials, error) {
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
	return renewed(false, func(ctx context.Context) (temporary, error) {
		text, err := token()
		if err == nil && text == "" {
			err = errors.New("the OIDC token is empty")
		}
		if err != nil {
			return temporary{}, &membership.Error{Class: membership.Denied, Action: actionOIDC, Err: err}
		}
		call, keys := issue(actionOIDC, role, map[string]string{"OIDCProviderArn": provider, "OIDCToken": text})
		err = client.Unsigned(ctx, call, text)
		return *keys, err
	}), nil
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
