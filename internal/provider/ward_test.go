package provider_test

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// ward is a world in which a test says at any time who is healthy, and somebody
// else changes texts.
type ward struct {
	*world
	slb *slbfake.Cloud
	elb *elbfake.Cloud

	mu  sync.Mutex
	ill map[string]bool // by key
}

// inEveryWard runs a test once for each member resource, in a bubble and in
// parallel, in a world whose group is checked.
func inEveryWard(t *testing.T, test func(t *testing.T, w *ward)) {
	for kind := range worlds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, newWard(t, kind)) })
		})
	}
}

func newWard(t *testing.T, kind string) *ward {
	w := &ward{world: worlds[kind](t, true), ill: map[string]bool{}}
	w.server.Faults.On("*").Do(func(_ *fakecloud.Call, cloud fakecloud.Cloud, execute func() fakecloud.Reply) fakecloud.Outcome {
		w.slb, _ = cloud.(*slbfake.Cloud)
		w.elb, _ = cloud.(*elbfake.Cloud)
		return fakecloud.Outcome{Reply: execute()}
	})
	if _, err := w.core(t).Import(t.Context(), sets[kind].kind, w.group, nil); err != nil {
		t.Fatal(err)
	}
	switch {
	case w.elb != nil:
		w.mended()
	case w.group == "rsp-1":
		w.slb.SetListeners("lb-1", slbfake.Listener{Port: 80, Protocol: "tcp", VServerGroup: "rsp-1"})
	default:
		w.slb.SetListeners("lb-1", slbfake.Listener{Port: 80, Protocol: "tcp", BackendPort: 8080})
	}
	return w
}

// visit makes ELB tell the health of the members that are there.
func (w *ward) visit() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.elb.Members(poolID) {
		status := elbfake.Online
		if w.ill[net.JoinHostPort(m.Address, strconv.Itoa(m.Port))] {
			status = elbfake.Offline
		}
		w.elb.SetHealth(poolID, m.Address, m.Port, elbfake.Health{Condition: elbfake.Condition{Status: status}})
	}
}

// sick and healthy say how members fare from now on, in the group or not yet.
func (w *ward) sick(keys ...string)    { w.fare(true, keys) }
func (w *ward) healthy(keys ...string) { w.fare(false, keys) }

func (w *ward) fare(ill bool, keys []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, key := range keys {
		w.ill[key] = ill
		if w.slb != nil {
			server, _, _ := strings.Cut(key, ":")
			w.slb.SetHealth(slbfake.Health{ServerID: server, Status: map[bool]string{true: "abnormal", false: "normal"}[ill]})
		}
	}
}

// text is the attribute that describes a member.
func (w *ward) text() string {
	return map[bool]string{true: "name", false: "description"}[w.elb != nil]
}

// rename is somebody else giving a member another text.
func (w *ward) rename(n int, text string) {
	if w.elb != nil {
		w.elb.SetName(poolID, w.attributes(n)["address"].(string), 8080, text)
		return
	}
	m := w.slbMember(n)
	w.slb.RemoveForeign(w.group, m)
	m.Description = text
	w.slb.AddForeign(w.group, m)
}

// called is the text that the cloud has of a member.
func (w *ward) called(n int) string {
	if w.elb == nil {
		return w.slbMember(n).Description
	}
	for _, m := range w.elb.Members(poolID) {
		if m.Address == w.attributes(n)["address"] {
			return m.Name
		}
	}
	return "not there"
}

func (w *ward) slbMember(n int) slbfake.Member {
	for _, m := range w.slb.Members(w.group) {
		if m.ServerID == w.attributes(n)["server_id"] {
			return m
		}
	}
	return slbfake.Member{}
}

// alone takes the seed's foreign member out of service, so that the members of
// a test are all that serves.
func (w *ward) alone() {
	if w.elb != nil {
		w.elb.SetWeight(poolID, "10.0.9.9", 8080, 0)
		return
	}
	for _, m := range w.slb.Members(w.group) {
		if m.ServerID == "i-foreign" {
			w.slb.SetWeightForeign(w.group, m, 0)
		}
	}
}

// watched runs a check of the group after every write.
func (w *world) watched(check func(held map[string]int)) {
	w.server.Faults.On("*").Where(func(c *fakecloud.Call) bool { return c.Write }).Times(0).Do(
		fakecloud.After(func() { check(w.members()) }))
}

// befalls makes something befall every call of some actions. There is a single
// and a batch form of each, of which one may not come.
func (w *world) befalls(actions []string, e fakecloud.Effect) {
	w.server.Faults.On("*").Where(func(c *fakecloud.Call) bool { return slices.Contains(actions, c.Op) }).Times(0).Do(e)
}

// mended takes all that befalls calls away.
func (w *ward) mended() {
	w.server.Faults.Reset()
	if w.elb != nil {
		w.server.Faults.On("ListMembers").Times(0).Do(fakecloud.Before(w.visit))
	}
}

// keys are those of some members.
func (w *world) keys(numbers ...int) []string {
	keys := make([]string, len(numbers))
	for i, n := range numbers {
		keys[i] = w.key(n)
	}
	return keys
}

// soon is somebody else at work, a while from now.
func (w *ward) soon(what func()) { time.AfterFunc(5*time.Second, what) }
