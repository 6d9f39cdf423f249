package acsfake

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Request is a call of an API as tests make it, without an SDK.
type Request struct {
	Host        string
	Method      string // "" is POST
	Path        string // "" is /
	Query, Form map[string]string
	// Type and Body are those of a request that has no Form.
	Type, Body string
}

// Common are the parameters that every call has, for the query of a [Request].
func Common(action, version, region, nonce string, key Key) map[string]string {
	all := map[string]string{
		"Action": action, "Version": version, "Format": "JSON", "RegionId": region,
		"AccessKeyId": key.ID, "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0", "SignatureNonce": nonce,
		"Timestamp": time.Now().UTC().Format("2006-01-02T15:04:05Z"),
	}
	if key.Token != "" {
		all["SecurityToken"] = key.Token
	}
	return all
}

// Signed is the request with its signature by a secret, unless it has one.
func (r Request) Signed(ctx context.Context, secret string) (*http.Request, error) {
	method := r.Method
	if method == "" {
		method = http.MethodPost
	}
	query := maps.Clone(r.Query)
	for name := range r.Form {
		delete(query, name)
	}
	if _, signed := query["Signature"]; !signed {
		all := maps.Clone(query)
		maps.Copy(all, r.Form)
		query["Signature"] = Signature(method, all, secret)
	}
	text, kind := r.Body, r.Type
	if len(r.Form) > 0 {
		text, kind = encoded(r.Form), formType
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+r.Host+"/"+strings.TrimPrefix(r.Path, "/")+"?"+encoded(query), strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	return req, nil
}

func encoded(params map[string]string) string {
	values := url.Values{}
	for name, v := range params {
		values.Set(name, v)
	}
	return values.Encode()
}
