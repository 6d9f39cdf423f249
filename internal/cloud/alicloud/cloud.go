// Package alicloud is everything of Alibaba Cloud: its part of the provider
// block, and the resources of SLB (classic load balancer, CLB), ALB and NLB.
package alicloud

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/ramlogin"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// Name is the cloud's block in the provider block.
const Name = "alicloud"

// Cloud is Alibaba Cloud to the provider.
type Cloud struct {
	// Transport carries the requests; nil is the production one. Tests give
	// that of a simulated cloud.
	Transport http.RoundTripper
	// Metadata is the URL of the metadata service of ECS; "" is the real one.
	// Tests give that of a simulated cloud.
	Metadata string
}

// Name is the cloud's block in the provider block.
func (Cloud) Name() string { return Name }

// Block is the schema of the cloud's part of the provider block.
func (Cloud) Block() schema.Block {
	return schema.SingleNestedBlock{
		MarkdownDescription: "Alibaba Cloud. Needed only by resources of SLB, ALB and NLB; what is absent is taken from the environment.",
		Attributes: tfkit.LimitAttributes(loginAttributes(map[string]schema.Attribute{
			"region": regionArgument.Attribute("Region of the load balancers, such as `cn-hangzhou`.", tfkit.CheckName("a region")),
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
			"alb_batch_size": tfkit.WholeNumber(1, sgapi.MaxBatch, "Most members in one call to ALB, 1 to 200. Defaults to `200`, the documented "+
				"maximum; a change of weights or descriptions never names more than 40, ALB's maximum of that."),
			"nlb_batch_size": tfkit.WholeNumber(1, sgapi.MaxBatch, "Most members in one call to NLB, 1 to 200. Defaults to `200`, the documented "+
				"maximum."),
			"writes_per_minute": tfkit.WholeNumber(0, 1_000_000, fmt.Sprintf("Most additions, most changes and most removals of SLB's a minute in each "+
				"region, each counted apart; as many may go at once. Defaults to `%d`, what SLB documents for an account; `0` is no limit. "+
				"Raise it if Alibaba Cloud has raised yours, or lower it to leave room for others.", slbapi.WritesPerMinute)),
		}), 40, 20, "the documented maximum; larger batches are tolerated by the vendor's own controller for Kubernetes"),
		Blocks: loginBlocks(map[string]schema.Block{
			"endpoints": schema.SingleNestedBlock{
				MarkdownDescription: "Endpoints other than the region's own: a host or a URL; without a scheme, `https`.",
				Attributes: map[string]schema.Attribute{
					"slb": slbArgument.Attribute("Endpoint of SLB.", slbEndpoint.Check),
					"alb": albArgument.Attribute("Endpoint of ALB. Defaults to `alb.<region>.aliyuncs.com`.", albEndpoint.Check),
					"nlb": nlbArgument.Attribute("Endpoint of NLB. Defaults to `nlb.<region>.aliyuncs.com`.", nlbEndpoint.Check),
					"sts": stsArgument.Attribute("Endpoint of STS, where roles are assumed. Defaults to `sts.<region>.aliyuncs.com`.", stsEndpoint.Check),
				},
			},
		}),
	}
}

// settings are the cloud's part of the provider block.
type settings struct {
	tfkit.Limits
	Region                types.String      `tfsdk:"region"`
	AccessKey             types.String      `tfsdk:"access_key"`
	SecretKey             types.String      `tfsdk:"secret_key"`
	SecurityToken         types.String      `tfsdk:"security_token"`
	Profile               types.String      `tfsdk:"profile"`
	SharedCredentialsFile types.String      `tfsdk:"shared_credentials_file"`
	ECSRoleName           types.String      `tfsdk:"ecs_role_name"`
	CredentialsURI        types.String      `tfsdk:"credentials_uri"`
	AssumeRole            *roleSettings     `tfsdk:"assume_role"`
	AssumeRoleWithOIDC    *oidcSettings     `tfsdk:"assume_role_with_oidc"`
	Endpoints             *endpointSettings `tfsdk:"endpoints"`
	ALBBatchSize          types.Number      `tfsdk:"alb_batch_size"`
	NLBBatchSize          types.Number      `tfsdk:"nlb_batch_size"`
	WritesPerMinute       types.Number      `tfsdk:"writes_per_minute"`
}

// writes is how many writes of each kind a minute are made at most; 0 is no
// limit.
func (s settings) writes() int {
	if s.WritesPerMinute.IsNull() {
		return slbapi.WritesPerMinute
	}
	return int(tfkit.Int(s.WritesPerMinute))
}

type endpointSettings struct {
	SLB types.String `tfsdk:"slb"`
	ALB types.String `tfsdk:"alb"`
	NLB types.String `tfsdk:"nlb"`
	STS types.String `tfsdk:"sts"`
}

// Configure reads the cloud's part of the provider block. Nothing is contacted.
func (c Cloud) Configure(ctx context.Context, config tfsdk.Config, userAgent string) (tfkit.Session, diag.Diagnostics) {
	set, known, diags := tfkit.ReadBlock[settings](ctx, config, Name)
	if diags.HasError() {
		return nil, diags
	}
	s := &session{
		Configured: tfkit.Configured{Cloud: "Alibaba Cloud", Whole: known, Region: tfkit.Setting{Argument: regionArgument}},
		userAgent:  userAgent, transport: c.Transport,
		rate: set.Rate(), slb: slbSettings{batch: set.Batch(), writes: set.writes()},
	}
	if !known {
		return s, diags // nothing can be asked of it, so nothing is read for it
	}
	if set.Endpoints == nil {
		set.Endpoints = &endpointSettings{}
	}
	s.SetRegion(regionArgument, set.Region)
	slb := s.Setting(slbArgument, set.Endpoints.SLB, slbEndpoint.Check)
	sts := s.Setting(stsArgument, set.Endpoints.STS, stsEndpoint.Check)
	alb := s.Setting(albArgument, set.Endpoints.ALB, albEndpoint.Check)
	nlb := s.Setting(nlbArgument, set.Endpoints.NLB, nlbEndpoint.Check)
	s.slb.endpoint = slb.Value
	s.groups = map[sgapi.Product]*groupSettings{
		sgapi.ALB: {endpoint: alb.Value, batch: int(tfkit.Int(set.ALBBatchSize))},
		sgapi.NLB: {endpoint: nlb.Value, batch: int(tfkit.Int(set.NLBBatchSize))},
	}
	s.login(set, ramlogin.Login{
		Region: s.Region.Value, STS: sts.Value, Metadata: c.Metadata, Transport: c.Transport, UserAgent: userAgent,
		OnlyIMDSv2: isTrue("ALIBABA_CLOUD_IMDSV1_DISABLED"),
	})
	return s, s.Unprotected(apikit.Unprotected, slb, alb, nlb, sts, uriArgument.Of(set.CredentialsURI))
}

// Arguments of the block and the environment variables in their place.
var (
	regionArgument = tfkit.Argument{Name: "alicloud.region", Env: []string{"ALIBABA_CLOUD_REGION", "ALICLOUD_REGION"}}
	slbArgument    = tfkit.Argument{Name: "alicloud.endpoints.slb", Env: []string{"ALIBABA_CLOUD_ENDPOINT_SLB", "SLB_ENDPOINT"}}
	albArgument    = tfkit.Argument{Name: "alicloud.endpoints.alb", Env: []string{"ALIBABA_CLOUD_ENDPOINT_ALB", "ALB_ENDPOINT"}}
	nlbArgument    = tfkit.Argument{Name: "alicloud.endpoints.nlb", Env: []string{"ALIBABA_CLOUD_ENDPOINT_NLB", "NLB_ENDPOINT"}}
	stsArgument    = tfkit.Argument{Name: "alicloud.endpoints.sts", Env: []string{"ALIBABA_CLOUD_ENDPOINT_STS", "STS_ENDPOINT"}}
)

// How endpoints are written.
var (
	slbEndpoint = tfkit.Endpoint{Example: "slb.aliyuncs.com"}
	albEndpoint = tfkit.Endpoint{Example: "alb.cn-hangzhou.aliyuncs.com"}
	nlbEndpoint = tfkit.Endpoint{Example: "nlb.cn-hangzhou.aliyuncs.com"}
	stsEndpoint = tfkit.Endpoint{Example: "sts.aliyuncs.com"}
)

// keyFamilies are the environment variables of static keys, in order of
// precedence.
var keyFamilies = []tfkit.KeyFamily{
	{ID: "ALIBABA_CLOUD_ACCESS_KEY_ID", Secret: "ALIBABA_CLOUD_ACCESS_KEY_SECRET", Token: "ALIBABA_CLOUD_SECURITY_TOKEN"},
	{ID: "ALICLOUD_ACCESS_KEY", Secret: "ALICLOUD_SECRET_KEY", Token: "ALICLOUD_SECURITY_TOKEN"},
	{ID: "ALIBABACLOUD_ACCESS_KEY_ID", Secret: "ALIBABACLOUD_ACCESS_KEY_SECRET", Token: "ALIBABACLOUD_SECURITY_TOKEN"},
}

// Resources are the cloud's resources.
func (Cloud) Resources() []func() resource.Resource {
	return []func() resource.Resource{
		newBackendServer, newBackendServers, newVServerGroupServer, newVServerGroupServers,
		newALBServerGroupServer, newALBServerGroupServers, newNLBServerGroupServer, newNLBServerGroupServers,
	}
}

// DataSources are the cloud's data sources.
func (Cloud) DataSources() []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newBackendServersSource, newVServerGroupServersSource, newVServerGroupsSource,
		newALBServerGroupServersSource, newALBServerGroupsSource, newNLBServerGroupServersSource, newNLBServerGroupsSource,
	}
}

// Actions are the cloud's actions.
func (Cloud) Actions() []func() action.Action {
	return slices.Concat(slbActions.All(), groupActions(albServerGroup).All(), groupActions(nlbServerGroup).All())
}
