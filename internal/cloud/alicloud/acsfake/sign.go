package acsfake

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

// Authenticate checks who signed a request. The signature is that of the RPC
// style: https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism
func (g *Gate) Authenticate(method string, params map[string]string) *Refusal {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.authenticate(method, params)
}

func (g *Gate) authenticate(method string, params map[string]string) *Refusal {
	for _, p := range []string{"AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp"} {
		if params[p] == "" {
			return Missing(p)
		}
	}
	k, ok := g.keys[params["AccessKeyId"]]
	if !ok {
		return &Refusal{Status: 404, Code: "InvalidAccessKeyId.NotFound"}
	}
	if r := checkToken(k, params["SecurityToken"]); r != nil {
		return r
	}
	now := time.Now()
	at, err := time.Parse("2006-01-02T15:04:05Z", params["Timestamp"])
	if err != nil {
		return &Refusal{Status: 400, Code: "InvalidTimeStamp.Format"}
	}
	if now.Sub(at).Abs() > clockSkew {
		return &Refusal{Status: 400, Code: "InvalidTimeStamp.Expired"}
	}
	text := stringToSign(method, params)
	if !hmac.Equal([]byte(params["Signature"]), []byte(signed(text, k.Secret))) {
		return &Refusal{
			Status: 400, Code: "SignatureDoesNotMatch",
			Message: "Specified signature is not matched with our calculation. server string to sign is:" + text,
		}
	}
	nonce := k.ID + " " + params["SignatureNonce"]
	if _, spent := g.nonces[nonce]; spent {
		return &Refusal{Status: 400, Code: "SignatureNonceUsed"}
	}
	if len(g.nonces) > 10_000 { // those of expired timestamps no longer matter
		maps.DeleteFunc(g.nonces, func(_ string, at time.Time) bool { return now.Sub(at) > 2*clockSkew })
	}
	g.nonces[nonce] = now
	return nil
}

func checkToken(k Key, token string) *Refusal {
	switch {
	case k.Token != "" && token == "":
		return &Refusal{Status: 400, Code: "MissingSecurityToken"}
	case k.Token != token:
		return &Refusal{Status: 400, Code: "InvalidSecurityToken.MismatchWithAccessKey"}
	case !k.Expires.IsZero() && !time.Now().Before(k.Expires):
		return &Refusal{Status: 400, Code: "InvalidSecurityToken.Expired"}
	}
	return nil
}

// Signature is the signature of a request's parameters. Scripts and tests sign by
// it; the vendor's example and its SDK hold it.
func Signature(method string, params map[string]string, secret string) string {
	return signed(stringToSign(method, params), secret)
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

func signed(text, secret string) string {
	mac := hmac.New(sha1.New, []byte(secret+"&"))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// percent is RFC 3986 encoding, which is that of a query but for the space.
func percent(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
