package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// printed is what an example prints after the line about the clouds.
func (r *running) printed() string {
	r.t.Helper()
	var all strings.Builder
	for !strings.HasSuffix(all.String(), exampleEnd) {
		line, err := r.stdout.ReadString('\n')
		if err != nil {
			r.t.Fatalf("%v after\n%s", err, &all)
		}
		all.WriteString(line)
	}
	return all.String()
}

// asked tells whether the clouds have got a call that changes something.
func (r *running) asked() bool {
	var log logPage
	r.call("GET", "/_admin/log", "", &log)
	for _, e := range log.Entries {
		if e.Write {
			return true
		}
	}
	return false
}

// What each example prints is pasted and applied as it stands, the requests that it
// shows are made meanwhile, a second plan is empty, and a destroy leaves what was
// there before.
func TestAccCLIExamplesOfCloudsim(t *testing.T) {
	t.Parallel()
	acctest.NeedsCLI(t)
	for _, name := range exampleNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli := acctest.NewCLI(t)
			r := start(t, "--example", name)
			defer r.stop()
			text := r.printed()
			cli.Write("main.tf", text)
			if out, code := cli.Try("fmt", "-check", "-diff"); code != 0 {
				t.Errorf("terraform fmt writes it otherwise:\n%s", out)
			}
			before := len(r.weights())
			if strings.Contains(text, "first apply fails") {
				if out, code := cli.Try("apply", "-auto-approve"); code != 1 || !strings.Contains(out, "The backend is not ready.") {
					t.Errorf("the first apply: exit code %d\n%s", code, out)
				}
			}
			applied := make(chan string, 1)
			go func() {
				out, code := cli.Try("apply", "-auto-approve")
				if code != 0 {
					t.Errorf("apply: exit code %d\n%s", code, out)
				}
				applied <- out
			}()
			for !r.asked() && len(applied) == 0 {
				<-time.After(100 * time.Millisecond)
			}
			shown := 0
			for line := range strings.Lines(text) {
				if line, is := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "# curl "); is {
					if status, answer := r.curl("curl " + line); status != http.StatusOK {
						t.Errorf("%s: %d %s", line, status, answer)
					}
					shown++
				}
			}
			<-applied
			if out, code := cli.Try("plan", "-detailed-exitcode"); code != 0 || shown == 0 {
				t.Errorf("with %d requests, a second plan is not empty: exit code %d\n%s", shown, code, out)
			}
			during := len(r.weights())
			cli.Run("destroy", "-auto-approve")
			if after := len(r.weights()); during <= before || name != "elb" && after != before {
				t.Errorf("%d members, then %d, then %d", before, during, after)
			}
			if s := r.stderr.String(); s != "" {
				t.Errorf("complaints: %s", s)
			}
		})
	}
}

// Every example's seed is one, and its configuration says first what it shows.
func TestExamplesOfCloudsimLoad(t *testing.T) {
	t.Parallel()
	names := exampleNames()
	for _, name := range names {
		r := start(t, "--example", name)
		if text := r.printed(); !strings.HasPrefix(text, "\n# ") || !strings.Contains(text, r.URL) || strings.Contains(text, exampleURL) {
			t.Errorf("%s prints %s", name, text)
		}
		r.stop()
	}
	if len(names) < 8 {
		t.Errorf("there are %v only", names)
	}
}

// What somebody says of a member's health is what its cloud tells, and what its
// listener goes by; and a fault goes as it came.
func TestHealthAndFaultsOfEachProductThroughTheAdminPage(t *testing.T) {
	t.Parallel()
	r := start(t, "--data-plane")
	defer r.stop()
	for _, tc := range []struct{ product, group, member, listeners, listener string }{
		{"slb", "lb-quickstart", "i-legacy-1", "alicloud", "lb-quickstart:80"},
		{"alb", "sgp-alb-quickstart", "i-legacy-1", "alb", "lsn-alb-quickstart"},
		{"nlb", "sgp-nlb-quickstart", "i-legacy-1:8443", "nlb", "lsn-nlb-quickstart@443"},
		{"elb", "pool-quickstart", "10.0.2.101", "huaweicloud", "listener-quickstart"},
	} {
		address := r.Listeners[tc.listeners][tc.listener]
		alive := strings.TrimSuffix(tc.member, ":8443") + "\n"
		answered(t, address, alive)
		say := func(status string) {
			t.Helper()
			body := `{"group": "` + tc.group + `", "member": "` + tc.member + `", "listener": "` + tc.listener + `", "status": "` + status + `"}`
			if code := r.call("POST", "/_admin/"+tc.product+"/health", body, nil); code != http.StatusOK {
				t.Errorf("%s: health %s: %d", tc.product, status, code)
			}
		}
		say("unhealthy")
		silent := map[bool]string{true: "", false: "no backend can be used\n"}[tc.product == "nlb"]
		answered(t, address, silent)
		say("as_checked")
		answered(t, address, alive)

		faults := "/_admin/" + tc.product + "/faults"
		var listed []map[string]any
		if code := r.call("POST", faults, `[{"do": "reset", "on": "read"}, {"name": "x", "do": "busy"}]`, &listed); code != http.StatusOK || len(listed) != 2 {
			t.Errorf("%s: %d %v", faults, code, listed)
		}
		var wrong problem
		if code := r.call("POST", faults, `{"do": "reset", "tiems": 2}`, &wrong); code != http.StatusBadRequest || !strings.Contains(wrong.Error, "tiems") {
			t.Errorf("%s: %d %+v", faults, code, wrong)
		}
		for path, want := range map[string]int{"/x": http.StatusOK, "/y": http.StatusNotFound} {
			if code := r.call("DELETE", faults+path, "", nil); code != want {
				t.Errorf("DELETE %s: %d, want %d", path, code, want)
			}
		}
		if r.call("GET", faults, "", &listed); len(listed) != 1 || listed[0]["fired"] != 0. {
			t.Errorf("%s: %v", faults, listed)
		}
		if r.call("DELETE", faults, "", &listed); len(listed) != 0 {
			t.Errorf("%s: %v", faults, listed)
		}
	}
}
