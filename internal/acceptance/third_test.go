package acceptance_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	fwaction "github.com/hashicorp/terraform-plugin-framework/action"
	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	fwresource "github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// A third cloud is one folder, a line in the list of clouds and one in the list of
// stages: this one is a load balancer kept in memory, written against membership and
// tfkit alone. It has no wire, and so no log, no faults and no health.
type attic struct{ shelf *shelf }

// shelf is the one group of the attic.
type shelf struct {
	mu      sync.Mutex
	members []membership.Member
}

const shelfName = "shelf-1"

func (s *shelf) all() []membership.Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.members)
}

// put puts members in, in place of those that are there.
func (s *shelf) put(ms ...membership.Member) {
	s.take(ms...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members = append(s.members, ms...)
}

func (s *shelf) take(ms ...membership.Member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members = slices.DeleteFunc(s.members, func(m membership.Member) bool { return slices.ContainsFunc(ms, m.Is) })
}

func (a attic) Name() string { return "attic" }
func (attic) Block() providerschema.Block {
	return providerschema.SingleNestedBlock{Attributes: map[string]providerschema.Attribute{
		"key": providerschema.StringAttribute{Optional: true},
	}}
}
func (a attic) Resources() []func() fwresource.Resource {
	return []func() fwresource.Resource{func() fwresource.Resource { return &atticMember{} }}
}

func (attic) DataSources() []func() datasource.DataSource { return nil }
func (attic) Actions() []func() fwaction.Action           { return atticActions.All() }
func (a attic) Configure(context.Context, tfsdk.Config, string) (tfkit.Session, diag.Diagnostics) {
	return atticSession{membership.New(membership.Options{}), a.shelf}, nil
}

type atticSession struct {
	engine *membership.Engine
	shelf  *shelf
}

func (atticSession) Known() bool                                { return true }
func (atticSession) Unsaid(d diag.Diagnostics) diag.Diagnostics { return d }
func (atticSession) Check(string) (string, diag.Diagnostics)    { return "upstairs", nil }
func (atticSession) Walk() *tfkit.Walks                         { return new(tfkit.Walks) }
func (atticSession) Served(string)                              {}
func (atticSession) Serves() string                             { return "" }
func (s atticSession) Name() string                             { return shelfName }
func (s atticSession) Lock() string                             { return "attic" }
func (s atticSession) Limits() membership.Limits                { return membership.Limits{Batch: 5} }
func (s atticSession) Health(context.Context) (membership.Health, error) {
	return membership.Health{Unchecked: "nobody looks after things in the attic"}, nil
}
func (s atticSession) List(context.Context) ([]membership.Member, error) {
	if s.shelf == nil {
		return nil, &membership.Error{Class: membership.NotFound, Message: "no such shelf"}
	}
	return s.shelf.all(), nil
}

func (s atticSession) Add(_ context.Context, ms []membership.Member) error {
	s.shelf.put(ms...)
	return nil
}

func (s atticSession) Update(_ context.Context, cs []membership.Change) error {
	for _, c := range cs {
		s.shelf.put(c.Result())
	}
	return nil
}

func (s atticSession) Remove(_ context.Context, ms []membership.Member) error {
	s.shelf.take(ms...)
	return nil
}

type atticModel struct {
	tfkit.Base
	Weight types.Number `tfsdk:"weight"`
	Shelf  types.String `tfsdk:"shelf"`
	Server types.String `tfsdk:"server"`
}

type atticIdentity struct {
	Shelf  types.String `tfsdk:"shelf"`
	Server types.String `tfsdk:"server"`
}

func (m *atticModel) Known() bool   { return !m.Server.IsUnknown() }
func (m *atticModel) Identity() any { return atticIdentity{m.Shelf, m.Server} }
func (m *atticModel) Member() membership.Member {
	return membership.Member{Key: membership.Key{Server: m.Server.ValueString()}, Weight: int(tfkit.Int(m.Weight))}
}

func (m *atticModel) Locate(all []membership.Member) (membership.Member, error) {
	for _, l := range all {
		if l.Is(m.Member()) {
			return l, nil
		}
	}
	return membership.Member{}, &membership.Error{Class: membership.MemberNotFound}
}

func (m *atticModel) Observe(l membership.Member) {
	m.Server, m.Weight = types.StringValue(l.Key.Server), tfkit.Number(l.Weight)
	m.ID = types.StringValue(m.Shelf.ValueString() + "/" + l.Key.Server)
}

type atticMember struct {
	tfkit.Verbs[atticModel, *atticModel]
}

func (r *atticMember) Metadata(_ context.Context, req fwresource.MetadataRequest, resp *fwresource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_attic_member"
}

func (r *atticMember) Schema(_ context.Context, _ fwresource.SchemaRequest, resp *fwresource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: tfkit.CommonAttributes(), Blocks: tfkit.Blocks(false)}
	resp.Schema.Attributes["weight"] = tfkit.Weight(1).Attribute(true)
	for _, name := range []string{"shelf", "server"} {
		resp.Schema.Attributes[name] = schema.StringAttribute{
			Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
		}
	}
}

func (r *atticMember) IdentitySchema(_ context.Context, _ fwresource.IdentitySchemaRequest, resp *fwresource.IdentitySchemaResponse) {
	part := identityschema.StringAttribute{RequiredForImport: true}
	resp.IdentitySchema.Attributes = map[string]identityschema.Attribute{"shelf": part, "server": part}
}

func (r *atticMember) ImportState(ctx context.Context, req fwresource.ImportStateRequest, resp *fwresource.ImportStateResponse) {
	shelf, server, ok := strings.Cut(req.ID, "/")
	if !ok {
		resp.Diagnostics.Append(tfkit.MalformedImport(req.ID, "<shelf>/<server>", "shelf-1/box"))
		return
	}
	tfkit.SetImported(ctx, resp, map[string]types.String{"shelf": types.StringValue(shelf), "server": types.StringValue(server)})
}

func (r *atticMember) Configure(_ context.Context, req fwresource.ConfigureRequest, resp *fwresource.ConfigureResponse) {
	s, diags := tfkit.SessionOf[atticSession](req.ProviderData, "attic")
	if resp.Diagnostics.Append(diags...); s.engine == nil {
		return
	}
	r.Verbs = tfkit.Verbs[atticModel, *atticModel]{
		Noun: "thing", Session: s,
		Open: func(_ string, m *atticModel) (*membership.Handle, error) {
			group := s
			if m.Shelf.ValueString() != shelfName {
				group.shelf = nil // there is none of that name
			}
			return s.engine.Open(m.Shelf.ValueString(), func() membership.Group { return group }), nil
		},
		Change: func(a, b *atticModel) membership.Change {
			w := b.Member().Weight
			return membership.Change{Member: a.Member(), Weight: &w}
		},
		Advise: func(error, *atticModel) tfkit.Advice { return tfkit.Advice{} },
	}
}

var atticActions = tfkit.Actions[atticSession, atticSelector, *atticSelector]{
	Cloud: "attic", Product: "attic", Title: "the attic", Noun: "thing", Groups: "shelves", Server: "server",
	Attributes: map[string]actionschema.Attribute{
		"server": actionschema.StringAttribute{Required: true}, "shelf": actionschema.StringAttribute{Optional: true},
	},
	Find: func(_ context.Context, s atticSession, _ string, m *atticSelector) ([]tfkit.Place, error) {
		shelf := shelfName
		if tfkit.Given(m.Shelf) {
			shelf = m.Shelf.ValueString()
		}
		return []tfkit.Place{{Group: s.engine.Open(shelf, func() membership.Group { return s })}}, nil
	},
	Advise: func(error, string, *atticSelector) tfkit.Advice { return tfkit.Advice{} },
}

type atticSelector struct {
	Server types.String `tfsdk:"server"`
	Shelf  types.String `tfsdk:"shelf"`
}

func (s *atticSelector) Validate(*diag.Diagnostics) {}
func (s *atticSelector) Picks(m membership.Member) bool {
	return m.Key.Server == s.Server.ValueString()
}
func (s *atticSelector) String() string { return s.Server.ValueString() }

// newAttic is the attic as a stage: its kind, and what somebody else can do there.
// Nobody can delete the shelf, set a quota for it or say who is healthy.
func newAttic(t *testing.T) *world {
	t.Helper()
	simulated(t)
	store := &shelf{}
	s := &fakecloud.Stage{
		Kind: fakecloud.Kind{
			Cloud: "attic", Single: "cloudlb_attic_member", Group: "shelf", Host: "server", Separator: "/", Weight: 1, Batch: 5,
		},
		Groups: []string{shelfName},
		HostOf: func(n int) string { return fmt.Sprintf("box-%d", n) },
		Held: func(string) map[string]int {
			held := map[string]int{}
			for _, m := range store.all() {
				held[m.Key.Server] = m.Weight
			}
			return held
		},
	}
	thing := func(n, weight int) membership.Member {
		return membership.Member{Key: membership.Key{Server: s.HostOf(n)}, Weight: weight}
	}
	s.Put = func(_ string, n, weight int) { store.put(thing(n, weight)) }
	s.Take = func(_ string, n int) { store.take(thing(n, 0)) }
	s.Reweight = s.Put
	s.Put(shelfName, 0, fakecloud.ForeignWeight)
	w := &world{
		Stage: s, kind: s.Single, group: shelfName, weight: s.Weight,
		settings: map[string]any{"attic": map[string]any{"key": "under the mat"}}, serve: provider.Of("test", attic{store}),
	}
	w.others = w.members()
	return w
}

// The third cloud stands on its own too: no test of another cloud knows of it.
func TestAccAThirdCloudIsAFolderAndALine(t *testing.T) {
	t.Parallel()
	w := newAttic(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: w.factories(),
		CheckDestroy:             w.destroyed(t),
		Steps: []resource.TestStep{
			{Config: w.config(w.member(1, "")), Check: w.check(t, map[int]int{1: w.weight})},
			{Config: w.config(w.member(1, "weight = 0")), Check: w.check(t, map[int]int{1: 0})},
		},
	})
}
