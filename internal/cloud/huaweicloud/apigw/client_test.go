package apigw

import (
	"fmt"
	"strings"
	"testing"
)

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ region, cloud, endpoint, want string }{
		"region alone":                 {"cn-north-4", "", "", "https://elb.cn-north-4.myhuaweicloud.com"},
		"Dublin":                       {"eu-west-101", "", "", "https://elb.eu-west-101.myhuaweicloud.eu"},
		"Paris":                        {"eu-west-0", "", "", "https://elb.eu-west-0.myhuaweicloud.com"},
		"cloud":                        {"eu-west-101", "cloud.example.com", "", "https://elb.eu-west-101.cloud.example.com"},
		"an endpoint before the cloud": {"cn-north-4", "cloud.example.com", "elb.test", "https://elb.test"},
		"the region in a host":         {"cn-north-4", "", "http://{region}.elb:81/v3", "http://cn-north-4.elb:81"},
		"host":                         {"cn-north-4", "", "elb.example.com:8443/v3/", "https://elb.example.com:8443"},
		"no region":                    {"", "", "http://127.0.0.1:1/", "http://127.0.0.1:1"},
	} {
		c, err := New(Config{Service: "ELB", Region: tt.region, Cloud: tt.cloud, Endpoint: tt.endpoint})
		if err != nil || c.Endpoint.String() != tt.want {
			t.Errorf("%s: %v, %v; want %s", name, c, err, tt.want)
		}
	}
	for says, cfg := range map[string]Config{
		"path":                        {Region: "r", Endpoint: "https://h/elb"},
		"user name":                   {Region: "r", Endpoint: "https://u:hush-hush@h"},
		"neither a region":            {},
		"nor an endpoint for ELB":     {Endpoint: "elb.{region}.test"},
		"letters, digits and hyphens": {Region: "x/y"},
	} {
		cfg.Service = "ELB"
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hush") {
			t.Errorf("error %v, want one about %q", err, says)
		}
	}
}

func TestKeysThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for want, keys := range map[string]Keys{
		"":                        {AccessKey: "a", SecretKey: "b"},
		"the access key is empty": {SecretKey: "b"},
		"the secret key is empty": {AccessKey: "a"},
		"no header can carry":     {AccessKey: "a\n", SecretKey: "b"},
	} {
		if err := keys.Check(); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("error %v, want one about %q", err, want)
		}
	}
	if err := (Keys{Token: "t"}).Check(); err != nil {
		t.Error(err)
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	t.Parallel()
	keys := Keys{AccessKey: "EXAMPLEACCESSKEY", SecretKey: "example-not-a-real-secret-key", Token: "example-token"}
	for _, v := range []any{keys, &keys, Static(keys), struct{ C Credentials }{Static(keys)}} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
			if s := fmt.Sprintf(format, v); strings.Contains(strings.ToLower(s), "example") {
				t.Errorf("%s of %T prints %s", format, v, s)
			}
		}
	}
}
