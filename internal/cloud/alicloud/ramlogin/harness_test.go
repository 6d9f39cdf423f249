package ramlogin

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit/keystest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// testKeys look like keys and are none.
var testKeys = acs.Keys{AccessKeyID: "NOTAKEYNOTAKEY00", AccessKeySecret: "not/a+secret=at~all*00"}

var ecs = membership.Member{Key: membership.Key{Server: "i-1"}, Weight: 100}

func TestTemporaryKeys(t *testing.T) {
	t.Parallel()
	keystest.Run(t, func(n int) acs.Keys {
		return acs.Keys{AccessKeyID: fmt.Sprint("id-", n), AccessKeySecret: fmt.Sprint("secret-", n), SecurityToken: fmt.Sprint("token-", n)}
	})
}

// roundTrip is a cloud in process.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Status: fmt.Sprint(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// always is a cloud with one answer.
func always(status int, body string) roundTrip {
	return func(*http.Request) (*http.Response, error) { return answer(status, body), nil }
}

// jsonFault is an error as STS sends it.
func jsonFault(code, message string) string {
	return fmt.Sprintf(`{"Code":%q,"Message":%q,"RequestId":"req-9"}`, code, message)
}

// as is a client of SLB that logs in with credentials.
func as(t *testing.T, rt http.RoundTripper, c acs.Credentials, err error) *slbapi.Client {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	client, err := slbapi.New(slbapi.Config{Region: "cn-hangzhou", Credentials: c, Transport: rt})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// asError is the error of a login; anything else fails the test.
func asError(t testing.TB, err error) *membership.Error {
	t.Helper()
	e, ok := err.(*membership.Error) //nolint:errorlint // a login promises it unwrapped
	if !ok {
		t.Fatalf("error %v (%T), want a *membership.Error", err, err)
	}
	return e
}
