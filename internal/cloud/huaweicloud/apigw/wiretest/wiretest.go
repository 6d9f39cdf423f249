// Package wiretest is a cloud in process that keeps what was sent, for the tests
// of the rooms that make calls of Huawei Cloud's.
package wiretest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
)

// Sent is one request as it went over the wire.
type Sent struct {
	Method, Path, Query string
	Header              http.Header
	Host, Body          string
}

// Wire is a transport that answers in process and keeps what was sent.
type Wire struct {
	mu      sync.Mutex
	sent    []Sent
	Handler http.HandlerFunc
}

// RoundTrip implements the interface.
func (w *Wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	w.mu.Lock()
	w.sent = append(w.sent, Sent{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Clone(), r.URL.Host, string(body)})
	w.mu.Unlock()
	in := r.Clone(r.Context())
	in.Body = io.NopCloser(bytes.NewReader(body))
	rec := httptest.NewRecorder()
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		w.Handler(rec, in)
	}()
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case p := <-done:
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			return nil, errors.New("read: connection reset by peer")
		}
		if p != nil {
			panic(p) //nolint:forbidigo // it goes to whoever waits for the answer
		}
	}
	return rec.Result(), nil
}

// Requests are those that were sent, in order.
func (w *Wire) Requests() []Sent {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.sent)
}

// Answers are always the same.
func Answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { Write(w, status, body) }
}

// Write answers with JSON.
func Write(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// VerifySignature recomputes SDK-HMAC-SHA256 from the request as sent.
func VerifySignature(t testing.TB, s Sent, keys apigw.Keys) {
	t.Helper()
	var access, signed, signature string
	if _, err := fmt.Sscanf(strings.ReplaceAll(s.Header.Get("Authorization"), ",", ""),
		"SDK-HMAC-SHA256 Access=%s SignedHeaders=%s Signature=%s", &access, &signed, &signature); err != nil {
		t.Fatalf("Authorization %q: %v", s.Header.Get("Authorization"), err)
	}
	hash := func(b string) string { h := sha256.Sum256([]byte(b)); return hex.EncodeToString(h[:]) }
	headers := ""
	for _, name := range strings.Split(signed, ";") {
		headers += name + ":" + strings.TrimSpace(s.Header.Get(name)) + "\n"
	}
	query, err := url.ParseQuery(s.Query)
	if err != nil {
		t.Fatal(err)
	}
	canonical := strings.Join([]string{s.Method, s.Path + "/", strings.ReplaceAll(query.Encode(), "+", "%20"),
		headers, signed, hash(s.Body)}, "\n")
	mac := hmac.New(sha256.New, []byte(keys.SecretKey))
	mac.Write([]byte("SDK-HMAC-SHA256\n" + s.Header.Get("X-Sdk-Date") + "\n" + hash(canonical)))
	if want := hex.EncodeToString(mac.Sum(nil)); access != keys.AccessKey || signature != want {
		t.Errorf("%s %s: signature %s by %s, want %s by %s", s.Method, s.Path, signature, access, want, keys.AccessKey)
	}
	for _, name := range []string{"user-agent", "x-sdk-date"} {
		if !slices.Contains(strings.Split(signed, ";"), name) {
			t.Errorf("header %s is not signed", name)
		}
	}
}
