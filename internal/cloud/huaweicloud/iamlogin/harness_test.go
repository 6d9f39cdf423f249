package iamlogin_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit/keystest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw/wiretest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const (
	testPool    = "36ce7086-a496-4666-9064-5ba0e6840c75"
	testProject = "99a3fff0d03c428eac3678da6a7d0f24"
	memberA     = "1923923e-fe8a-484f-bdbc-e11559b1f48f"
	poolPath    = "/v3/" + testProject + "/elb/pools/" + testPool + "/members"
)

// testKeys are made up.
var testKeys = apigw.Keys{AccessKey: "EXAMPLEACCESSKEY", SecretKey: "example-not-a-real-secret-key"}

type wire = wiretest.Wire

var answers, write, verifySignature = wiretest.Answers, wiretest.Write, wiretest.VerifySignature

func TestTemporaryKeys(t *testing.T) {
	t.Parallel()
	keystest.Run(t, func(n int) apigw.Keys {
		return apigw.Keys{AccessKey: fmt.Sprint("id-", n), SecretKey: fmt.Sprint("secret-", n), SecurityToken: fmt.Sprint("token-", n)}
	})
}

// testClient is a client of ELB, for which logins are.
func testClient(t testing.TB, w http.RoundTripper, adjust ...func(*elbapi.Config)) *elbapi.Client {
	t.Helper()
	cfg := elbapi.Config{
		Region: "cn-north-4", ELBEndpoint: "http://elb.test", IAMEndpoint: "http://iam.test",
		ProjectID: testProject, Credentials: apigw.Static(testKeys), Transport: w, UserAgent: "cloudlb-test",
	}
	for _, a := range adjust {
		a(&cfg)
	}
	c, err := elbapi.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// calls are the requests in short: "GET /v3/projects".
func calls(w *wire) []string {
	var out []string
	for _, s := range w.Requests() {
		out = append(out, s.Method+" "+s.Path)
	}
	return out
}

func withID(id string) membership.Member {
	return membership.Member{ID: id, Key: membership.Key{Address: "10.0.0.1", Port: 80}}
}

// wantClass checks the class and returns the error.
func wantClass(t testing.TB, err error, want membership.Class) *membership.Error {
	t.Helper()
	e, ok := errors.AsType[*membership.Error](err)
	if !ok || e.Class != want {
		t.Fatalf("%v (%T), want class %q", err, err, want)
	}
	return e
}
