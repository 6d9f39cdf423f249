package elbfake

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

const (
	algorithm  = "SDK-HMAC-SHA256"
	dateFormat = "20060102T150405Z"
	maxSkew    = 15 * time.Minute
)

// unauthorized is the API gateway's answer to a request it cannot attribute.
func unauthorized(why string) *refusal {
	return &refusal{http.StatusUnauthorized, "APIGW.0301", "Incorrect IAM authentication information: " + why}
}

// authenticate checks who sent a call: by an X-Auth-Token, or by an AK/SK
// signature ("Signing API Requests", API Gateway developer guide,
// https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-provide.html).
func (c *Cloud) authenticate(call *fakecloud.Call, req *request) (refused *refusal) {
	h := call.HTTP.Header
	authorization := h.Get("Authorization")
	if authorization == "" {
		token := h.Get("X-Auth-Token")
		if token == "" {
			return unauthorized("x-auth-token not found")
		}
		req.who, refused = c.holder(token)
		return refused
	}
	s, ok := parseAuthorization(authorization)
	if !ok {
		return unauthorized("authorization header is malformed")
	}
	key, who, refused := c.key(s.access)
	if refused != nil {
		return refused
	}
	req.who = who
	if h.Get("X-Security-Token") != key.SecurityToken {
		return unauthorized("the security token does not belong to the ak")
	}
	date, err := time.Parse(dateFormat, h.Get("X-Sdk-Date"))
	if err != nil {
		return unauthorized("x-sdk-date is missing or malformed")
	}
	if time.Since(date).Abs() > maxSkew {
		return unauthorized("the request signature is expired")
	}
	hash, ok := payloadHash(h, call.Body)
	if !ok {
		return unauthorized("x-sdk-content-sha256 does not match the body")
	}
	want := signature(call.HTTP, key.SK, s.signedHeaders, hash)
	if !hmac.Equal([]byte(want), []byte(s.signature)) {
		return unauthorized("verify aksk signature fail")
	}
	return nil
}

type authorizationHeader struct {
	access        string
	signedHeaders []string
	signature     string
}

// parseAuthorization reads "SDK-HMAC-SHA256 Access=…, SignedHeaders=a;b,
// Signature=…".
func parseAuthorization(v string) (authorizationHeader, bool) {
	rest, ok := strings.CutPrefix(v, algorithm+" ")
	if !ok {
		return authorizationHeader{}, false
	}
	var a authorizationHeader
	for part := range strings.SplitSeq(rest, ",") {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch k {
		case "Access":
			a.access = v
		case "SignedHeaders":
			a.signedHeaders = strings.Split(v, ";")
		case "Signature":
			a.signature = v
		default:
			return authorizationHeader{}, false
		}
	}
	return a, a.access != "" && len(a.signedHeaders) > 0 && a.signature != ""
}

// payloadHash is the hash that was signed for the body. A JSON body is always
// hashed; others may be declared unsigned.
func payloadHash(h http.Header, body []byte) (string, bool) {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	switch declared := h.Get("X-Sdk-Content-Sha256"); declared {
	case "", hash:
		return hash, true
	case "UNSIGNED-PAYLOAD":
		return declared, !strings.Contains(h.Get("Content-Type"), "application/json")
	default:
		return "", false
	}
}

// signature signs a request as its sender should have. Only the headers that
// the sender says it signed take part.
func signature(r *http.Request, secret string, signed []string, payload string) string {
	canonical := strings.Join([]string{
		r.Method,
		canonicalPath(r.URL),
		canonicalQuery(r.URL.Query()),
		canonicalHeaders(r, signed),
		strings.Join(signed, ";"),
		payload,
	}, "\n")
	sum := sha256.Sum256([]byte(canonical))
	text := strings.Join([]string{algorithm, r.Header.Get("X-Sdk-Date"), hex.EncodeToString(sum[:])}, "\n")
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// canonicalPath escapes each segment and always ends in a slash.
func canonicalPath(u *url.URL) string {
	segments := strings.Split(u.EscapedPath(), "/")
	for i, s := range segments {
		if plain, err := url.PathUnescape(s); err == nil {
			segments[i] = escape(plain)
		}
	}
	return strings.TrimSuffix(strings.Join(segments, "/"), "/") + "/"
}

func canonicalQuery(q url.Values) string {
	var pairs []string
	keys := make([]string, 0, len(q))
	for k := range q {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		for _, v := range slices.Sorted(slices.Values(q[k])) {
			pairs = append(pairs, escape(k)+"="+escape(v))
		}
	}
	return strings.Join(pairs, "&")
}

func canonicalHeaders(r *http.Request, signed []string) string {
	var b strings.Builder
	for _, name := range signed {
		values := r.Header.Values(name)
		if strings.EqualFold(name, "host") {
			values = []string{r.Host}
		}
		for _, v := range slices.Sorted(slices.Values(values)) {
			b.WriteString(strings.ToLower(name) + ":" + strings.TrimSpace(v) + "\n")
		}
	}
	return b.String()
}

// escape leaves A-Z a-z 0-9 _ - ~ . alone and writes the rest as %XX.
func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
