package provider_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	fwresource "github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

func TestSchemaIsValid(t *testing.T) {
	t.Parallel()
	server := providerserver.NewProtocol6(provider.New("test")())()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range schemas.Diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name := range schemas.ResourceSchemas {
		if identities.IdentitySchemas[name] == nil {
			t.Errorf("%s has no identity", name)
		}
	}
	if tested := len(worlds) + len(sets); len(schemas.ResourceSchemas) != tested {
		t.Errorf("%d resources, but %d of them are tested in every world", len(schemas.ResourceSchemas), tested)
	}
}

// Every example under examples/resources, data-sources and functions is applied
// as it stands.
func TestAccExamples(t *testing.T) {
	t.Parallel()
	var files []string
	for _, pattern := range []string{"resources/*/resource.tf", "data-sources/*/data-source.tf", "functions/*/function.tf"} {
		found, err := filepath.Glob("../../examples/" + pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("no examples in %s: %v", pattern, err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		t.Run(strings.TrimPrefix(filepath.ToSlash(filepath.Dir(file)), "../../examples/"), func(t *testing.T) {
			t.Parallel()
			example, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			// Nobody's connections are to be waited for here.
			example = bytes.ReplaceAll(example, []byte(`drain_duration   = "30s"`), []byte(`drain_duration = "10ms"`))
			var block string
			if strings.Contains(string(example), "cloudlb_elb") {
				seed := elbSeed()
				seed.Subnets[0].CIDR = "192.168.0.0/16"
				seed.Pools[0].Members = nil
				block = elbProvider(elbfake.Start(t, seed).URL)(secret, elbAt)
			} else {
				seed := slbSeed()
				seed.LoadBalancers[0] = slbfake.LoadBalancer{
					ID: "lb-bp1o94dp5i6ea5example", VServerGroups: []slbfake.VServerGroup{{ID: "rsp-bp1ttv2y7v4example", Name: "web"}},
				}
				block = slbProvider(slbfake.Start(t, seed).URL)(secret, slbAt)
			}
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories(),
				Steps: []resource.TestStep{
					{Config: block + string(example)},
					{Config: block + string(example), ConfigPlanChecks: emptyPlan},
				},
			})
		})
	}
}

// A third cloud is one folder and one line in the list of clouds: this one is
// a load balancer kept in memory, written against membership and tfkit alone.
type attic struct{ members *[]membership.Member }

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
func (a attic) Configure(context.Context, tfsdk.Config, string) (tfkit.Session, diag.Diagnostics) {
	return atticSession{membership.New(membership.Options{}), a.members}, nil
}

type atticSession struct {
	engine  *membership.Engine
	members *[]membership.Member
}

func (atticSession) Known() bool                                { return true }
func (atticSession) Unsaid(d diag.Diagnostics) diag.Diagnostics { return d }
func (atticSession) Check(string) (string, diag.Diagnostics)    { return "upstairs", nil }
func (atticSession) Walk() *tfkit.Walks                         { return new(tfkit.Walks) }
func (atticSession) Served(string)                              {}
func (atticSession) Serves() string                             { return "" }
func (s atticSession) Name() string                             { return "attic" }
func (s atticSession) Lock() string                             { return "attic" }
func (s atticSession) Limits() membership.Limits                { return membership.Limits{Batch: 5} }
func (s atticSession) Health(context.Context) (membership.Health, error) {
	return membership.Health{Unchecked: "nobody looks after things in the attic"}, nil
}
func (s atticSession) List(context.Context) ([]membership.Member, error) { return *s.members, nil }
func (s atticSession) Add(_ context.Context, ms []membership.Member) error {
	*s.members = append(append([]membership.Member(nil), *s.members...), ms...)
	return nil
}

func (s atticSession) Update(_ context.Context, cs []membership.Change) error {
	for _, c := range cs {
		_ = s.Remove(nil, []membership.Member{c.Member}) //nolint:staticcheck // it has no use for a context
		_ = s.Add(nil, []membership.Member{c.Result()})  //nolint:staticcheck // nor has this
	}
	return nil
}

func (s atticSession) Remove(_ context.Context, gone []membership.Member) error {
	var kept []membership.Member
	for _, m := range *s.members {
		out := false
		for _, g := range gone {
			out = out || m.Is(g)
		}
		if !out {
			kept = append(kept, m)
		}
	}
	*s.members = kept
	return nil
}

type atticModel struct {
	tfkit.Common
	Server types.String `tfsdk:"server"`
}

type atticIdentity struct {
	Server types.String `tfsdk:"server"`
}

func (m *atticModel) Known() bool   { return !m.Server.IsUnknown() }
func (m *atticModel) Identity() any { return atticIdentity{m.Server} }
func (m *atticModel) Member() membership.Member {
	return membership.Member{Key: membership.Key{Server: m.Server.ValueString()}, Weight: int(m.Weight.ValueInt64())}
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
	m.ID, m.Weight = m.Server, types.Int64Value(int64(l.Weight))
}

type atticMember struct {
	tfkit.Verbs[atticModel, *atticModel]
}

func (r *atticMember) Metadata(_ context.Context, req fwresource.MetadataRequest, resp *fwresource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_attic_member"
}

func (r *atticMember) Schema(_ context.Context, _ fwresource.SchemaRequest, resp *fwresource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: tfkit.CommonAttributes(1), Blocks: tfkit.Blocks()}
	resp.Schema.Attributes["server"] = schema.StringAttribute{
		Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
	}
}

func (r *atticMember) IdentitySchema(_ context.Context, _ fwresource.IdentitySchemaRequest, resp *fwresource.IdentitySchemaResponse) {
	resp.IdentitySchema.Attributes = map[string]identityschema.Attribute{"server": identityschema.StringAttribute{RequiredForImport: true}}
}

func (r *atticMember) Configure(_ context.Context, req fwresource.ConfigureRequest, resp *fwresource.ConfigureResponse) {
	s, diags := tfkit.SessionOf[atticSession](req.ProviderData, "attic")
	if resp.Diagnostics.Append(diags...); s.engine == nil {
		return
	}
	r.Verbs = tfkit.Verbs[atticModel, *atticModel]{
		Noun: "thing", Session: s,
		Open: func(string, *atticModel) (*membership.Handle, error) {
			return s.engine.Open("attic", func() membership.Group { return s }), nil
		},
		Change: func(a, b *atticModel) membership.Change {
			w := b.Member().Weight
			return membership.Change{Member: a.Member(), Weight: &w}
		},
		Advise: func(error, *atticModel) tfkit.Advice { return tfkit.Advice{} },
	}
}

func TestAccAThirdCloudIsAFolderAndALine(t *testing.T) {
	t.Parallel()
	members := &[]membership.Member{{Key: membership.Key{Server: "old"}, Weight: 4}}
	factories := map[string]func() (tfprotov6.ProviderServer, error){
		"cloudlb": providerserver.NewProtocol6WithError(provider.Of("test", attic{members})()),
	}
	thing := func(weight string) string {
		return "resource \"cloudlb_attic_member\" \"m\" {\n  server = \"new\"\n  " + weight + "\n}\n"
	}
	holds := func(want int) resource.TestCheckFunc {
		return resource.TestCheckResourceAttrWith("cloudlb_attic_member.m", "weight", func(string) error {
			if len(*members) != 2 || (*members)[1].Weight != want {
				t.Errorf("the attic holds %v", *members)
			}
			return nil
		})
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: thing(""), Check: holds(1)},
			{Config: thing("weight = 0"), Check: holds(0)},
		},
	})
	if len(*members) != 1 || (*members)[0].Key.Server != "old" {
		t.Errorf("after destroy the attic holds %v", *members)
	}
}
