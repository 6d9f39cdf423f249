package elbapi

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

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const (
	testPool    = "36ce7086-a496-4666-9064-5ba0e6840c75"
	testProject = "99a3fff0d03c428eac3678da6a7d0f24"
	memberA     = "1923923e-fe8a-484f-bdbc-e11559b1f48f"
	memberB     = "2a9ee1f4-0000-4c5a-9d0a-5f0d6a1b2c3d"
	poolPath    = "/v3/" + testProject + "/elb/pools/" + testPool + "/members"
)

// testKeys are made up; they must not be short, so that a text holds them only
// where they leaked.
var testKeys = Keys{AccessKey: "EXAMPLEACCESSKEY", SecretKey: "example-not-a-real-secret-key"}

// sent is one request as it went over the wire.
type sent struct {
	Method, Path, Query string
	Header              http.Header
	Host, Body          string
}

// wire is a transport that answers in process and keeps what was sent.
type wire struct {
	mu      sync.Mutex
	sent    []sent
	handler http.HandlerFunc
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	w.mu.Lock()
	w.sent = append(w.sent, sent{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Clone(), r.URL.Host, string(body)})
	w.mu.Unlock()
	in := r.Clone(r.Context())
	in.Body = io.NopCloser(bytes.NewReader(body))
	rec := httptest.NewRecorder()
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		w.handler(rec, in)
	}()
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case p := <-done:
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			return nil, errors.New("read: connection reset by peer")
		}
		if p != nil {
			panic(p)
		}
	}
	return rec.Result(), nil
}

func (w *wire) requests() []sent {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.sent)
}

// calls are the requests in short: "POST members/batch-add".
func (w *wire) calls() []string {
	var out []string
	for _, s := range w.requests() {
		_, rest, ok := strings.Cut(s.Path, testPool+"/")
		if !ok {
			rest = s.Path
		}
		out = append(out, s.Method+" "+rest)
	}
	return out
}

func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { write(w, status, body) }
}

func write(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func testClient(t testing.TB, w http.RoundTripper, adjust ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{
		Region: "cn-north-4", ELBEndpoint: "http://elb.test", IAMEndpoint: "http://iam.test",
		ProjectID: testProject, Credentials: Static(testKeys), Transport: w, UserAgent: "cloudlb-test",
	}
	for _, a := range adjust {
		a(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func testGroup(t testing.TB, handler http.HandlerFunc) (membership.Group, *wire) {
	t.Helper()
	w := &wire{handler: handler}
	return testClient(t, w).Pool(testPool), w
}

func ipMember(address string, port int) membership.Member {
	return membership.Member{Key: membership.Key{Address: address, Port: port}, Weight: 1}
}

func withID(id string) membership.Member {
	return membership.Member{ID: id, Key: membership.Key{Address: "10.0.0.1", Port: 80}}
}

func ptr[T any](v T) *T { return &v }

// wantClass checks the class and returns the error.
func wantClass(t testing.TB, err error, want membership.Class) *membership.Error {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want class %q", want)
	}
	e, ok := errors.AsType[*membership.Error](err)
	if !ok {
		t.Fatalf("%T is no *membership.Error: %v", err, err)
	}
	if e.Class != want {
		t.Fatalf("class %q, want %q: %v", e.Class, want, err)
	}
	return e
}

// classes are the classes of a batch's outcome, "" for success.
func classes(t testing.TB, err error) []string {
	t.Helper()
	errs, ok := errors.AsType[membership.ItemErrors](err)
	if !ok {
		t.Fatalf("%T is no ItemErrors: %v", err, err)
	}
	out := make([]string, len(errs))
	for i, e := range errs {
		if e != nil {
			out[i] = membership.ClassOf(e).String()
		}
	}
	return out
}

// verifySignature recomputes SDK-HMAC-SHA256 from the request as sent.
func verifySignature(t testing.TB, s sent, keys Keys) {
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
