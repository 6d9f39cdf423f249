// Package huaweicloud is everything of Huawei Cloud: its part of the provider
// block, and the resources of ELB v3 (dedicated load balancers).
package huaweicloud

import (
	"context"
	"maps"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// Name is the cloud's block in the provider block.
const Name = "huaweicloud"

// Cloud is Huawei Cloud to the provider.
type Cloud struct {
	// Transport carries the requests; nil is the production one. Tests give
	// that of a simulated cloud.
	Transport http.RoundTripper
}

// Name is the cloud's block in the provider block.
func (Cloud) Name() string { return Name }

// Block is the schema of the cloud's part of the provider block.
func (Cloud) Block() schema.Block {
	return schema.SingleNestedBlock{
		MarkdownDescription: "Huawei Cloud. Needed only by resources of ELB; what is absent is taken from the environment.",
		Attributes: tfkit.LimitAttributes(attributes(map[string]schema.Attribute{
			"region": regionArgument.Attribute("Region of the load balancers, such as `cn-north-4`.", tfkit.CheckName("a region")),
			"project_id": projectIDArgument.Attribute("Project of the load balancers. Looked up from IAM by `project_name` when absent.",
				tfkit.CheckName("a project id")),
			"project_name": projectNameArgument.Attribute("Name of the project, where `project_id` is absent. Defaults to the region.", nil),
			"cloud": cloudArgument.Attribute("Domain in which the hosts of ELB and IAM are, where `endpoints` says no other: `elb.<region>.<cloud>`. "+
				"Defaults to that of the region in use: `myhuaweicloud.eu` for `eu-west-101`, else `myhuaweicloud.com`.", tfkit.CheckDomain),
		}), 200, 200, "the vendor's maximum"),
		Blocks: loginBlocks(map[string]schema.Block{
			"endpoints": schema.SingleNestedBlock{
				MarkdownDescription: "Endpoints other than the region's own: a host or a URL; without a scheme, `https`. `{region}` in a " +
					"host stands for the region in use.",
				Attributes: map[string]schema.Attribute{
					"elb": elbArgument.Attribute("Endpoint of ELB. Defaults to `elb.{region}.<cloud>`.", elbEndpoint.Check),
					"iam": iamArgument.Attribute("Endpoint of IAM, also with `/v3` at its end. Defaults to `iam.{region}.<cloud>`.", iamEndpoint.Check),
				},
			},
		}),
	}
}

// attributes adds those of the logins and of what is trusted.
func attributes(all map[string]schema.Attribute) map[string]schema.Attribute {
	maps.Copy(all, loginAttributes())
	maps.Copy(all, trustAttributes())
	return all
}

// settings are the cloud's part of the provider block.
type settings struct {
	tfkit.Limits
	loginSettings
	trustSettings
	Region      types.String `tfsdk:"region"`
	ProjectID   types.String `tfsdk:"project_id"`
	ProjectName types.String `tfsdk:"project_name"`
	Cloud       types.String `tfsdk:"cloud"`
	Endpoints   *endpoints   `tfsdk:"endpoints"`
}

type endpoints struct {
	ELB types.String `tfsdk:"elb"`
	IAM types.String `tfsdk:"iam"`
}

// Configure reads the cloud's part of the provider block. Nothing is contacted.
func (c Cloud) Configure(ctx context.Context, config tfsdk.Config, userAgent string) (tfkit.Session, diag.Diagnostics) {
	set, known, diags := tfkit.ReadBlock[settings](ctx, config, Name)
	if diags.HasError() {
		return nil, diags
	}
	s := &session{
		Configured: tfkit.Configured{Cloud: "Huawei Cloud", Whole: known, Region: tfkit.Setting{Argument: regionArgument}},
		userAgent:  userAgent, batch: set.Batch(), rate: set.Rate(),
	}
	if !known {
		return s, diags // nothing can be asked of it, so nothing is read for it
	}
	if set.Endpoints == nil {
		set.Endpoints = &endpoints{}
	}
	s.SetRegion(regionArgument, set.Region)
	s.projectID = s.Setting(projectIDArgument, set.ProjectID, tfkit.CheckName("a project id")).Value
	s.projectName = projectNameArgument.Of(set.ProjectName).Value
	s.cloud = s.Setting(cloudArgument, set.Cloud, tfkit.CheckDomain).Value
	elb := s.Setting(elbArgument, set.Endpoints.ELB, elbEndpoint.Check)
	iam := s.Setting(iamArgument, set.Endpoints.IAM, iamEndpoint.Check)
	s.elb, s.iam = elb.Value, iam.Value
	s.login = newLogin(set.loginSettings, &s.Configured)
	tflog.Debug(ctx, "Huawei Cloud login", map[string]any{"method": s.login.method})
	s.fill()
	s.transport = c.Transport
	if s.transport == nil {
		s.transport = newTransport(set.trustSettings, &s.Configured)
	}
	return s, s.Unprotected(apikit.Unprotected, elb, iam)
}

// Arguments of the block and the environment variables in their place.
var (
	regionArgument    = argument("region", "HW_REGION_NAME", "OS_REGION_NAME")
	projectIDArgument = argument("project_id", "HW_PROJECT_ID", "HUAWEICLOUD_SDK_PROJECT_ID", "OS_PROJECT_ID")

	projectNameArgument = argument("project_name", "HW_PROJECT_NAME", "OS_PROJECT_NAME")

	cloudArgument = argument("cloud", "HW_CLOUD")
	elbArgument   = argument("endpoints.elb", "HW_ELB_ENDPOINT")
	iamArgument   = argument("endpoints.iam", "HW_AUTH_URL", "OS_AUTH_URL")
)

// How endpoints are written. The /v3 of an IAM endpoint is habit; the vendor's
// own provider wants it.
var (
	elbEndpoint = tfkit.Endpoint{Example: "elb.example.com", Paths: []string{"/v3"}, Region: true}
	iamEndpoint = tfkit.Endpoint{Example: "iam.example.com", Paths: []string{"/v3"}, Region: true}
)

// argument is one of the block's, by its name in there.
func argument(name string, env ...string) tfkit.Argument {
	return tfkit.Argument{Name: Name + "." + name, Env: env}
}

// Resources are the cloud's resources.
func (Cloud) Resources() []func() resource.Resource {
	return []func() resource.Resource{newELBMember, newELBMembers}
}

// DataSources are the cloud's data sources.
func (Cloud) DataSources() []func() datasource.DataSource {
	return []func() datasource.DataSource{newELBMembersSource, newELBPoolsSource}
}

// Actions are the cloud's actions.
func (Cloud) Actions() []func() action.Action { return elbActions.All() }
