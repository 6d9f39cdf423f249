package elbfake_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/signer"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/fidelity"
)

// tamper is a transport that changes a request after it was signed.
type tamper struct {
	next   http.RoundTripper
	change func(*http.Request)
}

func (t tamper) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	t.change(r)
	return t.next.RoundTrip(r)
}

func TestARequestChangedAfterItWasSignedIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		change  func(*http.Request)
		status  int // 0: accepted
		code    string
		message string
	}{
		{"nothing", func(*http.Request) {}, 0, "", ""},
		{"unsigned header", func(r *http.Request) { r.Header.Set("X-Domain-Id", "d") }, 0, "", ""},
		{"spaces around a signed header", func(r *http.Request) { r.Header.Set("User-Agent", " "+r.Header.Get("User-Agent")+" ") }, 0, "", ""},
		{"body", func(r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			b = bytes.Replace(b, []byte("10.0.0.5"), []byte("10.0.0.6"), 1)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
		}, 401, "APIGW.0301", "signature"},
		{"path", func(r *http.Request) { r.URL.Path = strings.Replace(r.URL.Path, "plain", "web", 1) }, 401, "APIGW.0301", "signature"},
		{"query", func(r *http.Request) { r.URL.RawQuery = "limit=1" }, 401, "APIGW.0301", "signature"},
		{"signed header", func(r *http.Request) { r.Header.Set("User-Agent", "other") }, 401, "APIGW.0301", "signature"},
		{"signed project", func(r *http.Request) { r.Header.Set("X-Project-Id", "p2") }, 401, "APIGW.0301", "signature"},
		{"date", func(r *http.Request) {
			r.Header.Set("X-Sdk-Date", time.Now().UTC().Add(time.Minute).Format("20060102T150405Z"))
		}, 401, "APIGW.0301", "signature"},
		{"no date", func(r *http.Request) { r.Header.Del("X-Sdk-Date") }, 401, "APIGW.0301", "x-sdk-date"},
		{"declared hash of another body", func(r *http.Request) { r.Header.Set("X-Sdk-Content-Sha256", strings.Repeat("0", 64)) }, 401, "APIGW.0301", "x-sdk-content-sha256"},
		{"JSON declared unsigned", func(r *http.Request) { r.Header.Set("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD") }, 401, "APIGW.0301", "x-sdk-content-sha256"},
		{"another algorithm", func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "SHA256", "SM3", 1))
		}, 401, "APIGW.0301", "malformed"},
		{"no authorization", func(r *http.Request) { r.Header.Del("Authorization") }, 401, "APIGW.0301", "x-auth-token not found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := elbfake.InProcess(t, world())
			client := connect(t, r, tamper{r.Server.Transport(), c.change})
			_, err := client.CreateMember(&model.CreateMemberRequest{PoolId: "plain", Body: &model.CreateMemberRequestBody{Member: &model.CreateMemberOption{Address: "10.0.0.5", ProtocolPort: new(int32(80))}}})
			if c.status == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			refused(t, err, c.status, c.code, c.message)
			equal(t, "members", text(r.Members("plain"))+text(r.Members("web")), "")
		})
	}
}

func TestAClockMoreThan15MinutesOffIsRefused(t *testing.T) {
	for _, c := range []struct {
		late    time.Duration
		refused bool
	}{{15 * time.Minute, false}, {15*time.Minute + time.Second, true}} {
		synctest.Test(t, func(t *testing.T) {
			r := elbfake.InProcess(t, world())
			var sent *http.Request
			keep := tamper{r.Server.Transport(), func(q *http.Request) { sent = q.Clone(t.Context()) }}
			ok(connect(t, r, keep).ShowPool(&model.ShowPoolRequest{PoolId: "plain"}))(t)
			<-time.After(c.late)
			a := fidelity.Send(r.Server.Transport(), sent)
			if refused := strings.Contains(a.Body, "expired") && a.Status == 401; refused != c.refused {
				t.Errorf("%v late: %d %s", c.late, a.Status, a.Body)
			}
		})
	}
}

// Another client than the SDK's signs other headers, host among them.
func TestTheSignedHeadersAreTheSendersChoice(t *testing.T) {
	t.Parallel()
	r := elbfake.Start(t, world())
	host := strings.TrimPrefix(r.URL, "http://")
	for _, c := range []struct {
		host   string
		status int
	}{{host, 200}, {"elsewhere", 401}} {
		req := request.NewHttpRequestBuilder().WithEndpoint(r.URL).WithMethod("GET").WithPath("/v3/p1/elb/pools/plain").
			AddHeaderParam("Accept", "application/json").AddHeaderParam("Host", c.host).Build()
		signed := ok(signer.Sign(req, "AK", "SK"))(t)
		if !strings.Contains(signed["Authorization"], "SignedHeaders=accept;host;x-sdk-date,") {
			t.Fatal(signed["Authorization"])
		}
		q, err := http.NewRequestWithContext(t.Context(), "GET", r.URL+"/v3/p1/elb/pools/plain", nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Accept", "application/json")
		q.Header.Set("X-Project-Id", "p1") // after signing
		for k, v := range signed {
			q.Header.Set(k, v)
		}
		equal(t, "signed for "+c.host, fidelity.Send(&http.Transport{DisableKeepAlives: true}, q).Status, c.status)
	}
}
