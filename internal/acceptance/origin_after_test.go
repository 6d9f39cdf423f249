package acceptance_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// moveAndRead moves a state and reads it, in a run each.
func (w originWorld) moveAndRead(t *testing.T, o origin) *acctest.Object {
	t.Helper()
	segment, _, _ := strings.Cut(o.from, "_")
	moved, err := w.core.Move(t.Context(), acctest.Source{Provider: segment, Type: o.from, State: o.state}, o.target)
	if err == nil {
		err = w.core.Refresh(t.Context(), moved)
	}
	if err != nil {
		t.Fatal(err)
	}
	return moved
}

// originNamed is the state of a test above.
func originNamed(t *testing.T, from, name string) origin {
	t.Helper()
	for _, o := range origins() {
		if o.from == from && o.name == name {
			return o
		}
	}
	t.Fatalf("no state %s of %s", name, from)
	return origin{}
}

// What was moved and is not found right after is an error that says where it was
// looked for, of a plan as of a destruction without a refresh; never a silent drop
// from state. Once it has been read, it is like any other.
func TestAMovedMemberThatIsNotFound(t *testing.T) {
	t.Parallel()
	for _, o := range []origin{
		originNamed(t, "alicloud_slb_backend_server", "all members"),
		originNamed(t, "alicloud_slb_server_group_server_attachment", "weight 0"),
		originNamed(t, "alicloud_nlb_server_group_server_attachment", "weight 0"),
		originNamed(t, "huaweicloud_elb_member", "today"),
	} {
		t.Run(o.from, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newOriginWorld(t, o.target)
				elsewhere := strings.NewReplacer("lb-bp1example", "lb-bp1elsewhere", "rsp-bp1example", "rsp-bp1elsewhere", "sgp-bp1example", "sgp-bp1elsewhere", originMember, "gone", "10.0.0.5", "10.0.0.6").Replace(o.state)
				moved, err := w.core.Move(t.Context(), acctest.Source{Provider: "cloudlb", Type: o.from, State: elsewhere}, o.target)
				if err != nil {
					t.Fatal(err)
				}
				says := []string{"moved here from " + o.from, "looked for in region", "terraform state rm"}
				if err := w.core.Refresh(t.Context(), moved); err == nil || !containsAll(err.Error(), says) {
					t.Errorf("the read: %v", err)
				}
				if err := w.core.Apply(t.Context(), moved, nil); err == nil || !containsAll(err.Error(), says) {
					t.Errorf("the destruction: %v", err)
				}
				if w.core.Value(moved, "weight") == nil && w.core.Value(moved, "servers") == nil {
					t.Error("it has left the state")
				}
				read := w.moveAndRead(t, o)
				if w.slb == nil {
					return
				}
				w.slb.Cloud.DeleteVServerGroup("rsp-bp1example")
				w.slb.Cloud.DeleteLoadBalancer("lb-bp1example")
				w.core.Run()
				if err := w.core.Refresh(t.Context(), read); err != nil || !read.State.IsNull() {
					t.Errorf("after it was read once: %v, in state %v", err, !read.State.IsNull())
				}
			})
		})
	}
}

func containsAll(s string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(s, part) {
			return false
		}
	}
	return true
}

// An interface that is a member with two addresses is not guessed at.
func TestAMovedInterfaceOfTwoAddresses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := originNamed(t, "alicloud_slb_server_group_server_attachment", "eni")
		w := newOriginWorld(t, o.target)
		moved, err := w.core.Move(t.Context(), acctest.Source{
			Provider: "alicloud", Type: o.from, State: strings.ReplaceAll(o.state, "eni-bp1c", "eni-bp1d"),
		}, o.target)
		if err != nil {
			t.Fatal(err)
		}
		says := []string{"2 members belong to eni-bp1d", "import block for the new one, with an id that names the address"}
		if err := w.core.Refresh(t.Context(), moved); err == nil || !containsAll(err.Error(), says) {
			t.Errorf("the read: %v", err)
		}
		if err := w.core.Apply(t.Context(), moved, nil); err == nil || !containsAll(err.Error(), says) {
			t.Errorf("the destruction: %v", err)
		}
	})
}

// A moved set owns what its old state listed: a destruction takes exactly that out,
// with or without a read before it, and what others have added since stays.
func TestAMovedSetIsDestroyed(t *testing.T) {
	t.Parallel()
	for _, from := range []struct{ typ, name string }{
		{"alicloud_slb_backend_server", "all members"}, {"alicloud_slb_backend_server", "before 1.93.0, without addresses"},
		{"alicloud_slb_attachment", "attachment"},
	} {
		for _, read := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/%s/read=%v", from.typ, from.name, read), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					o := originNamed(t, from.typ, from.name)
					w := newOriginWorld(t, o.target)
					w.slb.Cloud.AddForeign("lb-bp1example", slbfake.Member{ServerID: "i-foreign", Weight: 7})
					moved, err := w.core.Move(t.Context(), acctest.Source{Provider: "alicloud", Type: o.from, State: o.state}, o.target)
					if err == nil && read {
						err = w.core.Refresh(t.Context(), moved)
					}
					if err != nil {
						t.Fatal(err)
					}
					if others := w.core.Value(moved, "others"); read && fmt.Sprint(others) != "[i-foreign]" {
						t.Errorf("others are %v", others)
					}
					if err := w.core.Apply(t.Context(), moved, nil); err != nil {
						t.Fatal(err)
					}
					if left := w.slb.Cloud.Members("lb-bp1example"); len(left) != 1 || left[0].ServerID != "i-foreign" {
						t.Errorf("left are %v", left)
					}
				})
			})
		}
	}
}

// A moved member is an instance like any other: it has a claim of its own, so that
// a second resource that wants it is refused, and a destruction takes it out.
func TestAMovedMemberIsClaimed(t *testing.T) {
	t.Parallel()
	for _, o := range []origin{
		originNamed(t, "alicloud_slb_server_group_server_attachment", "weight 0"),
		originNamed(t, "alicloud_slb_server_group_server_attachment", "eni"),
		originNamed(t, "opentelekomcloud_lb_member_v3", "opentelekomcloud"),
	} {
		t.Run(o.from+"/"+o.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newOriginWorld(t, o.target)
				moved := w.moveAndRead(t, o)
				if plan, err := w.core.Plan(t.Context(), moved, o.config); err != nil || !plan.Empty {
					t.Fatalf("the plan: empty %v, %v", plan.Empty, err)
				}
				if _, err := w.core.Plan(t.Context(), w.core.New(o.target), o.config); err == nil || !strings.Contains(err.Error(), "Member managed twice") {
					t.Errorf("a second resource: %v", err)
				}
				w.core.Run()
				if err := w.core.Refresh(t.Context(), moved); err != nil {
					t.Fatal(err)
				}
				if err := w.core.Apply(t.Context(), moved, nil); err != nil || len(w.log.All().Writes()) != 1 {
					t.Errorf("the destruction: %v\n%s", err, w.log.All().Writes())
				}
			})
		})
	}
}

// A tainted resource moves tainted, and is replaced.
func TestATaintedMoveIsReplaced(t *testing.T) {
	t.Parallel()
	for _, o := range []origin{
		originNamed(t, "alicloud_slb_attachment", "attachment"),
		originNamed(t, "alicloud_slb_server_group_server_attachment", "eni"),
		originNamed(t, "huaweicloud_elb_member", "today"),
	} {
		t.Run(o.from, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newOriginWorld(t, o.target)
				moved := w.moveAndRead(t, o)
				moved.Tainted = true
				if err := w.core.Apply(t.Context(), moved, o.config); err != nil {
					t.Fatal(err)
				}
				if n := len(w.log.All().Writes()); n < 2 {
					t.Errorf("%d writes, of which one removes and one adds", n)
				}
				w.core.Run()
				if err := w.core.Refresh(t.Context(), moved); err != nil {
					t.Fatal(err)
				}
				if plan, err := w.core.Plan(t.Context(), moved, o.config); err != nil || !plan.Empty {
					t.Errorf("the plan after it: empty %v, %v", plan.Empty, err)
				}
			})
		})
	}
}

// A member of which the old state does not say all is changed by a plan that did
// not read it, too: the change reaches the member, and nothing is replaced.
func TestAMovedMemberIsChangedUnread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := originNamed(t, "alicloud_slb_server_group_server_attachment", "eni")
		w := newOriginWorld(t, o.target)
		moved, err := w.core.Move(t.Context(), acctest.Source{Provider: "alicloud", Type: o.from, State: o.state}, o.target)
		if err != nil {
			t.Fatal(err)
		}
		o.config["weight"] = 60
		if err := w.core.Apply(t.Context(), moved, o.config); err != nil {
			t.Fatal(err)
		}
		if id := w.core.Value(moved, "id"); id != "rsp-bp1example:eni-bp1c:10.0.0.7:8080" {
			t.Errorf("id is %v", id)
		}
		for _, m := range w.slb.Cloud.Members("rsp-bp1example") {
			if m.ServerID == "eni-bp1c" && m.Weight != 60 {
				t.Errorf("the weight is %d", m.Weight)
			}
		}
		w.core.Run()
		if err := w.core.Refresh(t.Context(), moved); err != nil {
			t.Fatal(err)
		}
		if plan, err := w.core.Plan(t.Context(), moved, o.config); err != nil || !plan.Empty {
			t.Errorf("the next plan: empty %v, %v", plan.Empty, err)
		}
	})
}

// So is a set: a plan that did not read it is empty only where the group is as
// configured, and a change reaches the members that it is of.
func TestAMovedSetIsChangedUnread(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"attachment", "before 1.6.0"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o := originNamed(t, "alicloud_slb_attachment", name)
				w := newOriginWorld(t, o.target)
				moved, err := w.core.Move(t.Context(), acctest.Source{Provider: "alicloud", Type: o.from, State: o.state}, o.target)
				if err != nil {
					t.Fatal(err)
				}
				o.config["servers"].(map[string]any)["i-bp1b"].(map[string]any)["weight"] = 60
				if plan, err := w.core.Plan(t.Context(), moved, o.config); err != nil || plan.Empty {
					t.Errorf("the plan: empty %v, %v", plan.Empty, err)
				}
				w.core.Run()
				if err := w.core.Apply(t.Context(), moved, o.config); err != nil {
					t.Fatal(err)
				}
				if writes := w.log.All().Writes(); len(writes) != 1 {
					t.Errorf("writes:\n%s", writes)
				}
				for _, m := range w.slb.Cloud.Members("lb-bp1example") {
					if want := map[string]int{"i-bp1a": 100, "i-bp1b": 60, "eni-bp1c": 30}[m.ServerID]; m.Weight != want {
						t.Errorf("%s has weight %d, want %d", m.ServerID, m.Weight, want)
					}
				}
				w.core.Run()
				if err := w.core.Refresh(t.Context(), moved); err != nil {
					t.Fatal(err)
				}
				if plan, err := w.core.Plan(t.Context(), moved, o.config); err != nil || !plan.Empty {
					t.Errorf("the next plan: empty %v, %v", plan.Empty, err)
				}
			})
		})
	}
}

// A provider block that waits for values of the very plan reads nothing; the next
// run does, and the identity is settled then.
func TestAMoveBeforeTheProviderIsKnown(t *testing.T) {
	t.Parallel()
	for _, o := range []origin{
		originNamed(t, "alicloud_slb_backend_server", "all members"),
		originNamed(t, "alicloud_slb_server_group_server_attachment", "weight 0"),
		originNamed(t, "opentelekomcloud_lb_member_v3", "opentelekomcloud"),
	} {
		t.Run(o.from, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newOriginWorld(t, o.target)
				unknown := acctest.NewCore(t, provider.New("test"), map[string]any{
					"alicloud": map[string]any{"region": acctest.Unknown}, "huaweicloud": map[string]any{"region": acctest.Unknown},
				})
				moved, err := unknown.Move(t.Context(), acctest.Source{Provider: "cloudlb", Type: o.from, State: o.state}, o.target)
				if err == nil {
					err = unknown.Refresh(t.Context(), moved)
				}
				if err == nil {
					err = w.core.Refresh(t.Context(), moved)
				}
				if err != nil {
					t.Fatal(err)
				}
				if plan, err := w.core.Plan(t.Context(), moved, o.config); err != nil || !plan.Empty {
					t.Errorf("the plan: empty %v, %v", plan.Empty, err)
				}
			})
		})
	}
}

// Every type of ours moves to itself from another registry host or namespace, with
// all that is kept with it: a set that was imported is still one.
func TestMovesBetweenRegistries(t *testing.T) {
	t.Parallel()
	for target, id := range map[string]string{
		"cloudlb_slb_backend_server": "lb-bp1example:i-bp1a", "cloudlb_slb_backend_servers": "lb-bp1example",
		"cloudlb_slb_vserver_group_server": "rsp-bp1example:i-bp1a:8080", "cloudlb_slb_vserver_group_servers": "rsp-bp1example",
		"cloudlb_elb_member": originPool + "/" + originMember, "cloudlb_elb_members": originPool,
	} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newOriginWorld(t, target)
				before, err := w.core.Import(t.Context(), target, id, nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, address := range []string{"registry.opentofu.org/cloudlb/cloudlb", "registry.example.com/acme/cloudlb", "cloudlb"} {
					moved, err := w.core.MoveObject(t.Context(), before, address)
					if err != nil {
						t.Fatal(err)
					}
					if !moved.State.Equal(before.State) {
						t.Errorf("from %s: the state is another:\n%s\n%s", address, moved.State, before.State)
					}
					if err := w.core.Refresh(t.Context(), moved); err != nil || !moved.State.Equal(before.State) {
						t.Errorf("from %s: the read changes it: %v", address, err)
					}
					w.core.Warnings()
					_, err = w.core.PlanDestroy(t.Context(), moved)
					warned := strings.Contains(strings.Join(w.core.Warnings(), "\n"), "Imported members will be removed")
					if isSet := strings.HasSuffix(target, "s"); err != nil || warned != isSet {
						t.Errorf("from %s: the plan to destroy it: warned %v, %v", address, warned, err)
					}
				}
			})
		})
	}
}
