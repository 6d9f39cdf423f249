package acceptance_test

import (
	"fmt"
	"maps"
	"net/http"
	"testing"

	fwprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

// world is a stage with one group, and the provider at work on it. Members are
// numbered from 1; member 0 is somebody else's.
type world struct {
	*fakecloud.Stage
	kind   string // the resource type of one member
	server *fakecloud.Server
	group  string // its id
	weight int    // the default
	ops    ops
	others map[string]int // what the group holds that no test has to do with

	serve    func() fwprovider.Provider
	settings map[string]any // the provider block
}

type ops struct{ add, update, remove, read, poll []string }

// worlds make a world of each kind, served over loopback or, for bubbles of
// testing/synctest, in process.
var worlds = everyWorld(fakecloud.Scene{Foreign: true})

func everyWorld(scene fakecloud.Scene) map[string]func(t *testing.T, inProcess bool) *world {
	all := map[string]func(t *testing.T, inProcess bool) *world{}
	for _, k := range stages.Kinds() {
		all[k.Single] = func(t *testing.T, inProcess bool) *world {
			return newWorld(t, k.Open(scene, t, fakecloud.Latency{}), inProcess)
		}
	}
	return all
}

func newWorld(t *testing.T, s *fakecloud.Stage, inProcess bool) *world {
	t.Helper()
	simulated(t)
	w := &world{
		Stage: s, kind: s.Single, server: s.Server, group: s.Groups[0], weight: s.Weight,
		ops: ops{s.Ops.Add, s.Ops.Update, s.Ops.Remove, s.Ops.Read, s.Ops.Poll},
	}
	w.others = w.members()
	var transport http.RoundTripper
	url := ""
	if inProcess {
		transport = s.Server.Transport()
		t.Cleanup(s.Server.CheckFaults)
	} else {
		url = s.Server.Start(t)
	}
	w.settings = map[string]any{s.Cloud: s.Settings(url)}
	w.serve = provider.Over("test", transport)
	return w
}

// elbPool and slbVServerGroup are the worlds of what one kind alone has.
func elbPool(t *testing.T, inProcess bool) *world { return worlds["cloudlb_elb_member"](t, inProcess) }

func slbVServerGroup(t *testing.T, inProcess bool) *world {
	return worlds["cloudlb_slb_vserver_group_server"](t, inProcess)
}

// inEveryWorld runs a test once for each member resource, in parallel.
func inEveryWorld(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	acctest.NeedsCLI(t)
	for kind, build := range worlds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			test(t, build(t, false))
		})
	}
}

// inWorld runs a test for one member resource: what Terraform itself does is the
// same for each, and what goes on within, tests in virtual time show for all.
func inWorld(t *testing.T, kind string, test func(t *testing.T, w *world)) {
	t.Helper()
	acctest.NeedsCLI(t)
	test(t, worlds[kind](t, false))
}

// core is a provider of the world's cloud, configured for a new run.
func (w *world) core(t *testing.T) *acctest.Core {
	t.Helper()
	return acctest.NewCore(t, w.serve, w.settings)
}

// factories serve the provider to a terraform.
func (w *world) factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		provider.TypeName: providerserver.NewProtocol6WithError(w.serve()),
	}
}

// provider is the provider block with some of the cloud's settings changed.
func (w *world) provider(changed map[string]any) string {
	settings, ok := w.settings[w.Cloud].(map[string]any)
	if !ok {
		return fakecloud.Provider(nil) // the environment has it all
	}
	settings = maps.Clone(settings)
	maps.Copy(settings, changed)
	return fakecloud.Provider(map[string]any{w.Cloud: settings})
}

// resource is a member resource named m<n>.
func (w *world) resource(n int, group, extra string) string {
	a := w.attributes(n)
	a[w.Group] = group
	return fmt.Sprintf("resource %q \"m%d\" {\n%s%s\n}\n", w.kind, n, fakecloud.HCL(a), extra)
}

func (w *world) attributes(n int) map[string]any { return w.Alone(w.group, n) }
func (w *world) importID(n int) string           { return w.ImportID(w.group, n) }
func (w *world) key(n int) string                { return w.Key(n) }
func (w *world) members() map[string]int         { return w.Held(w.group) }
func (w *world) lock() string                    { return w.Lock(w.group) }

// What somebody else does.
func (w *world) foreign(n, weight int)  { w.Put(w.group, n, weight) }
func (w *world) outside(n int)          { w.Take(w.group, n) }
func (w *world) reweight(n, weight int) { w.Reweight(w.group, n, weight) }
func (w *world) deleteGroup()           { w.Drop(w.group) }

// quota lets no more than n members in beside the foreign ones.
func (w *world) quota(n int) { w.Limit(n) }

func (w *world) names(c *fakecloud.Call, n int) bool { return w.Names(c, n) }
