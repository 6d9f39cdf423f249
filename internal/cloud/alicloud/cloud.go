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
		MarkdownDescription: "Alibaba Cloud. Needed only by resources of SLB; what is absent is taken from the environment.",
		Attributes: tfkit.LimitAttributes(loginAttributes(map[string]schema.Attribute{
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
		}), 40, 20, "the documented maximum; larger batches are tolerated by the vendor's own controller for Kubernetes"),
		Blocks: loginBlocks(map[string]schema.Block{
			"endpoints": schema.SingleNestedBlock{
				MarkdownDescription: "Endpoints other than the region's own: a host or a URL; without a scheme, `https`.",
				Attributes: map[string]schema.Attribute{
					"slb": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "Endpoint of SLB. Environment: `ALIBABA_CLOUD_ENDPOINT_SLB`, `SLB_ENDPOINT`.",
					},
					"sts": schema.StringAttribute{
						Optional: true,
						MarkdownDescription: "Endpoint of STS, where roles are assumed. Defaults to `sts.<region>.aliyuncs.com`. " +
							"Environment: `ALIBABA_CLOUD_ENDPOINT_STS`, `STS_ENDPOINT`.",
					},
				},
			},
		}),
	}
}

// settings are the cloud's part of the provider block.
type settings struct {
	tfkit.Limits
	Region                types.String `tfsdk:"region"`
	AccessKey             types.String `tfsdk:"access_key"`
	SecretKey             types.String `tfsdk:"secret_key"`
	SecurityToken         types.String `tfsdk:"security_token"`
	Profile               types.String `tfsdk:"profile"`
	SharedCredentialsFile types.String `tfsdk:"shared_credentials_file"`
	ECSRoleName           types.String `tfsdk:"ecs_role_name"`
	CredentialsURI        types.String `tfsdk:"credentials_uri"`
	AssumeRole            types.Object `tfsdk:"assume_role"`
	AssumeRoleWithOIDC    types.Object `tfsdk:"assume_role_with_oidc"`
	Endpoints             types.Object `tfsdk:"endpoints"`

	// The nested ones, where they are there and known.
	role roleSettings
	oidc oidcSettings
	at   endpointSettings
}

type endpointSettings struct {
	SLB types.String `tfsdk:"slb"`
	STS types.String `tfsdk:"sts"`
}

// read reads the cloud's part of the provider block. It returns whether all of
// it is known.
func (set *settings) read(ctx context.Context, config tfsdk.Config) (bool, diag.Diagnostics) {
	at := path.Root(Name)
	var block types.Object
	diags := config.GetAttribute(ctx, at, &block)
	if block.IsNull() || block.IsUnknown() || diags.HasError() {
		return !block.IsUnknown(), diags
	}
	diags.Append(config.GetAttribute(ctx, at, set)...)
	for _, nested := range []struct {
		name string
		from types.Object
		into any
	}{
		{"assume_role", set.AssumeRole, &set.role},
		{"assume_role_with_oidc", set.AssumeRoleWithOIDC, &set.oidc},
		{"endpoints", set.Endpoints, &set.at},
	} {
		if !nested.from.IsNull() && !nested.from.IsUnknown() {
			diags.Append(config.GetAttribute(ctx, at.AtName(nested.name), nested.into)...)
		}
	}
	return tfkit.Known(set.Region, set.AccessKey, set.SecretKey, set.SecurityToken, set.BatchSize, set.RequestsPerSecond,
		set.Profile, set.SharedCredentialsFile, set.ECSRoleName, set.CredentialsURI, set.AssumeRole, set.AssumeRoleWithOIDC,
		set.role.RoleARN, set.role.SessionName, set.role.Policy, set.role.SessionExpiration, set.role.ExternalID,
		set.oidc.RoleARN, set.oidc.ProviderARN, set.oidc.Token, set.oidc.TokenFile, set.oidc.SessionName, set.oidc.Policy,
		set.oidc.SessionExpiration, set.Endpoints, set.at.SLB, set.at.STS), diags
}

// Configure reads the cloud's part of the provider block. Nothing is contacted.
func (c Cloud) Configure(ctx context.Context, config tfsdk.Config, userAgent string) (tfkit.Session, diag.Diagnostics) {
	var set settings
	known, diags := set.read(ctx, config)
	if diags.HasError() {
		return nil, diags
	}
	s := &session{
		known:     known,
		region:    tfkit.Setting(set.Region, "ALIBABA_CLOUD_REGION", "ALICLOUD_REGION"),
		endpoint:  tfkit.Setting(set.at.SLB, "ALIBABA_CLOUD_ENDPOINT_SLB", "SLB_ENDPOINT"),
		userAgent: userAgent,
		transport: c.Transport,
		batch:     int(set.BatchSize.ValueInt64()),
		rate:      set.RequestsPerSecond.ValueFloat64(),
	}
	if known {
		sts := tfkit.Setting(set.at.STS, "ALIBABA_CLOUD_ENDPOINT_STS", "STS_ENDPOINT")
		s.login(set, slbapi.Login{
			STS: sts, Metadata: c.Metadata, Transport: c.Transport, UserAgent: userAgent, OnlyIMDSv2: isTrue("ALIBABA_CLOUD_IMDSV1_DISABLED"),
		})
		diags.Append(unprotected(s.endpoint, "SLB", "endpoints", "slb")...)
		diags.Append(unprotected(sts, "STS", "endpoints", "sts")...)
		diags.Append(unprotected(tfkit.Setting(set.CredentialsURI, uriEnv...), "the credentials URI", "credentials_uri")...)
	}
	return s, diags
}

// unprotected warns of an endpoint that is asked in the clear.
func unprotected(endpoint, what string, steps ...string) (diags diag.Diagnostics) {
	if slbapi.Unprotected(endpoint) {
		at := path.Root(Name)
		for _, step := range steps {
			at = at.AtName(step)
		}
		diags.AddAttributeWarning(at, "Unencrypted requests to Alibaba Cloud",
			"The scheme of "+what+" is http, and its host is not this machine: whoever is on the way can read and alter what is "+
				"sent, and use what it carries. Use https.")
	}
	return diags
}

// keyFamilies are the environment variables of static keys, in order of
// precedence.
var keyFamilies = []tfkit.KeyFamily{
	{ID: "ALIBABA_CLOUD_ACCESS_KEY_ID", Secret: "ALIBABA_CLOUD_ACCESS_KEY_SECRET", Token: "ALIBABA_CLOUD_SECURITY_TOKEN"},
	{ID: "ALICLOUD_ACCESS_KEY", Secret: "ALICLOUD_SECRET_KEY", Token: "ALICLOUD_SECURITY_TOKEN"},
	{ID: "ALIBABACLOUD_ACCESS_KEY_ID", Secret: "ALIBABACLOUD_ACCESS_KEY_SECRET", Token: "ALIBABACLOUD_SECURITY_TOKEN"},
}

// Resources are the cloud's resources.
func (Cloud) Resources() []func() resource.Resource {
	return []func() resource.Resource{newBackendServer, newBackendServers, newVServerGroupServer, newVServerGroupServers}
}

// DataSources are the cloud's data sources.
func (Cloud) DataSources() []func() datasource.DataSource {
	return []func() datasource.DataSource{newBackendServersSource, newVServerGroupServersSource, newVServerGroupsSource}
}
