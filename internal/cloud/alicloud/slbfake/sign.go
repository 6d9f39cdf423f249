package slbfake

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the API's own signature method
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// clockSkew is how far a request's timestamp may be from now.
const clockSkew = 31 * time.Minute

// authenticate checks who signed a request. The signature is that of the RPC
// style: https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism
func (c *Cloud) authenticate(method string, params map[string]string) *refusal {
	for _, p := range []string{"AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp"} {
		if params[p] == "" {
			return missing(p)
		}
	}
	k, ok := c.keys[params["AccessKeyId"]]
	if !ok {
		return &refusal{status: 404, code: "InvalidAccessKeyId.NotFound"}
	}
	if r := checkToken(k, params["SecurityToken"]); r != nil {
		return r
	}
	now := time.Now()
	at, err := time.Parse("2006-01-02T15:04:05Z", params["Timestamp"])
	if err != nil {
		return &refusal{status: 400, code: "InvalidTimeStamp.Format"}
	}
	if now.Sub(at).Abs() > clockSkew {
		return &refusal{status: 400, code: "InvalidTimeStamp.Expired"}
	}
	text := stringToSign(method, params)
	if !hmac.Equal([]byte(params["Signature"]), []byte(sign(text, k.Secret))) {
		return &refusal{
			status: 400, code: "SignatureDoesNotMatch",
			message: "Specified signature is not matched with our calculation. server string to sign is:" + text,
		}
	}
	nonce := k.ID + " " + params["SignatureNonce"]
	if _, spent := c.nonces[nonce]; spent {
		return &refusal{status: 400, code: "SignatureNonceUsed"}
	}
	if len(c.nonces) > 10_000 { // those of expired timestamps no longer matter
		maps.DeleteFunc(c.nonces, func(_ string, at time.Time) bool { return now.Sub(at) > 2*clockSkew })
	}
	c.nonces[nonce] = now
	return nil
}

func checkToken(k Key, token string) *refusal {
	switch {
	case k.Token != "" && token == "":
		return &refusal{status: 400, code: "MissingSecurityToken"}
	case k.Token != token:
		return &refusal{status: 400, code: "InvalidSecurityToken.MismatchWithAccessKey"}
	case !k.Expires.IsZero() && !time.Now().Before(k.Expires):
		return &refusal{status: 400, code: "InvalidSecurityToken.Expired"}
	}
	return nil
}

// stringToSign is every parameter but the signature, query and form alike, in
// canonical form.
func stringToSign(method string, params map[string]string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if name != "Signature" {
			pairs = append(pairs, percent(name)+"="+percent(params[name]))
		}
	}
	return method + "&" + percent("/") + "&" + percent(strings.Join(pairs, "&"))
}

func sign(text, secret string) string {
	mac := hmac.New(sha1.New, []byte(secret+"&"))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// percent is RFC 3986 encoding, which is that of a query but for the space.
func percent(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
