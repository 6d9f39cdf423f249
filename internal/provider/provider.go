// Package provider is where the clouds come together: the provider's schema,
// its configuration, and the list of its resources.
package provider

import (
	"context"
	"fmt"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// TypeName is the prefix of every resource type.
const TypeName = "cloudlb"

// Cloud is one vendor's part of the provider.
type Cloud interface {
	// Name is the cloud's block in the provider block.
	Name() string
	// Block is the schema of that block.
	Block() schema.Block
	// Configure reads the block, and the environment, without contacting
	// anything. userAgent is what the cloud's requests name as their sender.
	Configure(ctx context.Context, config tfsdk.Config, userAgent string) (tfkit.Session, diag.Diagnostics)
	// Resources are the cloud's resources. Those that are list resources too are
	// found among them.
	Resources() []func() resource.Resource
	// DataSources are the cloud's data sources.
	DataSources() []func() datasource.DataSource
	// Actions are the cloud's actions.
	Actions() []func() action.Action
}

// clouds is the list of them: a new cloud is a new folder and a line here. Their
// requests go through the transport; nil is one of each cloud's own.
func clouds(transport http.RoundTripper) []Cloud {
	return []Cloud{
		alicloud.Cloud{Transport: transport},
		huaweicloud.Cloud{Transport: transport},
	}
}

var (
	_ provider.ProviderWithFunctions     = (*cloudlb)(nil)
	_ provider.ProviderWithActions       = (*cloudlb)(nil)
	_ provider.ProviderWithListResources = (*cloudlb)(nil)
)

type cloudlb struct {
	version string
	clouds  []Cloud
}

// New makes instances of the provider; version is the release's, "dev" for a
// build from source.
func New(version string) func() provider.Provider { return Over(version, nil) }

// Over is New with a transport that all requests of the clouds go through.
func Over(version string, transport http.RoundTripper) func() provider.Provider {
	return Of(version, clouds(transport)...)
}

// Of is New with a list of clouds of its own.
func Of(version string, clouds ...Cloud) func() provider.Provider {
	return func() provider.Provider { return &cloudlb{version: version, clouds: clouds} }
}

func (p *cloudlb) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = TypeName
	resp.Version = p.version
}

func (p *cloudlb) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Puts backends behind load balancers and takes them out again, on Alibaba Cloud SLB and Huawei Cloud ELB v3.",
		Blocks:              map[string]schema.Block{},
	}
	for _, c := range p.clouds {
		resp.Schema.Blocks[c.Name()] = c.Block()
	}
}

func (p *cloudlb) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	userAgent := fmt.Sprintf("terraform-provider-cloudlb/%s terraform/%s", p.version, req.TerraformVersion)
	sessions := tfkit.Sessions{}
	for _, c := range p.clouds {
		s, diags := c.Configure(ctx, req.Config, userAgent)
		resp.Diagnostics.Append(diags...)
		if s != nil {
			s.Served(req.TerraformVersion)
		}
		sessions[c.Name()] = s
	}
	if !resp.Diagnostics.HasError() {
		resp.ResourceData, resp.DataSourceData = sessions, sessions
		resp.ListResourceData, resp.ActionData = sessions, sessions
	}
}

func (p *cloudlb) Resources(context.Context) []func() resource.Resource {
	var all []func() resource.Resource
	for _, c := range p.clouds {
		all = append(all, c.Resources()...)
	}
	return all
}

func (p *cloudlb) DataSources(context.Context) []func() datasource.DataSource {
	var all []func() datasource.DataSource
	for _, c := range p.clouds {
		all = append(all, c.DataSources()...)
	}
	return all
}

func (p *cloudlb) Actions(context.Context) []func() action.Action {
	var all []func() action.Action
	for _, c := range p.clouds {
		all = append(all, c.Actions()...)
	}
	return all
}

// ListResources are the resources whose instances can be listed.
func (p *cloudlb) ListResources(ctx context.Context) []func() list.ListResource {
	var all []func() list.ListResource
	for _, build := range p.Resources(ctx) {
		if _, ok := build().(list.ListResource); ok {
			all = append(all, func() list.ListResource {
				listed, _ := build().(list.ListResource)
				return listed
			})
		}
	}
	return all
}

// Functions belong to no cloud. Terraform calls them in a provider that it has not
// configured.
func (p *cloudlb) Functions(context.Context) []func() function.Function {
	return []func() function.Function{newTrafficSplit}
}
