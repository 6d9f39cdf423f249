// Package alicloud is everything of Alibaba Cloud: its part of the provider
// block, and the resources of SLB (classic load balancer, CLB).
package alicloud

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

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// Name is the cloud's attribute in the provider block.
const Name = "alicloud"

// Cloud is Alibaba Cloud to the provider.
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
		MarkdownDescription: "Alibaba Cloud. Needed only by resources of SLB; what is absent is taken from the environment.",
		Attributes: tfkit.LimitAttributes(map[string]schema.Attribute{
			"region": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Region of the load balancers, such as `cn-hangzhou`. " +
					"Environment: `ALIBABA_CLOUD_REGION`, `ALICLOUD_REGION`.",
				Validators: []validator.String{tfkit.Name("a region")},
			},
			"access_key": schema.StringAttribute{
				Optional: true, Sensitive: true,
				MarkdownDescription: "AccessKey ID. Environment: `ALIBABA_CLOUD_ACCESS_KEY_ID`, `ALICLOUD_ACCESS_KEY`, " +
					"`ALIBABACLOUD_ACCESS_KEY_ID`.",
			},
			"secret_key": schema.StringAttribute{
				Optional: true, Sensitive: true,
				MarkdownDescription: "AccessKey secret. Environment: `ALIBABA_CLOUD_ACCESS_KEY_SECRET`, `ALICLOUD_SECRET_KEY`, " +
					"`ALIBABACLOUD_ACCESS_KEY_SECRET`.",
			},
			"security_token": schema.StringAttribute{
				Optional: true, Sensitive: true,
				MarkdownDescription: "Security token of temporary keys. Environment: `ALIBABA_CLOUD_SECURITY_TOKEN`, " +
					"`ALICLOUD_SECURITY_TOKEN`, `ALIBABACLOUD_SECURITY_TOKEN`; read there only together with a key of the same " +
					"family, so that a token never meets a key it does not belong to.",
			},
			"endpoints": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Endpoints other than the region's own: a host or a URL; without a scheme, `https`.",
				Attributes: map[string]schema.Attribute{
					"slb": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "Endpoint of SLB. Environment: `ALIBABA_CLOUD_ENDPOINT_SLB`, `SLB_ENDPOINT`.",
					},
				},
			},
		}, 40, 20, "the documented maximum; larger batches are tolerated by the vendor's own controller for Kubernetes"),
	}
}

type settings struct {
	tfkit.Limits
	Region        types.String `tfsdk:"region"`
	AccessKey     types.String `tfsdk:"access_key"`
	SecretKey     types.String `tfsdk:"secret_key"`
	SecurityToken types.String `tfsdk:"security_token"`
	Endpoints     types.Object `tfsdk:"endpoints"`
}

// Configure reads the cloud's part of the provider block. Nothing is contacted.
func (c Cloud) Configure(ctx context.Context, config tfsdk.Config, userAgent string) (tfkit.Session, diag.Diagnostics) {
	at := path.Root(Name)
	var block types.Object
	diags := config.GetAttribute(ctx, at, &block)
	var set settings
	var endpoint types.String
	if !block.IsNull() && !block.IsUnknown() {
		diags.Append(config.GetAttribute(ctx, at, &set)...)
		if !set.Endpoints.IsNull() && !set.Endpoints.IsUnknown() {
			diags.Append(config.GetAttribute(ctx, at.AtName("endpoints").AtName("slb"), &endpoint)...)
		}
	}
	if diags.HasError() {
		return nil, diags
	}
	s := &session{
		known: tfkit.Known(block, set.Region, set.AccessKey, set.SecretKey, set.SecurityToken, set.BatchSize, set.RequestsPerSecond,
			set.Endpoints, endpoint),
		region:    tfkit.Setting(set.Region, "ALIBABA_CLOUD_REGION", "ALICLOUD_REGION"),
		endpoint:  tfkit.Setting(endpoint, "ALIBABA_CLOUD_ENDPOINT_SLB", "SLB_ENDPOINT"),
		userAgent: userAgent,
		transport: c.Transport,
		batch:     int(set.BatchSize.ValueInt64()),
		rate:      set.RequestsPerSecond.ValueFloat64(),
	}
	s.keys = staticKeys(set)
	return s, diags
}

// keyFamilies are the environment variables of static keys, in order of
// precedence.
var keyFamilies = []tfkit.KeyFamily{
	{ID: "ALIBABA_CLOUD_ACCESS_KEY_ID", Secret: "ALIBABA_CLOUD_ACCESS_KEY_SECRET", Token: "ALIBABA_CLOUD_SECURITY_TOKEN"},
	{ID: "ALICLOUD_ACCESS_KEY", Secret: "ALICLOUD_SECRET_KEY", Token: "ALICLOUD_SECURITY_TOKEN"},
	{ID: "ALIBABACLOUD_ACCESS_KEY_ID", Secret: "ALIBABACLOUD_ACCESS_KEY_SECRET", Token: "ALIBABACLOUD_SECURITY_TOKEN"},
}

func staticKeys(set settings) slbapi.Keys {
	id, secret, token := tfkit.Keys(set.AccessKey, set.SecretKey, set.SecurityToken, keyFamilies)
	return slbapi.Keys{AccessKeyID: id, AccessKeySecret: secret, SecurityToken: token}
}

// Resources are the cloud's resources.
func (Cloud) Resources() []func() resource.Resource {
	return []func() resource.Resource{newBackendServer, newBackendServers, newVServerGroupServer, newVServerGroupServers}
}

// DataSources are the cloud's data sources.
func (Cloud) DataSources() []func() datasource.DataSource {
	return []func() datasource.DataSource{newBackendServersSource, newVServerGroupServersSource, newVServerGroupsSource}
}
