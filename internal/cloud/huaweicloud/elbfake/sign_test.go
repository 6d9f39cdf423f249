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

func TestKeysPermanentAndTemporaryAreAccepted(t *testing.T) {
	t.Parallel()
	r := elbfake.Start(t, seed())
	ok(connect(t, r.URL, nil, key("AK", "SK", "")).ListPools(&model.ListPoolsRequest{}))(t)
	ok(create(connect(t, r.URL, nil, key("TEMP", "TSK", "session")), plain, "10.0.0.5", 80, named("a&b <c> ü")))(t)
}

func TestWrongKeysAreRefused(t *testing.T) {
	t.Parallel()
	r := elbfake.Start(t, seed())
	for _, c := range []struct{ name, ak, sk, session, message string }{
		{"unknown key", "NOBODY", "SK", "", "ak not exist"},
		{"wrong secret", "AK", "WRONG", "", "verify aksk signature fail"},
		{"temporary key without its token", "TEMP", "TSK", "", "security token"},
		{"temporary key with another token", "TEMP", "TSK", "stale", "security token"},
		{"permanent key with a token", "AK", "SK", "session", "security token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := connect(t, r.URL, nil, key(c.ak, c.sk, c.session)).ShowPool(&model.ShowPoolRequest{PoolId: plain})
			refused(t, err, 401, "APIGW.0301", c.message)
		})
	}
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
		{"path", func(r *http.Request) { r.URL.Path = strings.Replace(r.URL.Path, plain, web, 1) }, 401, "APIGW.0301", "signature"},
		{"query", func(r *http.Request) { r.URL.RawQuery = "limit=1" }, 401, "APIGW.0301", "signature"},
		{"signed header", func(r *http.Request) { r.Header.Set("User-Agent", "other") }, 401, "APIGW.0301", "signature"},
		{"signed project", func(r *http.Request) { r.Header.Set("X-Project-Id", other) }, 401, "APIGW.0301", "signature"},
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
			r := elbfake.InProcess(t, seed())
			client := connect(t, r.URL, tamper{r.Server.Transport(), c.change}, key("AK", "SK", ""))
			_, err := create(client, plain, "10.0.0.5", 80)
			if c.status == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			refused(t, err, c.status, c.code, c.message)
			equal(t, "members", text(r, plain)+text(r, web), "")
		})
	}
}

func TestAClockMoreThan15MinutesOffIsRefused(t *testing.T) {
	for _, c := range []struct {
		late    time.Duration
		refused bool
	}{{15 * time.Minute, false}, {15*time.Minute + time.Second, true}} {
		synctest.Test(t, func(t *testing.T) {
			r := elbfake.InProcess(t, seed())
			var sent *http.Request
			keep := tamper{r.Server.Transport(), func(q *http.Request) { sent = q.Clone(t.Context()) }}
			ok(connect(t, r.URL, keep, key("AK", "SK", "")).ShowPool(&model.ShowPoolRequest{PoolId: plain}))(t)
			<-time.After(c.late)
			status, _, body := send(t, r.Server.Transport(), sent)
			if refused := strings.Contains(body, "expired") && status == 401; refused != c.refused {
				t.Errorf("%v late: %d %s", c.late, status, body)
			}
		})
	}
}

func TestTokensAreAccepted(t *testing.T) {
	t.Parallel()
	r := elbfake.InProcess(t, seed())
	status, body := raw(t, r, "GET", pools(plain), "")
	equal(t, "seeded token: "+body, status, 200)
	for _, c := range []struct{ token, message string }{{"forged", "decrypt token fail"}, {"", "x-auth-token not found"}} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", r.URL+pools(plain), nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.token != "" {
			req.Header.Set("X-Auth-Token", c.token)
		}
		status, _, body := send(t, r.Server.Transport(), req)
		if status != 401 || !strings.Contains(body, "APIGW.0301") || !strings.Contains(body, c.message) {
			t.Errorf("token %q: %d %s", c.token, status, body)
		}
	}
}

func TestTheProjectMustBeTheAccounts(t *testing.T) {
	t.Parallel()
	r := elbfake.Start(t, seed())
	stranger := connect(t, r.URL, nil, key("AK", "SK", "").WithProjectId("ffffffffffffffffffffffffffffffff"))
	_, err := stranger.ShowPool(&model.ShowPoolRequest{PoolId: plain})
	refused(t, err, 403, "ELB.8903", "project")

	second := connect(t, r.URL, nil, key("AK", "SK", "").WithProjectId(other))
	_, err = second.ShowPool(&model.ShowPoolRequest{PoolId: plain})
	refused(t, err, 404, "ELB.8904", "pool")
	equal(t, "pools of the other project", len(*ok(second.ListPools(&model.ListPoolsRequest{}))(t).Pools), 0)
	equal(t, "members of the other project", len(*ok(second.ListAllMembers(&model.ListAllMembersRequest{}))(t).Members), 0)

	req, err := http.NewRequestWithContext(t.Context(), "GET", r.URL+pools(plain), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Auth-Token", token)
	req.Header.Set("X-Project-Id", other)
	status, _, _ := send(t, r.Server.Transport(), req)
	equal(t, "X-Project-Id of another project than the path's", status, 403)
}

// Another client than the SDK's signs other headers, host among them.
func TestTheSignedHeadersAreTheSendersChoice(t *testing.T) {
	t.Parallel()
	r := elbfake.Start(t, seed())
	host := strings.TrimPrefix(r.URL, "http://")
	for _, c := range []struct {
		host   string
		status int
	}{{host, 200}, {"elsewhere", 401}} {
		req := request.NewHttpRequestBuilder().WithEndpoint(r.URL).WithMethod("GET").WithPath(pools(plain)).
			AddHeaderParam("Accept", "application/json").AddHeaderParam("Host", c.host).Build()
		signed := ok(signer.Sign(req, "AK", "SK"))(t)
		if !strings.Contains(signed["Authorization"], "SignedHeaders=accept;host;x-sdk-date,") {
			t.Fatal(signed["Authorization"])
		}
		q, err := http.NewRequestWithContext(t.Context(), "GET", r.URL+pools(plain), nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Accept", "application/json")
		q.Header.Set("X-Project-Id", project) // after signing
		for k, v := range signed {
			q.Header.Set(k, v)
		}
		status, _, _ := send(t, &http.Transport{DisableKeepAlives: true}, q)
		equal(t, "signed for "+c.host, status, c.status)
	}
}
