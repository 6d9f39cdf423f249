package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

// withGroups is the list of products with ALB and NLB on it.
func withGroups() []fakecloud.Product {
	all := stages.Products()
	for _, p := range sgfake.Products() {
		if !slices.ContainsFunc(all, func(o fakecloud.Product) bool { return o.Name == p.Name }) {
			all = append(all, p)
		}
	}
	return all
}

// signedCall makes a call of one of Alibaba Cloud's APIs; named are parameters
// such as ServerGroupId=sgp-1.
func (r *running) signedCall(key acsfake.Key, action, version string, named ...string) (status int, body string) {
	r.t.Helper()
	r.nonce++
	q := acsfake.Request{
		Host:  strings.TrimPrefix(r.URL, "http://"),
		Query: acsfake.Common(action, version, "cn-hangzhou", fmt.Sprint(r.nonce), key), Form: map[string]string{},
	}
	for _, w := range named {
		name, value, _ := strings.Cut(w, "=")
		q.Form[name] = value
	}
	req, err := q.Signed(r.t.Context(), key.Secret)
	if err != nil {
		r.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer json.RawMessage
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}

// One port serves SLB, ALB and NLB of one account: a key of the seed, and one
// that STS issued, is good for all of them, and each gets its own calls.
func TestTheProductsOfACloudTakeTheKeysOfOneAccount(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "seed.json")
	seed := `{
		"alicloud": {"region": "cn-hangzhou", "keys": [{"id": "ak", "secret": "sk"}], "load_balancers": [{"id": "lb-1"}]},
		"alb": {"region": "cn-hangzhou", "server_groups": [{"id": "sgp-alb"}], "roles": [{"arn": "acs:ram::1:role/deploy"}]},
		"nlb": {"region": "cn-hangzhou", "server_groups": [{"id": "sgp-nlb"}], "keys": [{"id": "other", "secret": "sk"}]}
	}`
	if err := os.WriteFile(file, []byte(seed), 0o600); err != nil {
		t.Fatal(err)
	}
	r := startWith(t, withGroups(), "--seed", file)
	defer r.stop()
	if a := r.Alicloud; a.AccessKey != "ak" || len(a.Endpoints) != 4 || a.Endpoints["slb"] != r.URL || a.Endpoints["alb"] != r.URL || a.Endpoints["nlb"] != r.URL {
		t.Errorf("the provider's settings are %+v", a)
	}
	status, body := r.signedCall(acsfake.Key{ID: "ak", Secret: "sk"}, "AssumeRole", "2015-04-01", "RoleArn=acs:ram::1:role/deploy", "RoleSessionName=test")
	var sts struct {
		Credentials struct{ AccessKeyId, AccessKeySecret, SecurityToken string }
	}
	if err := json.Unmarshal([]byte(body), &sts); err != nil || status != http.StatusOK {
		t.Fatalf("AssumeRole: %d %s", status, body)
	}
	issued := acsfake.Key{ID: sts.Credentials.AccessKeyId, Secret: sts.Credentials.AccessKeySecret, Token: sts.Credentials.SecurityToken}
	for _, key := range []acsfake.Key{{ID: "ak", Secret: "sk"}, {ID: "other", Secret: "sk"}, issued} {
		for _, call := range [][]string{
			{"DescribeLoadBalancerAttribute", "2014-05-15", "LoadBalancerId=lb-1", "lb-1"},
			{"ListServerGroups", "2020-06-16", "MaxResults=10", "sgp-alb"},
			{"ListServerGroups", "2022-04-30", "MaxResults=10", "sgp-nlb"},
		} {
			if status, body := r.signedCall(key, call[0], call[1], call[2]); status != http.StatusOK || !strings.Contains(body, call[3]) {
				t.Errorf("%s: %s %s: %d %s", key.ID, call[0], call[1], status, body)
			}
		}
	}
	if code := r.call("POST", "/_admin/nlb/add", `{"server_group_id": "sgp-nlb", "server_id": "i-1", "port": 80}`, nil); code != http.StatusOK {
		t.Errorf("add: %d", code)
	}
	if w, ok := r.weights()["sgp-nlb i-1:80"]; !ok || w != 100 {
		t.Errorf("held %v", r.weights())
	}
	if code := r.call("POST", "/_admin/alb/remove", `{"server_group_id": "sgp-alb", "server_id": "i-1", "port": 80}`, nil); code != http.StatusNotFound {
		t.Errorf("remove of an absent member: %d", code)
	}
	if s := r.stderr.String(); s != "" {
		t.Errorf("complaints: %s", s)
	}
}

// What seeds of one account say of it must go together.
func TestSeedsOfOneAccountThatContradictEachOther(t *testing.T) {
	t.Parallel()
	for seed, why := range map[string]string{
		`{"alb": {"region": "a", "server_groups": []}, "nlb": {"region": "b", "server_groups": []}}`: "region",
		`{"alb": {"region": "a", "keys": [{"id": "k", "secret": "x"}], "server_groups": []},
		  "nlb": {"region": "a", "keys": [{"id": "k", "secret": "y"}], "server_groups": []}}`: "access key k",
	} {
		s, err := parseSeed(withGroups(), []byte(seed))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newSimulator(withGroups(), s, fakecloud.Latency{}, nil); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want one about %s", seed, err, why)
		}
	}
}

// The default seed has all products, each with its group and member.
func TestTheDefaultSeedHasEveryProduct(t *testing.T) {
	t.Parallel()
	r := startWith(t, withGroups(), "--data-plane")
	defer r.stop()
	held := r.weights()
	for _, member := range []string{"lb-quickstart i-legacy-1", "sgp-alb-quickstart i-legacy-1:8080", "sgp-nlb-quickstart i-legacy-1:8443"} {
		if held[member] != 50 {
			t.Errorf("%s has weight %d", member, held[member])
		}
	}
	answered(t, r.Listeners["alb"]["lsn-alb-quickstart"], "i-legacy-1\n")
	answered(t, r.Listeners["nlb"]["lsn-nlb-quickstart@443"], "i-legacy-1\n")
}
