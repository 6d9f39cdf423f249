package main

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/split"
)

// rollOut is the example blue-green in a folder of its own, on a cloudsim of its
// own.
type rollOut struct {
	*running
	t   *testing.T
	cli *acctest.CLI
}

func newRollOut(t *testing.T) *rollOut {
	t.Helper()
	r := &rollOut{t: t, cli: acctest.NewCLI(t)}
	r.cli.UseMirror()
	r.cli.CopyTree("../../..", "modules")
	r.cli.CopyTree("../../..", "examples/blue-green")
	r.running = start(t)
	r.cli.Run("-chdir=examples/blue-green", "init")
	return r
}

// apply brings green to a share, and then a second plan must be empty.
func (r *rollOut) apply(share int64, vars ...string) {
	r.t.Helper()
	if out, code := r.terraform(share, append(vars, "apply", "-auto-approve")...); code != 0 {
		r.t.Fatalf("share %d: exit code %d\n%s", share, code, out)
	}
	if out, code := r.terraform(share, append(vars, "plan", "-detailed-exitcode")...); code != 0 {
		r.t.Errorf("share %d: a second plan is not empty: exit code %d\n%s", share, code, out)
	}
}

// terraform runs a command, its name last but for its flags; variables come first.
func (r *rollOut) terraform(share int64, args ...string) (output string, code int) {
	r.t.Helper()
	at := slices.IndexFunc(args, func(a string) bool { return a[0] != '-' })
	all := append([]string{"-chdir=examples/blue-green"}, args[at:]...)
	all = append(all, "-var-file=cloudsim.tfvars", "-var=endpoint="+r.URL, fmt.Sprintf("-var=green_share=%d", share))
	return r.cli.Try(append(all, args[:at]...)...)
}

// writes counts the calls that changed something.
func (r *rollOut) writes() map[string]int {
	var log logPage
	r.call("GET", "/_admin/log", "", &log)
	writes := map[string]int{}
	for _, e := range log.Entries {
		if e.Write {
			writes[e.Op]++
		}
	}
	return writes
}

// The example goes through its shares: at each the clouds hold the weights that
// the shares come to, nobody has left, and there is nothing more to do.
func TestAccCLIBlueGreenExample(t *testing.T) {
	t.Parallel()
	r := newRollOut(t)
	defer r.stop()
	legacy := r.weights()
	for _, share := range []int64{0, 10, 50, 90, 100} {
		r.apply(share)
		want := maps.Clone(legacy)
		for _, group := range []struct {
			name, member string
			blue, green  int
		}{
			{"lb-quickstart", "i-web-%d", 2, 1},
			{"rsp-quickstart", "i-web-%d:8443", 2, 1},
			{"pool-quickstart", "10.0.2.%d:8080", 4, 1},
		} {
			weights, err := split.Weights(map[string]split.Group{
				"blue":  {Members: int64(group.blue), Share: big.NewRat(100-share, 1)},
				"green": {Members: int64(group.green), Share: big.NewRat(share, 1)},
			})
			if err != nil {
				t.Fatal(err)
			}
			for n := 1; n <= group.blue+group.green; n++ {
				of := "blue"
				if n > group.blue {
					of = "green"
				}
				want[group.name+" "+fmt.Sprintf(group.member, n)] = int(weights[of])
			}
		}
		got := r.weights()
		if !maps.Equal(got, want) {
			t.Errorf("share %d: the clouds hold\n%v\nwant\n%v", share, got, want)
		}
		if share == 10 && (got["rsp-quickstart i-web-1:8443"] != 99 || got["rsp-quickstart i-web-3:8443"] != 22) {
			t.Errorf("share 10: %v; two with 99 get nine times what one with 22 gets", got)
		}
	}

	// Each group was added to once, and after that only weights were written.
	writes := r.writes()
	for _, add := range []string{"AddBackendServers", "AddVServerGroupBackendServers", "BatchCreateMembers"} {
		if writes[add] != 1 {
			t.Errorf("%s was called %d times: %v", add, writes[add], writes)
		}
		delete(writes, add)
	}
	for op := range writes {
		if !slices.Contains([]string{"SetBackendServers", "SetVServerGroupAttribute", "BatchUpdateMembers", "UpdateMember"}, op) {
			t.Errorf("%s was called: %v", op, writes)
		}
	}
	if out, code := r.terraform(100, "destroy", "-auto-approve"); code != 0 {
		t.Fatalf("destroy: exit code %d\n%s", code, out)
	}
	if got := r.weights(); !maps.Equal(got, legacy) {
		t.Errorf("after the destroy the clouds hold %v, want %v", got, legacy)
	}
}

// When a roll-out is over, green becomes blue: the old servers leave, and the new
// ones serve on under other labels, with no call for them.
func TestAccCLIGreenBecomesBlue(t *testing.T) {
	t.Parallel()
	r := newRollOut(t)
	defer r.stop()
	legacy := len(r.weights())
	r.apply(100)
	before := r.writes()
	r.apply(0, `-var=slb_blue=["i-web-3"]`, `-var=slb_green=[]`, `-var=elb_blue=["10.0.2.5"]`, `-var=elb_green=[]`)
	got := r.weights()
	for member, want := range map[string]int{"lb-quickstart i-web-3": 100, "rsp-quickstart i-web-3:8443": 100, "pool-quickstart 10.0.2.5:8080": 100} {
		if weight, in := got[member]; !in || weight != want {
			t.Errorf("%s: weight %d, in: %t", member, weight, in)
		}
	}
	if len(got) != 3+legacy {
		t.Errorf("the clouds hold %v", got)
	}
	removals := r.writes()
	for op, n := range before {
		if removals[op] -= n; removals[op] == 0 {
			delete(removals, op)
		}
	}
	if want := map[string]int{"RemoveBackendServers": 1, "RemoveVServerGroupBackendServers": 1, "BatchDeleteMembers": 1}; !maps.Equal(removals, want) {
		t.Errorf("writes: %v, want %v", removals, want)
	}
}
