package elbapi

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw/wiretest"
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
var testKeys = apigw.Keys{AccessKey: "EXAMPLEACCESSKEY", SecretKey: "example-not-a-real-secret-key"}

type wire = wiretest.Wire

var answers, write, verifySignature = wiretest.Answers, wiretest.Write, wiretest.VerifySignature

// calls are the requests in short: "POST members/batch-add".
func calls(w *wire) []string {
	var out []string
	for _, s := range w.Requests() {
		_, rest, ok := strings.Cut(s.Path, testPool+"/")
		if !ok {
			rest = s.Path
		}
		out = append(out, s.Method+" "+rest)
	}
	return out
}

func testClient(t testing.TB, w http.RoundTripper, adjust ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{
		Region: "cn-north-4", ELBEndpoint: "http://elb.test", IAMEndpoint: "http://iam.test",
		ProjectID: testProject, Credentials: apigw.Static(testKeys), Transport: w, UserAgent: "cloudlb-test",
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
	w := &wire{Handler: handler}
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
