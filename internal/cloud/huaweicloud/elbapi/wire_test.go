package elbapi

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// memberJSON is an answer's member object.
func memberJSON(id, address, port string) string {
	return `{"id":"` + id + `","name":"","weight":1,"address":"` + address + `","protocol_port":` + port + `,"operating_status":"NO_MONITOR"}`
}

func TestEveryCallOnTheWire(t *testing.T) {
	t.Parallel()
	at := func(address, port string) string {
		return `{"request_id":"r","member":` + memberJSON(memberA, address, port) + `}`
	}
	one, portless := at("10.0.0.1", "80"), at("10.0.0.1", "0")
	tests := []struct {
		name   string
		status int
		answer string
		call   func(context.Context, membership.Group) error
		method string
		path   string
		query  string
		body   string
	}{
		{"add one", 201, one, func(ctx context.Context, g membership.Group) error {
			return g.Add(ctx, []membership.Member{ipMember("10.0.0.1", 80)})
		}, "POST", poolPath, "", `{"member":{"address":"10.0.0.1","protocol_port":80,"weight":1}}`},
		{"add one with weight and port 0", 201, portless, func(ctx context.Context, g membership.Group) error {
			return g.Add(ctx, []membership.Member{{Key: membership.Key{Address: "10.0.0.1"}}})
		}, "POST", poolPath, "", `{"member":{"address":"10.0.0.1","protocol_port":0,"weight":0}}`},
		{"add one with everything", 201, at("2001:db8::5", "443"), func(ctx context.Context, g membership.Group) error {
			return g.Add(ctx, []membership.Member{{Key: membership.Key{Address: "2001:db8::5", Port: 443},
				Weight: 100, Name: `a<b>&"c"`, Subnet: "c09f620e-3492-4429-ac15-445d5dd9ca74", Zone: "cn-north-4a"}})
		}, "POST", poolPath, "", `{"member":{"address":"2001:db8::5","name":"a<b>&\"c\"","protocol_port":443,` +
			`"subnet_cidr_id":"c09f620e-3492-4429-ac15-445d5dd9ca74","weight":100,"availability_zone":"cn-north-4a"}}`},
		{"add two", 200, `{"members":[{"id":"x","address":"10.0.0.1","protocol_port":80,"ret_status":"successful"},` +
			`{"id":"y","address":"10.0.0.2","protocol_port":0,"ret_status":"successful"}]}`,
			func(ctx context.Context, g membership.Group) error {
				return g.Add(ctx, []membership.Member{
					{Key: membership.Key{Address: "10.0.0.1", Port: 80}, Weight: 5, Name: "web", Zone: "z1"},
					{Key: membership.Key{Address: "10.0.0.2"}}})
			}, "POST", poolPath + "/batch-add", "", `{"members":[{"name":"web","availability_zone":"z1","address":"10.0.0.1","protocol_port":80,"weight":5},` +
				`{"address":"10.0.0.2","protocol_port":0,"weight":0}]}`},
		{"update one to weight 0", 200, one, func(ctx context.Context, g membership.Group) error {
			return g.Update(ctx, []membership.Change{{Member: withID(memberA), Weight: ptr(0)}})
		}, "PUT", poolPath + "/" + memberA, "", `{"member":{"weight":0}}`},
		{"update one to no name and port 0", 200, portless, func(ctx context.Context, g membership.Group) error {
			return g.Update(ctx, []membership.Change{{Member: withID(memberA), Name: ptr(""), Port: ptr(0), Zone: ptr("z2")}})
		}, "PUT", poolPath + "/" + memberA, "", `{"member":{"availability_zone":"z2","name":"","protocol_port":0}}`},
		{"update two", 200, `{"members":[{"id":"` + memberB + `"},{"id":"` + memberA + `"}]}`,
			func(ctx context.Context, g membership.Group) error {
				return g.Update(ctx, []membership.Change{{Member: withID(memberA), Weight: ptr(0)}, {Member: withID(memberB), Name: ptr("")}})
			}, "POST", poolPath + "/batch-update", "", `{"members":[{"id":"` + memberA + `","weight":0},{"id":"` + memberB + `","name":""}]}`},
		{"remove one", 204, "", func(ctx context.Context, g membership.Group) error {
			return g.Remove(ctx, []membership.Member{withID(memberA)})
		}, "DELETE", poolPath + "/" + memberA, "", ""},
		{"remove two by id alone", 200, `{"members":[{"id":"` + memberB + `","ret_status":"not found"},{"id":"` + memberA + `","ret_status":"successful"}]}`,
			func(ctx context.Context, g membership.Group) error {
				return g.Remove(ctx, []membership.Member{withID(memberA), withID(memberB)})
			}, "POST", poolPath + "/batch-delete", "", `{"members":[{"id":"` + memberA + `"},{"id":"` + memberB + `"}]}`},
		{"remove one by address and port", 200, `{"members":[{"id":"` + memberB + `","ret_status":"successful"}]}`,
			func(ctx context.Context, g membership.Group) error {
				return g.Remove(ctx, []membership.Member{ipMember("10.0.0.1", 0)})
			}, "POST", poolPath + "/batch-delete", "", `{"members":[{"address":"10.0.0.1","protocol_port":0}]}`},
		{"list", 200, `{"members":[]}`, func(ctx context.Context, g membership.Group) error {
			_, err := g.List(ctx)
			return err
		}, "GET", poolPath, "limit=2000", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, w := testGroup(t, answers(tt.status, tt.answer))
			if err := tt.call(t.Context(), g); err != nil {
				t.Fatal(err)
			}
			all := w.Requests()
			if len(all) != 1 {
				t.Fatalf("%d requests: %v", len(all), calls(w))
			}
			s := all[0]
			if s.Method != tt.method || s.Path != tt.path || s.Query != tt.query || s.Host != "elb.test" {
				t.Errorf("sent %s %s%s?%s", s.Method, s.Host, s.Path, s.Query)
			}
			if got := strings.TrimSuffix(s.Body, "\n"); got != tt.body {
				t.Errorf("body %s\nwant %s", got, tt.body)
			}
			if s.Header.Get("X-Project-Id") != testProject || s.Header.Get("User-Agent") != "huaweicloud-usdk-go/3.0; cloudlb-test" {
				t.Errorf("headers %v", s.Header)
			}
			verifySignature(t, s, testKeys)
		})
	}
}

func TestTemporaryKeysSendTheirToken(t *testing.T) {
	t.Parallel()
	keys := testKeys
	keys.SecurityToken = "example-security-token"
	w := &wire{Handler: answers(200, `{"members":[]}`)}
	c := testClient(t, w, func(c *Config) { c.Credentials = apigw.Static(keys) })
	if _, err := c.Pool(testPool).List(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := w.Requests()[0]
	if s.Header.Get("X-Security-Token") != keys.SecurityToken || !strings.Contains(s.Header.Get("Authorization"), ";x-security-token,") {
		t.Errorf("headers %v", s.Header)
	}
	verifySignature(t, s, keys)
}

func TestBatchAddTellsEachItemsOutcomeWhateverTheOrder(t *testing.T) {
	t.Parallel()
	g, _ := testGroup(t, answers(200, `{"request_id":"req-1","members":[
		{"id":"4","address":"10.0.0.4","protocol_port":80,"ret_status":"odd"},
		{"id":"2","address":"10.0.0.2","protocol_port":80,"ret_status":"existed"},
		{"id":"5","address":"2001:DB8:0::5","protocol_port":80,"subnet_cidr_id":"s1","ret_status":"successful"},
		{"id":"6","address":"10.0.0.6","protocol_port":80,"subnet_cidr_id":"other","ret_status":"successful"},
		{"id":"1","address":"10.0.0.1","protocol_port":80,"subnet_cidr_id":null,"ret_status":"successful"}]}`))
	six := ipMember("10.0.0.6", 80)
	six.Subnet = "wanted"
	err := g.Add(t.Context(), []membership.Member{ipMember("10.0.0.1", 80), ipMember("10.0.0.2", 80),
		ipMember("10.0.0.3", 80), ipMember("10.0.0.4", 80), ipMember("2001:db8::5", 80), six})
	want := []string{"", "already exists", "unknown outcome", "unknown outcome", "", "unknown outcome"}
	if got := classes(t, err); !slices.Equal(got, want) {
		t.Errorf("outcomes %q, want %q", got, want)
	}
	errs, _ := errors.AsType[membership.ItemErrors](err)
	if e := wantClass(t, errs[1], membership.AlreadyExists); e.RequestID != "req-1" || e.Action != "BatchCreateMembers" {
		t.Errorf("%+v", e)
	}
}

func TestBatchDeleteTellsEachItemsOutcome(t *testing.T) {
	t.Parallel()
	c := "3b9ee1f4-0000-4c5a-9d0a-5f0d6a1b2c3d"
	g, _ := testGroup(t, answers(200, `{"members":[{"id":"`+memberB+`","ret_status":"odd"},{"id":"`+memberA+`","ret_status":"not found"}]}`))
	err := g.Remove(t.Context(), []membership.Member{withID(memberA), withID(memberB), withID(c), ipMember("10.0.0.9", 80)})
	want := []string{"", "unknown outcome", "unknown outcome", "unknown outcome"}
	if got := classes(t, err); !slices.Equal(got, want) {
		t.Errorf("outcomes %q, want %q", got, want)
	}
}

func TestBatchUpdateOfAMemberTheAnswerOmitsIsUnknown(t *testing.T) {
	t.Parallel()
	g, w := testGroup(t, answers(200, `{"members":[{"id":"`+memberA+`"}]}`))
	changes := []membership.Change{{Member: withID(memberA), Weight: ptr(1)}, {Member: withID(memberA)}, {Member: withID(memberB), Weight: ptr(2)}}
	if got, want := classes(t, g.Update(t.Context(), changes)), []string{"", "", "unknown outcome"}; !slices.Equal(got, want) {
		t.Errorf("outcomes %q, want %q", got, want)
	}
	if n := len(w.Requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestNothingIsSentForNothing(t *testing.T) {
	t.Parallel()
	g, w := testGroup(t, answers(500, ""))
	for _, err := range []error{g.Add(t.Context(), nil), g.Remove(t.Context(), nil), g.Update(t.Context(), nil),
		g.Update(t.Context(), []membership.Change{{Member: withID(memberA)}})} {
		if err != nil {
			t.Error(err)
		}
	}
	if n := len(w.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestBadIdsAndValuesAreRefusedBeforeAnyRequest(t *testing.T) {
	t.Parallel()
	w := &wire{Handler: answers(500, "")}
	c := testClient(t, w)
	for _, id := range []string{"", "..", "a/b", "../x", "a?b", "{member_id}", "a b", "a%2fb", "ü", "a.b"} {
		if _, err := c.Pool(id).List(t.Context()); !membership.Is(err, membership.Refused) {
			t.Errorf("pool %q: %v", id, err)
		}
		if err := c.Pool(id).Add(t.Context(), []membership.Member{ipMember("10.0.0.1", 1)}); !membership.Is(err, membership.Refused) {
			t.Errorf("pool %q: %v", id, err)
		}
		if err := c.Pool(testPool).Update(t.Context(), []membership.Change{{Member: withID(id), Weight: ptr(1)}}); !membership.Is(err, membership.Refused) {
			t.Errorf("update %q: %v", id, err)
		}
		if id != "" {
			if err := c.Pool(testPool).Remove(t.Context(), []membership.Member{withID(id)}); !membership.Is(err, membership.Refused) {
				t.Errorf("remove %q: %v", id, err)
			}
		}
	}
	p := c.Pool(testPool)
	heavy := ipMember("10.0.0.1", 80)
	heavy.Weight = 101
	for name, err := range map[string]error{
		"weight":     p.Add(t.Context(), []membership.Member{heavy}),
		"port":       p.Add(t.Context(), []membership.Member{ipMember("10.0.0.1", 65536)}),
		"no address": p.Add(t.Context(), []membership.Member{{}}),
		"new port":   p.Update(t.Context(), []membership.Change{{Member: withID(memberA), Port: ptr(-1)}}),
		"too many":   p.Add(t.Context(), make([]membership.Member, 201)),
		"no key":     p.Remove(t.Context(), []membership.Member{{}}),
	} {
		if !membership.Is(err, membership.Refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	err := p.Update(t.Context(), []membership.Change{{Member: withID(memberA), Weight: ptr(1)}, {Weight: ptr(1)}})
	if got, want := classes(t, err), []string{"transient", "refused"}; !slices.Equal(got, want) {
		t.Errorf("one bad of two: %q, want %q", got, want)
	}
	if n := len(w.Requests()); n != 0 {
		t.Errorf("%d requests: %v", n, calls(w))
	}
}

func TestLockNameAndLimitsReadNothing(t *testing.T) {
	t.Parallel()
	w := &wire{Handler: answers(500, "")}
	p := testClient(t, w, func(c *Config) { c.BatchSize = 7; c.ProjectID = "" }).Pool(testPool)
	if p.Lock() != testPool || p.Name() != "ELB pool "+testPool || p.Limits().Batch != 7 || len(w.Requests()) != 0 {
		t.Errorf("lock %q, name %q, limits %+v, %d requests", p.Lock(), p.Name(), p.Limits(), len(w.Requests()))
	}
}

func TestNewChecksItsSettings(t *testing.T) {
	t.Parallel()
	good := Config{Region: "cn-north-4", Credentials: apigw.Static(testKeys)}
	for name, tt := range map[string]struct {
		adjust func(*Config)
		want   string // in the error; "" for success
	}{
		"region alone":         {func(*Config) {}, ""},
		"project and endpoint": {func(c *Config) { c.Region, c.ELBEndpoint, c.ProjectID = "", "http://127.0.0.1:1/", "p" }, ""},
		"path":                 {func(c *Config) { c.ELBEndpoint = "https://h/elb" }, "path"},
		"scheme":               {func(c *Config) { c.IAMEndpoint = "ftp://h" }, "IAM endpoint"},
		"no region":            {func(c *Config) { c.Region = "" }, "region"},
		"no project":           {func(c *Config) { c.Region, c.ELBEndpoint = "", "h" }, "project"},
		"project id":           {func(c *Config) { c.ProjectID = "a/b" }, "project id"},
		"batch":                {func(c *Config) { c.BatchSize = 201 }, "batch size"},
		"credentials":          {func(c *Config) { c.Credentials = nil }, "credentials"},
	} {
		cfg := good
		tt.adjust(&cfg)
		_, err := New(cfg)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: error %v, want one about %q", name, err, tt.want)
		}
	}
}
