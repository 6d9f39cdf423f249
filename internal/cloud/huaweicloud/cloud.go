// Package huaweicloud is everything of Huawei Cloud: its part of the provider
// block, and the resources of ELB v3 (dedicated load balancers).
package huaweicloud

import (
	"context"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// Name is the cloud's attribute in the provider block.
const Name = "huaweicloud"

// Cloud is Huawei Cloud to the provider.
type Cloud struct {
	// Transport carries the requests; nil is the production one. Tests give
	// that of a simulated cloud.
	Transport http.RoundTripper
}

// Name is the cloud's attribute in the provider block.
func (Cloud) Name() string { return Name }

// Attribute is the schema of the cloud's part of the provider block.
func (Cloud) Attribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "Huawei Cloud. Needed only by resources of ELB; what is absent is taken from the environment.",
		Attributes: tfkit.LimitAttributes(map[string]schema.Attribute{
			"region": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Region of the load balancers, such as `cn-north-4`. Environment: `HW_REGION_NAME`, `OS_REGION_NAME`.",
				Validators:          []validator.String{tfkit.Name("a region")},
			},
			"access_key": schema.StringAttribute{
				Optional: true, Sensitive: true,
				MarkdownDescription: "Access key (AK). Environment: `HW_ACCESS_KEY`, `HUAWEICLOUD_SDK_AK`, `OS_ACCESS_KEY`.",
			},
			"secret_key": schema.StringAttribute{
				Optional: true, Sensitive: true,
				MarkdownDescription: "Secret key (SK). Environment: `HW_SECRET_KEY`, `HUAWEICLOUD_SDK_SK`, `OS_SECRET_KEY`.",
			},
			"security_token": schema.StringAttribute{
				Optional: true, Sensitive: true,
				MarkdownDescription: "Security token of temporary keys. Environment: `HW_SECURITY_TOKEN`, " +
					"`HUAWEICLOUD_SDK_SECURITY_TOKEN`, `OS_SECURITY_TOKEN`; read there only together with a key of the same family, " +
					"so that a token never meets a key it does not belong to.",
			},
			"project_id": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Project of the load balancers. Looked up from IAM by `project_name` when absent. " +
					"Environment: `HW_PROJECT_ID`, `HUAWEICLOUD_SDK_PROJECT_ID`, `OS_PROJECT_ID`.",
				Validators: []validator.String{tfkit.Name("a project id")},
			},
			"project_name": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Name of the project, where `project_id` is absent. Defaults to the region. " +
					"Environment: `HW_PROJECT_NAME`, `OS_PROJECT_NAME`.",
			},
			"endpoints": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Endpoints other than the region's own: a host or a URL; without a scheme, `https`.",
				Attributes: map[string]schema.Attribute{
					"elb": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "Endpoint of ELB. Environment: `HW_ELB_ENDPOINT`.",
					},
					"iam": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "Endpoint of IAM. Environment: `HW_AUTH_URL`.",
					},
				},
			},
		}, 200, 200, "the vendor's maximum"),
	}
}

type settings struct {
	tfkit.Limits
	Region        types.String `tfsdk:"region"`
	AccessKey     types.String `tfsdk:"access_key"`
	SecretKey     types.String `tfsdk:"secret_key"`
	SecurityToken types.String `tfsdk:"security_token"`
	ProjectID     types.String `tfsdk:"project_id"`
	ProjectName   types.String `tfsdk:"project_name"`
	Endpoints     types.Object `tfsdk:"endpoints"`
}

type endpoints struct {
	ELB types.String `tfsdk:"elb"`
	IAM types.String `tfsdk:"iam"`
}

// keyFamilies are the environment variables of static keys, in order of
// precedence.
var keyFamilies = []tfkit.KeyFamily{
	{ID: "HW_ACCESS_KEY", Secret: "HW_SECRET_KEY", Token: "HW_SECURITY_TOKEN"},
	{ID: "HUAWEICLOUD_SDK_AK", Secret: "HUAWEICLOUD_SDK_SK", Token: "HUAWEICLOUD_SDK_SECURITY_TOKEN"},
	{ID: "OS_ACCESS_KEY", Secret: "OS_SECRET_KEY", Token: "OS_SECURITY_TOKEN"},
}

// Configure reads the cloud's part of the provider block. Nothing is contacted.
func (c Cloud) Configure(ctx context.Context, config tfsdk.Config, userAgent string) (tfkit.Session, diag.Diagnostics) {
	at := path.Root(Name)
	var block types.Object
	diags := config.GetAttribute(ctx, at, &block)
	var set settings
	var ends endpoints
	if !block.IsNull() && !block.IsUnknown() {
		diags.Append(config.GetAttribute(ctx, at, &set)...)
		if !set.Endpoints.IsNull() && !set.Endpoints.IsUnknown() {
			diags.Append(config.GetAttribute(ctx, at.AtName("endpoints"), &ends)...)
		}
	}
	if diags.HasError() {
		return nil, diags
	}
	id, secret, token := tfkit.Keys(set.AccessKey, set.SecretKey, set.SecurityToken, keyFamilies)
	return &session{
		known: tfkit.Known(block, set.Region, set.AccessKey, set.SecretKey, set.SecurityToken, set.BatchSize, set.RequestsPerSecond,
			set.ProjectID, set.ProjectName, set.Endpoints, ends.ELB, ends.IAM),
		region:      tfkit.Setting(set.Region, "HW_REGION_NAME", "OS_REGION_NAME"),
		keys:        elbapi.Keys{AccessKey: id, SecretKey: secret, SecurityToken: token},
		projectID:   tfkit.Setting(set.ProjectID, "HW_PROJECT_ID", "HUAWEICLOUD_SDK_PROJECT_ID", "OS_PROJECT_ID"),
		projectName: tfkit.Setting(set.ProjectName, "HW_PROJECT_NAME", "OS_PROJECT_NAME"),
		elb:         tfkit.Setting(ends.ELB, "HW_ELB_ENDPOINT"),
		iam:         tfkit.Setting(ends.IAM, "HW_AUTH_URL"),
		userAgent:   userAgent,
		transport:   c.Transport,
		batch:       int(set.BatchSize.ValueInt64()),
		rate:        set.RequestsPerSecond.ValueFloat64(),
	}, diags
}

// Resources are the cloud's resources.
func (Cloud) Resources() []func() resource.Resource {
	return []func() resource.Resource{newELBMember, newELBMembers}
}

// DataSources are the cloud's data sources.
func (Cloud) DataSources() []func() datasource.DataSource {
	return []func() datasource.DataSource{newELBMembersSource, newELBPoolsSource}
}
