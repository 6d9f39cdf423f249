package slbapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
)

func TestEndpointOfRegion(t *testing.T) {
	t.Parallel()
	for region, host := range map[string]string{
		"cn-hangzhou":           "slb.aliyuncs.com",
		"cn-beijing":            "slb.aliyuncs.com",
		"cn-shanghai":           "slb.aliyuncs.com",
		"cn-shenzhen":           "slb.aliyuncs.com",
		"cn-qingdao":            "slb.aliyuncs.com",
		"cn-hongkong":           "slb.aliyuncs.com",
		"ap-southeast-1":        "slb.aliyuncs.com",
		"us-east-1":             "slb.aliyuncs.com",
		"us-west-1":             "slb.aliyuncs.com",
		"cn-huhehaote-nebula-1": "slb-api.cn-qingdao-nebula.aliyuncs.com",
		"cn-zhangjiakou":        "slb.cn-zhangjiakou.aliyuncs.com",
		"cn-chengdu":            "slb.cn-chengdu.aliyuncs.com",
		"eu-central-1":          "slb.eu-central-1.aliyuncs.com",
		"ap-northeast-1":        "slb.ap-northeast-1.aliyuncs.com",
		"xx-future-9":           "slb.xx-future-9.aliyuncs.com",
	} {
		t.Run(region, func(t *testing.T) {
			t.Parallel()
			var asked []string
			c := newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				asked = append(asked, r.URL.Scheme+"://"+r.URL.Host)
				return answer(200, `{"LoadBalancerId":"lb-1"}`), nil
			}), func(cfg *Config) { cfg.Region = region })
			if _, err := c.BackendServers("lb-1").List(t.Context()); err != nil {
				t.Fatal(err)
			}
			// One request: the location service was not asked.
			if len(asked) != 1 || asked[0] != "https://"+host {
				t.Errorf("asked %v, want https://%s once", asked, host)
			}
			if c.Endpoint() != "https://"+host {
				t.Errorf("Endpoint() = %s", c.Endpoint())
			}
		})
	}
}

func TestEndpointGiven(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"slb.example.com":          "https://slb.example.com",
		"slb.example.com:8443":     "https://slb.example.com:8443",
		"https://slb.example.com/": "https://slb.example.com",
		"http://127.0.0.1:8080":    "http://127.0.0.1:8080",
		"http://[::1]:8080":        "http://[::1]:8080",
		"[::1]:8080":               "https://[::1]:8080",
	} {
		t.Run(given, func(t *testing.T) {
			t.Parallel()
			var asked string
			c := newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				asked = r.URL.Scheme + "://" + r.URL.Host
				return answer(200, `{"LoadBalancerId":"lb-1"}`), nil
			}), func(cfg *Config) { cfg.Endpoint = given })
			if _, err := c.BackendServers("lb-1").List(t.Context()); err != nil {
				t.Fatal(err)
			}
			if asked != want {
				t.Errorf("asked %s, want %s", asked, want)
			}
		})
	}
}

func TestNewRefusesBadConfigurations(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*Config)
		says   string
	}{
		"no region":           {func(c *Config) { c.Region = "" }, "region"},
		"region with a dot":   {func(c *Config) { c.Region = "evil.example" }, "region"},
		"region with a slash": {func(c *Config) { c.Region = "a/b" }, "region"},
		"no credentials":      {func(c *Config) { c.Credentials = nil }, "credentials"},
		"batch below":         {func(c *Config) { c.BatchSize = -1 }, "batch size"},
		"batch above":         {func(c *Config) { c.BatchSize = 41 }, "batch size"},
		"endpoint path":       {func(c *Config) { c.Endpoint = "https://h/x" }, "path"},
		"endpoint scheme":     {func(c *Config) { c.Endpoint = "ftp://h" }, "scheme"},
		"endpoint no host":    {func(c *Config) { c.Endpoint = "https://:80" }, "host"},
		"endpoint password":   {func(c *Config) { c.Endpoint = "https://u:hunter2@h" }, "without user"},
		"endpoint unreadable": {func(c *Config) { c.Endpoint = "https://u:hunter2@h:x" }, "not a host"},
		"user agent":          {func(c *Config) { c.UserAgent = "a\r\nb: c" }, "user agent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := Config{Region: "cn-hangzhou", Credentials: acs.Static(testKeys)}
			tc.change(&cfg)
			_, err := New(cfg)
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("error %v, want one about %q", err, tc.says)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error %q shows a password", err)
			}
		})
	}
}

func TestBatchLimit(t *testing.T) {
	t.Parallel()
	for given, want := range map[int]int{0: 20, 1: 1, 20: 20, 40: 40} {
		c := newClient(t, &recorder{}, func(cfg *Config) { cfg.BatchSize = given })
		if got := c.BackendServers("lb-1").Limits().Batch; got != want {
			t.Errorf("batch size %d gives %d on a load balancer, want %d", given, got, want)
		}
		if got := c.VServerGroup("rsp-1").Limits().Batch; got != want {
			t.Errorf("batch size %d gives %d on a vserver group, want %d", given, got, want)
		}
	}
}
