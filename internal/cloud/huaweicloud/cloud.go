// Package huaweicloud is everything of Huawei Cloud: its part of the provider
// block, and the resources of ELB v3 (dedicated load balancers).
package huaweicloud

import (
	"context"
	"maps"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

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
			"region": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Region of the load balancers, such as `cn-north-4`. Environment: `HW_REGION_NAME`, `OS_REGION_NAME`.",
				Validators:          []validator.String{tfkit.Name("a region")},
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
		}), 200, 200, "the vendor's maximum"),
		Blocks: loginBlocks(map[string]schema.Block{
			"endpoints": schema.SingleNestedBlock{
				MarkdownDescription: "Endpoints other than the region's own: a host or a URL; without a scheme, `https`.",
				Attributes: map[string]schema.Attribute{
					"elb": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "Endpoint of ELB. Environment: `HW_ELB_ENDPOINT`.",
					},
					"iam": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "Endpoint of IAM. Environment: `HW_AUTH_URL`, `OS_AUTH_URL`.",
					},
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

type settings struct {
	tfkit.Limits
	loginSettings
	trustSettings
	Region      types.String `tfsdk:"region"`
	ProjectID   types.String `tfsdk:"project_id"`
	ProjectName types.String `tfsdk:"project_name"`
	Endpoints   types.Object `tfsdk:"endpoints"`
}

type endpoints struct {
	ELB types.String `tfsdk:"elb"`
	IAM types.String `tfsdk:"iam"`
}

// Configure reads the cloud's part of the provider block. Nothing is contacted.
func (c Cloud) Configure(ctx context.Context, config tfsdk.Config, userAgent string) (tfkit.Session, diag.Diagnostics) {
	at := path.Root(Name)
	var block types.Object
	diags := config.GetAttribute(ctx, at, &block)
	var set settings
	var ends endpoints
	var oidc oidcSettings
	var agency agencySettings
	if !block.IsNull() && !block.IsUnknown() {
		diags.Append(config.GetAttribute(ctx, at, &set)...)
		for name, nested := range map[string]struct {
			value types.Object
			into  any
		}{
			"endpoints": {set.Endpoints, &ends}, "assume_role_with_oidc": {set.OIDC, &oidc}, "assume_role": {set.AssumeRole, &agency},
		} {
			if !nested.value.IsNull() && !nested.value.IsUnknown() {
				diags.Append(config.GetAttribute(ctx, at.AtName(name), nested.into)...)
			}
		}
	}
	if diags.HasError() {
		return nil, diags
	}
	s := &session{
		known: tfkit.Known(block, set.Region, set.BatchSize, set.RequestsPerSecond, set.ProjectID, set.ProjectName,
			set.Endpoints, ends.ELB, ends.IAM, set.Insecure, set.CACertFile,
			set.AccessKey, set.SecretKey, set.SecurityToken, set.Token, set.UserName, set.Password, set.DomainName,
			set.ConfigFile, set.Profile, set.OIDC, oidc.IDPID, oidc.IDToken, oidc.IDTokenFile,
			set.AssumeRole, agency.AgencyName, agency.DomainName, agency.Duration),
		region:      tfkit.Setting(set.Region, "HW_REGION_NAME", "OS_REGION_NAME"),
		projectID:   tfkit.Setting(set.ProjectID, "HW_PROJECT_ID", "HUAWEICLOUD_SDK_PROJECT_ID", "OS_PROJECT_ID"),
		projectName: tfkit.Setting(set.ProjectName, "HW_PROJECT_NAME", "OS_PROJECT_NAME"),
		elb:         tfkit.Setting(ends.ELB, "HW_ELB_ENDPOINT"),
		iam:         tfkit.Setting(ends.IAM, "HW_AUTH_URL", "OS_AUTH_URL"),
		userAgent:   userAgent,
		batch:       int(set.BatchSize.ValueInt64()),
		rate:        set.RequestsPerSecond.ValueFloat64(),
	}
	if !s.known {
		return s, diags // nothing can be asked of it, so nothing is read for it
	}
	s.login = newLogin(set.loginSettings, oidc, agency)
	tflog.Debug(ctx, "Huawei Cloud login", map[string]any{"method": s.login.method})
	s.fill()
	s.transport = c.Transport
	if s.transport == nil {
		s.transport = newTransport(set.trustSettings, &s.login.problems)
	}
	diags.Append(plainHTTP(at.AtName("endpoints"), map[string]string{"elb": s.elb, "iam": s.iam})...)
	return s, diags
}

// Resources are the cloud's resources.
func (Cloud) Resources() []func() resource.Resource {
	return []func() resource.Resource{newELBMember, newELBMembers}
}

// DataSources are the cloud's data sources.
func (Cloud) DataSources() []func() datasource.DataSource {
	return []func() datasource.DataSource{newELBMembersSource, newELBPoolsSource}
}
