package elbapi

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

func TestEachCallIsOneLogLineWithoutSecrets(t *testing.T) {
	t.Setenv("TF_LOG", "DEBUG")
	keys := testKeys
	keys.SecurityToken = "example-security-token"
	n, signature := 0, ""
	w := &wire{Handler: func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 1 {
			write(w, 200, `{"request_id":"r-1","member":`+memberJSON(memberA, "10.0.0.1", "80")+`}`)
			return
		}
		_, signature, _ = strings.Cut(r.Header.Get("Authorization"), "Signature=")
		write(w, 429, `{"error_code":"APIGW.0308","request_id":"r-2","error_msg":"`+r.Header.Get("Authorization")+keys.SecretKey+keys.SecurityToken+`"}`)
	}}
	g := testClient(t, w, func(c *Config) { c.Credentials = apigw.Static(keys) }).Pool(testPool)
	var out bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &out)
	ctx = membership.WithAttempt(ctx, membership.Attempt{N: 3, Size: 1, Queued: 15 * time.Millisecond})
	if err := g.Add(ctx, []membership.Member{ipMember("10.0.0.1", 80)}); err != nil {
		t.Fatal(err)
	}
	wantClass(t, g.Remove(ctx, []membership.Member{withID(memberA), withID(memberB)}), membership.Throttled)
	text := out.String()
	lines, err := tflogtest.MultilineJSONDecode(&out)
	if err != nil || len(lines) != 2 {
		t.Fatalf("%d lines, %v: %s", len(lines), err, text)
	}
	want := []map[string]any{
		{"operation": "CreateMember", "group": testPool, "service": "ELB", "region": "cn-north-4", "host": "elb.test", "members": "[10.0.0.1:80=1]", "queued_ms": 15.0, "attempt": 3.0, "status": 200.0, "request_id": "r-1", "@level": "info", "error": nil, "class": nil, "code": nil},
		{"operation": "BatchDeleteMembers", "group": testPool, "service": "ELB", "region": "cn-north-4", "host": "elb.test", "members": "[10.0.0.1:80=0 10.0.0.1:80=0]", "queued_ms": 15.0, "attempt": 3.0, "status": 429.0, "request_id": "r-2", "@level": "warn", "class": "throttled", "code": "APIGW.0308"},
	}
	for i, fields := range want {
		for k, v := range fields {
			if fmt.Sprint(lines[i][k]) != fmt.Sprint(v) {
				t.Errorf("line %d: %s is %v, want %v", i, k, lines[i][k], v)
			}
		}
		if lines[i]["@module"] != "provider.elb" || lines[i]["duration_ms"] == nil || lines[i]["new_logger_warning"] != nil {
			t.Errorf("line %d: %v", i, lines[i])
		}
	}
	for _, secret := range []string{keys.SecretKey, keys.SecurityToken, keys.AccessKey, signature} {
		if secret == "" || strings.Contains(text, secret) {
			t.Errorf("%q in %s", secret, text)
		}
	}
}
