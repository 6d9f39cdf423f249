package acceptance_test

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

// journal keeps what is logged.
type journal struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.out.Write(p)
}

// text is what has been logged so far: a reading that nobody waits for any more may
// still log its end.
func (j *journal) text() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.out.String()
}

// logged is the log of an apply of member 1, or of its destruction.
func (w *world) logged(t *testing.T, c *acctest.Core, o *acctest.Object, config map[string]any) (*journal, error) {
	t.Helper()
	c.Run()
	j := &journal{}
	err := c.Apply(tflogtest.RootLogger(t.Context(), j), o, config)
	return j, err
}

// logFields are the fields of a line, in the order of the guide.
var logFields = strings.Fields("service operation group members until region host attempt queued_ms duration_ms waited_ms status " +
	"class code error request_id job next_try_ms")

// lines are the lines of level INFO and above, as the guide has them.
func (j *journal) lines(t *testing.T) (lines []string) {
	t.Helper()
	all, err := tflogtest.MultilineJSONDecode(strings.NewReader(j.text()))
	if err != nil {
		t.Fatal(err)
	}
	for _, fields := range all {
		if fields["@level"] == "debug" {
			continue
		}
		line := fmt.Sprintf("%s:", fields["@message"])
		for _, name := range logFields {
			if v, ok := fields[name]; ok {
				line += " " + name + "=" + shown(v)
			}
			delete(fields, name)
		}
		for name := range fields {
			if !strings.HasPrefix(name, "@") {
				t.Errorf("a field that the guide does not tell of: %s", name)
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// shown is a value as Terraform shows it.
func shown(v any) string {
	if list, ok := v.([]any); ok {
		return strings.ReplaceAll(fmt.Sprint(list), " ", ", ")
	}
	text := fmt.Sprint(v)
	if strings.Contains(text, " ") {
		return fmt.Sprintf("%q", text)
	}
	return text
}

// What the log says of a removal with a drain is the same on every cloud, and no
// secret is in it.
func TestTheLogOfARemoval(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		j := w.removed(t)
		call := func(ops []string, weight int) string {
			operation := "(" + strings.Join(ops, "|") + ")"
			call := fmt.Sprintf(`API call succeeded: service=\w+ operation=%s group=%s members=\[%s=%d\] region=%s host=\S+ attempt=1 queued_ms=20 `+
				`duration_ms=0 status=20\d request_id=\S+`, operation, w.group, w.key(1), weight, w.Region)
			if w.ops.poll != nil {
				call += fmt.Sprintf(`\njob (\S+) of %s: succeeded after \S+: service=\w+ operation=%s group=%s region=%s waited_ms=\d+ request_id=\S+ job=\S+`,
					operation, operation, w.group, w.Region)
			}
			return call + "\n"
		}
		want := regexp.MustCompile(`^` + call(w.ops.update, 0) +
			fmt.Sprintf(`draining %[1]s until (\S+Z): service=\w+ group=%[2]s members=\[%[1]s=%[3]d\] until=\S+Z region=%[4]s\n`, w.key(1), w.group, w.weight, w.Region) +
			fmt.Sprintf(`%[1]s drained for 5s: service=\w+ group=%[2]s members=\[%[1]s=%[3]d\] region=%[4]s\n`, w.key(1), w.group, w.weight, w.Region) +
			call(w.ops.remove, 0) + `$`)
		if got := strings.Join(j.lines(t), "\n") + "\n"; !want.MatchString(got) {
			t.Errorf("the lines are\n%swant\n%s", got, want)
		}
		settings := w.settings[w.Cloud].(map[string]any)
		for _, secret := range []string{settings["secret_key"].(string), "Signature", "Authorization"} {
			if strings.Contains(j.text(), secret) {
				t.Errorf("%q is in the log", secret)
			}
		}
	})
}

// removed is the log of the removal of member 1 after a drain of 5 s.
func (w *world) removed(t *testing.T) *journal {
	t.Helper()
	c := w.core(t)
	o, config := c.New(w.kind), w.attributes(1)
	config["drain_duration"] = "5s"
	c.MustApply(o, config)
	j, err := w.logged(t, c, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// logStories are what the excerpts in the guide are of: what befalls the cloud, and
// the log of the creation of a member.
var logStories = map[string]struct {
	kind    string
	befalls func(w *world)
	extra   map[string]any // beside the member's own attributes
	setting map[string]any // beside the provider's own
	fails   bool
}{
	"it becomes healthy": {"cloudlb_slb_vserver_group_server", func(w *world) {
		w.Ward.Say(fakecloud.Health{Member: w.key(1), Status: fakecloud.Unhealthy})
		time.AfterFunc(40*time.Second, func() { w.Ward.Say(fakecloud.Health{Member: w.key(1), Status: fakecloud.Healthy}) })
	}, map[string]any{"wait_for_healthy": true}, nil, false},
	"the group is busy": {"cloudlb_slb_vserver_group_server", func(w *world) {
		w.server.Faults.On(w.ops.add[0]).Times(3).Do(w.Codes.Busy.Fail("The load balancer is being configured."))
	}, nil, nil, false},
	"it is throttled": {"cloudlb_elb_member", func(w *world) {
		w.server.Faults.On(w.ops.add[0]).Do(fakecloud.Throttle(4 * time.Second))
	}, nil, nil, false},
	"an answer is lost": {"cloudlb_alb_server_group_server", func(w *world) {
		w.server.Faults.On(w.ops.add[0]).Do(fakecloud.ResetBeforeCommit())
	}, nil, nil, false},
	"the key is wrong": {"cloudlb_slb_backend_server", func(*world) {}, nil, map[string]any{"secret_key": "sk-of-somebody-else"}, true},
}

// refused is the log of a creation at an endpoint that takes no connection.
func refused(t *testing.T) *journal {
	t.Helper()
	w := worlds["cloudlb_slb_backend_server"](t, true)
	c := acctest.NewCore(t, provider.Over("test", nil), map[string]any{w.Cloud: w.Settings("http://127.0.0.1:1")})
	config := w.attributes(1)
	config["timeouts"] = map[string]any{"create": "1s"}
	j, err := w.logged(t, c, c.New(w.kind), config)
	if err == nil {
		t.Error("the creation has succeeded")
	}
	return j
}

func kindOf(single string) fakecloud.Kind {
	kinds := stages.Kinds()
	return kinds[slices.IndexFunc(kinds, func(k fakecloud.Kind) bool { return k.Single == single })]
}

func TestTheExcerptsOfTheGuideAreReal(t *testing.T) {
	t.Parallel()
	told := make(chan string, len(logStories)+4)
	t.Run("stories", func(t *testing.T) {
		tell := func(t *testing.T, j *journal) { told <- anyTimes(strings.Join(j.lines(t), "\n")) }
		inBubbles(t, []string{"cloudlb_elb_member", "cloudlb_alb_server_group_server"}, func(t *testing.T, w *world) { tell(t, w.removed(t)) })
		t.Run("nobody listens", func(t *testing.T) { tell(t, refused(t)) })
		for name, s := range logStories {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, kindOf(s.kind).Open(fakecloud.Scene{Checked: true}, t, fakecloud.Latency{}), true)
					settings := maps.Clone(w.settings[w.Cloud].(map[string]any))
					maps.Copy(settings, s.setting)
					c := acctest.NewCore(t, w.serve, map[string]any{w.Cloud: settings})
					config := w.attributes(1)
					maps.Copy(config, s.extra)
					s.befalls(w)
					j, err := w.logged(t, c, c.New(w.kind), config)
					if (err != nil) != s.fails {
						t.Error(err)
					}
					tell(t, j)
				})
			})
		}
	})
	close(told)
	var all []string
	for text := range told {
		all = append(all, text)
	}
	blocks := acctest.CodeBlocks(acctest.Guide(t, "../..", "when-an-apply-hangs-or-fails"), "text")
	for _, block := range blocks {
		if want := anyTimes(strings.TrimSpace(block)); !slices.ContainsFunc(all, func(text string) bool { return strings.Contains(text, want) }) {
			t.Errorf("no run logs this:\n%s\nbut\n%s", want, strings.Join(all, "\n\n"))
		}
	}
	if len(blocks) < 5 {
		t.Errorf("%d excerpts", len(blocks))
	}
}

// anyTimes is lines of a log without what differs from run to run.
func anyTimes(text string) string { return differs.ReplaceAllString(text, "...") }

var differs = regexp.MustCompile(`\b(queued|duration|waited|next_try)_ms=\d+|request_id=\S+|\b(\d+m)?\d+(\.\d+)?m?s\b|\d{4}-\d\d-\d\dT[0-9:]+Z|job-\d+`)
