package slbfake

import (
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"
)

func TestHealthHasARowPerListenerAndMember(t *testing.T) {
	t.Parallel()
	fronts(t, world, func(t *testing.T, c cloud) {
		ok(t, c.addGroup("rsp-2", `[{"ServerId":"i-d","Port":81}]`))
		ok(t, c.set("lb-1", `[{"ServerId":"i-b","Weight":0}]`)) // still checked
		want := []string{
			"80 http i-a:8000 normal",   // the default group, on the listener's backend port
			"80 http i-b:8000 normal",   //
			"80 http i-d:81 normal",     // the group of its forwarding rule
			"443 https i-a:8080 normal", //
			"443 https eni-a/10.0.1.2:8080 normal",
		}
		if got := c.health(t, "lb-1", 0); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("rows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if got := c.health(t, "lb-1", 443); strings.Join(got, "\n") != strings.Join(want[3:], "\n") {
			t.Errorf("rows of 443\n%s", strings.Join(got, "\n"))
		}
		if got := c.health(t, "lb-2", 0); len(got) != 0 {
			t.Errorf("without listeners: %q", got)
		}
	})
}

func TestHealthOfAListenerThatIsNotThere(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	q := slb.CreateDescribeHealthStatusRequest()
	q.LoadBalancerId, q.ListenerPort = "lb-1", requests.NewInteger(81)
	_, err := c.DescribeHealthStatus(q)
	refused(t, err, 404, "ListenerNotFound")
	q.ListenerPort, q.ListenerProtocol = requests.NewInteger(80), "tcp"
	_, err = c.DescribeHealthStatus(q)
	refused(t, err, 404, "ListenerNotFound")
	q.ListenerProtocol = "http"
	_, err = c.DescribeHealthStatus(q)
	ok(t, err)
	q.ListenerPort = requests.NewInteger(0)
	_, err = c.DescribeHealthStatus(q)
	refused(t, err, 400, "InvalidParameter")
}

func TestHealthIsWhatTheTestSays(t *testing.T) {
	t.Parallel()
	seed := world()
	seed.LoadBalancers[0].Listeners = append(seed.LoadBalancers[0].Listeners, Listener{Port: 90, Protocol: "tcp", NoHealthCheck: true})
	c := inProcess(t, seed)
	status := func(port int) string {
		var out []string
		for _, row := range c.health(t, "lb-1", port) {
			f := strings.Fields(row)
			out = append(out, f[len(f)-1])
		}
		return strings.Join(out, " ")
	}
	for _, step := range []struct {
		set  Health
		port int
		want []string // of consecutive calls
	}{
		{Health{ServerID: "i-b", Status: "abnormal"}, 80, []string{"normal abnormal", "normal abnormal"}},
		{Health{ServerID: "i-a", Status: "unavailable", ListenerPort: 443}, 80, []string{"normal abnormal"}},
		{Health{}, 443, []string{"unavailable normal"}},
		{Health{ServerIP: "10.0.1.2", Port: 8080, Status: "abnormal", Polls: 2}, 443,
			[]string{"unavailable abnormal", "unavailable abnormal", "unavailable normal"}},
		{Health{Status: "abnormal", Polls: 1}, 80, []string{"abnormal abnormal", "normal abnormal"}},
		{Health{ServerID: "i-b", Status: "normal"}, 80, []string{"normal normal"}},
		{Health{ServerID: "i-b", Status: "normal"}, 90, []string{"unavailable unavailable"}},
	} {
		if step.set.Status != "" {
			c.Cloud.SetHealth(step.set)
		}
		for i, want := range step.want {
			if got := status(step.port); got != want {
				t.Errorf("after %+v, call %d on %d: %s, want %s", step.set, i+1, step.port, got, want)
			}
		}
	}
}

func TestHealthRowsHaveTheFieldsThatTheRulesSay(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world(), WithRules(func(r *Rules) { r.HealthEchoIP, r.HealthNoType = true, true }))
	got := strings.Join(c.health(t, "lb-1", 443), ", ")
	if want := "443 https i-a/10.0.0.1:8080 normal, 443 https eni-a/10.0.1.2:8080 normal"; got != want {
		t.Errorf("rows %s, want %s", got, want)
	}
	c.holds(t, "lb-1", "i-a@100 i-b@50=blue") // whose listing shows no address
	status, _, body := c.send(t, raw{query: map[string]string{"Action": "DescribeHealthStatus"}})
	if status != 200 || strings.Contains(body, `"Type"`) || !strings.Contains(body, `"ServerIp":"10.0.0.1"`) {
		t.Errorf("answer %d %s", status, body)
	}
	c.Cloud.SetRules(func(r *Rules) { r.HealthNoType = false })
	if _, _, body = c.send(t, raw{query: map[string]string{"Action": "DescribeHealthStatus"}}); !strings.Contains(body, `"Type":"eni"`) {
		t.Errorf("answer %s, want types", body)
	}
}

func TestHealthWithoutAListenerFollowsTheRule(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"ListenerNotFound", "CheckedListenerNotFound"} {
		c := inProcess(t, world(), WithRules(func(r *Rules) { r.HealthNoListener = code }))
		q := slb.CreateDescribeHealthStatusRequest()
		q.LoadBalancerId = "lb-2"
		_, err := c.DescribeHealthStatus(q)
		refused(t, err, 404, code)
		if len(c.health(t, "lb-1", 0)) == 0 {
			t.Errorf("%s: no rows of a load balancer with listeners", code)
		}
	}
}

func TestListenersChangeMeanwhile(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	c.Cloud.SetListeners("lb-1", Listener{Port: 8443, Protocol: "tcp", VServerGroup: "rsp-1"}, Listener{Port: 90, Protocol: "udp"})
	got := strings.Join(c.health(t, "lb-1", 0), ", ")
	want := "90 udp i-a:90 normal, 90 udp i-b:90 normal, 8443 tcp i-a:8080 normal, 8443 tcp eni-a/10.0.1.2:8080 normal"
	if got != want {
		t.Errorf("rows %s, want %s", got, want)
	}
}

func TestHealthNamesAnInterfacesAddressByRule(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world(), WithRules(func(r *Rules) { r.HealthInEniHost, r.EchoIP = true, true }))
	got := strings.Join(c.health(t, "lb-1", 443), ", ")
	if want := "443 https i-a/10.0.0.1:8080 normal, 443 https eni-a/eni-host=10.0.1.2:8080 normal"; got != want {
		t.Errorf("rows %s, want %s", got, want)
	}
}
