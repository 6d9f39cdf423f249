package slbfake

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
)

// The vendor's own worked example of the RPC signature, key testsecret.
func TestSignatureIsThatOfTheVendorsExample(t *testing.T) {
	t.Parallel()
	got := sign(stringToSign("GET", map[string]string{
		"Timestamp": "2016-02-23T12:46:24Z", "Format": "XML", "AccessKeyId": "testid", "Action": "DescribeRegions",
		"SignatureMethod": "HMAC-SHA1", "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
		"Version": "2014-05-26", "SignatureVersion": "1.0",
	}), "testsecret")
	if want := "OLeaidS1JvxuMvnyHOwuJ+uX5qY="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestTheSDKsSignatureIsAccepted(t *testing.T) {
	t.Parallel()
	fronts(t, world, func(t *testing.T, c cloud) {
		if _, err := c.describe("lb-1"); err != nil {
			t.Errorf("got %v", err)
		}
		// Characters that encoders disagree about.
		ok(t, c.add("lb-1", `[{"ServerId":"i-c","Description":"a/b-c_d.e"}]`))
		refused(t, c.add("lb-1", `[{"ServerId":"i-d","Description":"a ~*+&=%'é"}]`), 400, "InvalidParameter")
	})
}

func TestAWrongSecretIsRefused(t *testing.T) {
	t.Parallel()
	r := InProcess(t, world())
	c := cloud{r, client(t, r, credentials.NewAccessKeyCredential("ak", "wrong"))}
	_, err := c.describe("lb-1")
	e := refused(t, err, 400, "SignatureDoesNotMatch")
	if !strings.Contains(e.Recommend(), "InvalidAccessKeySecret") {
		t.Errorf("the SDK recommends %q: the string to sign in the message is not its own", e.Recommend())
	}
	if !strings.HasPrefix(c.members("lb-1"), "i-a@100") {
		t.Error("the refused call did something")
	}
}

func TestAnUnknownAccessKeyIsRefused(t *testing.T) {
	t.Parallel()
	r := InProcess(t, world())
	c := cloud{r, client(t, r, credentials.NewAccessKeyCredential("nobody", "sk"))}
	_, err := c.describe("lb-1")
	refused(t, err, 404, "InvalidAccessKeyId.NotFound")
}

func TestATemporaryKeyNeedsItsToken(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, key, secret, token, code string
	}{
		{"with its token", "STS.ak", "sts-sk", "token", ""},
		{"without", "STS.ak", "sts-sk", "", "MissingSecurityToken"},
		{"with another's", "STS.ak", "sts-sk", "other", "InvalidSecurityToken.MismatchWithAccessKey"},
		{"a permanent key with a token", "ak", "sk", "token", "InvalidSecurityToken.MismatchWithAccessKey"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := InProcess(t, world())
			c := cloud{r, client(t, r, credentials.NewStsTokenCredential(tc.key, tc.secret, tc.token))}
			_, err := c.describe("lb-1")
			if tc.code == "" {
				ok(t, err)
			} else {
				refused(t, err, 400, tc.code)
			}
		})
	}
}

func TestATemporaryKeyExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seed := world()
		seed.Keys[1].Expires = time.Now().Add(time.Hour)
		r := InProcess(t, seed)
		c := cloud{r, client(t, r, credentials.NewStsTokenCredential("STS.ak", "sts-sk", "token"))}
		_, err := c.describe("lb-1")
		ok(t, err)
		<-time.After(time.Hour)
		_, err = c.describe("lb-1")
		refused(t, err, 400, "InvalidSecurityToken.Expired")
	})
}

func TestRequestsAreAuthenticated(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) string { return time.Now().UTC().Add(d).Format("2006-01-02T15:04:05Z") }
	for _, tc := range []struct {
		name   string
		query  map[string]string
		status int
		code   string
	}{
		{"as it is", nil, 200, ""},
		{"no signature", map[string]string{"Signature": ""}, 400, "MissingParameter"},
		{"a forged signature", map[string]string{"Signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}, 400, "SignatureDoesNotMatch"},
		{"no access key", map[string]string{"AccessKeyId": "-"}, 400, "MissingParameter"},
		{"no nonce", map[string]string{"SignatureNonce": "-"}, 400, "MissingParameter"},
		{"half an hour old", map[string]string{"Timestamp": at(-30 * time.Minute)}, 200, ""},
		{"too old", map[string]string{"Timestamp": at(-32 * time.Minute)}, 400, "InvalidTimeStamp.Expired"},
		{"from the future", map[string]string{"Timestamp": at(time.Hour)}, 400, "InvalidTimeStamp.Expired"},
		{"another clock's style", map[string]string{"Timestamp": "1700000000"}, 400, "InvalidTimeStamp.Format"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := inProcess(t, world())
			if status, code, body := c.send(t, raw{query: tc.query}); status != tc.status || code != tc.code {
				t.Errorf("got %d %s, want %d %s: %s", status, code, tc.status, tc.code, body)
			}
		})
	}
}

func TestANonceServesOnce(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	q := raw{query: map[string]string{"SignatureNonce": "n"}}
	if status, _, body := c.send(t, q); status != 200 {
		t.Fatalf("first use: %d %s", status, body)
	}
	if status, code, _ := c.send(t, q); status != 400 || code != "SignatureNonceUsed" {
		t.Errorf("second use: %d %s", status, code)
	}
}

func TestAFormParameterIsPartOfTheSignature(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	status, _, body := c.send(t, raw{form: map[string]string{"LoadBalancerId": "lb-2"}})
	if status != 200 || !strings.Contains(body, `"lb-2"`) {
		t.Errorf("form: %d %s", status, body)
	}
	if status, _, body = c.send(t, raw{method: "GET"}); status != 200 || !strings.Contains(body, `"lb-1"`) {
		t.Errorf("GET: %d %s", status, body)
	}
	// Tampered with after it was signed.
	sig := sign(stringToSign("POST", map[string]string{"LoadBalancerId": "lb-1"}), "sk")
	status, code, _ := c.send(t, raw{form: map[string]string{"LoadBalancerId": "lb-2"}, query: map[string]string{"Signature": sig}})
	if status != 400 || code != "SignatureDoesNotMatch" {
		t.Errorf("tampered form: %d %s", status, code)
	}
}

func TestWhatIsNotKnownFailsTheTest(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		q    raw
		says string
	}{
		{"action", raw{query: map[string]string{"Action": "StopLoadBalancer"}}, `unknown action "StopLoadBalancer"`},
		{"no action", raw{query: map[string]string{"Action": "-"}}, `unknown action ""`},
		{"parameter", raw{query: map[string]string{"ClientToken": "t"}}, `unknown parameter "ClientToken"`},
		{"parameter of another action", raw{query: map[string]string{"VServerGroupId": "rsp-1"}}, `unknown parameter "VServerGroupId"`},
		{"tags where there are none", raw{query: map[string]string{"Tag.1.Key": "k"}}, "Tag.1.Key"},
		{"version", raw{query: map[string]string{"Version": "2020-06-16"}}, "Version"},
		{"format", raw{query: map[string]string{"Format": "XML"}}, "XML"},
		{"signature method", raw{query: map[string]string{"SignatureMethod": "HMAC-SHA256"}}, "HMAC-SHA256"},
		{"method", raw{method: "PUT"}, "PUT"},
		{"path", raw{path: "v3/lb"}, "/v3/lb"},
		{"body", raw{body: `{"a":1}`, kind: "application/json"}, "application/json"},
		{"tag value without a key", raw{query: map[string]string{"Action": "DescribeVServerGroups", "Tag.1.Value": "v"}}, "without its key"},
		{"parameter in query and form", raw{body: "Action=DescribeLoadBalancerAttribute", kind: "application/x-www-form-urlencoded"}, "2 times"},
		{"no version", raw{query: map[string]string{"Version": "-"}}, "Version"},
		{"signature type", raw{query: map[string]string{"SignatureType": "BEARERTOKEN"}}, "BEARERTOKEN"},
		{"field", raw{query: map[string]string{"Action": "AddBackendServers", "BackendServers": `[{"ServerId":"i-c","Wieght":1}]`}}, "Wieght"},
		{"field twice", raw{query: map[string]string{"Action": "AddBackendServers", "BackendServers": `[{"ServerId":"i-c","serverId":"i-d"}]`}}, "erverId"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			rec := &recorder{}
			r := InProcess(rec, world())
			c := cloud{Running: r}
			status, code, body := c.send(t, tc.q)
			if status != 400 || code != "FakeUnsupported" {
				t.Errorf("got %d %s, want 400 FakeUnsupported: %s", status, code, body)
			}
			if len(rec.reports) != 1 || !strings.Contains(rec.reports[0], tc.says) {
				t.Errorf("reports %q, want one that says %q", rec.reports, tc.says)
			}
			if c.members("lb-1") != "i-a@100 i-b@50=blue" {
				t.Error("the request did something")
			}
		})
	}
}

func TestWhatUsersGetWrongIsAnErrorAndNoFailure(t *testing.T) {
	t.Parallel()
	rec := &recorder{}
	r := InProcess(rec, world())
	c := cloud{r, client(t, r, credentials.NewAccessKeyCredential("ak", "wrong"))}
	_, err := c.describe("lb-1")
	var server *sdkerrors.ServerError
	if !errors.As(err, &server) || len(rec.reports) != 0 {
		t.Errorf("got %v and reports %q, want an error alone", err, rec.reports)
	}
}

func TestXMLErrorsAreTheVendors(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world(), WithRules(func(r *Rules) { r.XMLErrors = true }))
	_, err := c.describe("lb-none")
	var server *sdkerrors.ServerError
	if !errors.As(err, &server) || server.HttpStatus() != 404 {
		t.Fatalf("got %v", err)
	}
	// The SDK reads no XML: no code, and the body for a message.
	if server.ErrorCode() != "" || !strings.Contains(server.Message(), "<Code>InvalidLoadBalancerId.NotFound</Code>") {
		t.Errorf("code %q, message %q", server.ErrorCode(), server.Message())
	}
}
