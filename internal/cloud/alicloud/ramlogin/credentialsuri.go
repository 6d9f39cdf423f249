package ramlogin

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const (
	actionURI  = "credentials URI"
	uriTimeout = 10 * time.Second
)

// URI gives keys from a URI that answers a GET with a JSON object of
// AccessKeyId, AccessKeySecret, SecurityToken and Expiration, as the vendor's
// tools expect it: https://github.com/aliyun/aliyun-cli#credentialsuri. Keys
// without an expiration are used until they are refused as expired.
func (l Login) URI(uri string) (acs.Credentials, error) {
	u, err := url.Parse(uri)
	// The URI may hold a password or a token: it is not repeated.
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, errors.New("the credentials URI is not a URL of http or https")
	}
	transport := l.Transport
	if transport == nil {
		transport = proxied()
	}
	return renewed(apikit.Loopback(u.Hostname()), func(ctx context.Context) (temporary, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
		if err != nil {
			return temporary{}, &membership.Error{Class: membership.Denied, Action: actionURI, Err: errors.New("not a URL")}
		}
		if u.User != nil {
			password, _ := u.User.Password()
			r.SetBasicAuth(u.User.Username(), password)
		}
		r.Header.Set("User-Agent", l.UserAgent)
		x, err := apikit.Ask(ctx, transport, actionURI, r, uriTimeout)
		if err != nil {
			return temporary{}, err
		}
		return readIssued(actionURI, x, true)
	}), nil
}

// readIssued reads keys from an answer that is nothing else; of one that is no
// such thing nothing is shown.
func readIssued(action string, x *apikit.Exchange, mayStay bool) (temporary, error) {
	fail := func(text string) (temporary, error) {
		return temporary{}, &membership.Error{Class: membership.Denied, Action: action, Status: x.Status, Message: "unusable answer: " + text}
	}
	o, err := acs.ParseObject(x.Body)
	if err != nil {
		return fail(err.Error())
	}
	if code := o.Text("Code"); code != "" && code != "Success" {
		return fail("the code " + apikit.Word(code))
	}
	t, err := issued(o, mayStay)
	if err != nil {
		return fail(err.Error())
	}
	return t, nil
}
