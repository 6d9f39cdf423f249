package alicloud

import (
	"maps"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// roleSettings is assume_role.
type roleSettings struct {
	RoleARN           types.String `tfsdk:"role_arn"`
	SessionName       types.String `tfsdk:"session_name"`
	Policy            types.String `tfsdk:"policy"`
	SessionExpiration types.Number `tfsdk:"session_expiration"`
	ExternalID        types.String `tfsdk:"external_id"`
}

// oidcSettings is assume_role_with_oidc.
type oidcSettings struct {
	RoleARN           types.String `tfsdk:"role_arn"`
	ProviderARN       types.String `tfsdk:"oidc_provider_arn"`
	Token             types.String `tfsdk:"oidc_token"`
	TokenFile         types.String `tfsdk:"oidc_token_file"`
	TokenVariable     types.String `tfsdk:"oidc_token_variable"`
	SessionName       types.String `tfsdk:"session_name"`
	Policy            types.String `tfsdk:"policy"`
	SessionExpiration types.Number `tfsdk:"session_expiration"`
}

var (
	checkRole       = matching(`^acs:ram::[0-9]+:role/\S+$`, "acs:ram::<account>:role/<name>")
	checkProvider   = matching(`^acs:ram::[0-9]+:oidc-provider/\S+$`, "acs:ram::<account>:oidc-provider/<name>")
	checkSession    = matching(`^[A-Za-z0-9.@_-]{2,64}$`, "2 to 64 letters, digits and .@-_")
	checkExternalID = matching( // a repetition ends at 1,000
		`^[A-Za-z0-9_+=,.@:/-]{2,1000}[A-Za-z0-9_+=,.@:/-]{0,224}$`, "2 to 1,224 letters, digits and _+=,.@:/-")
)

func matching(pattern, must string) func(string) error {
	return tfkit.Matching(regexp.MustCompile(pattern), must)
}

// minLength and maxLength bound how long the keys of a role are valid, in
// seconds.
const minLength, maxLength = 900, 43200

// loginAttributes adds the attributes of every way to log in but static keys.
func loginAttributes(attributes map[string]schema.Attribute) map[string]schema.Attribute {
	maps.Copy(attributes, map[string]schema.Attribute{
		"profile": profileArgument.Attribute("Profile of the aliyun CLI's configuration file; without it, but with `shared_credentials_file`, the "+
			"one that the file calls `current`. Its region is used where no other is set.", nil),
		"shared_credentials_file": fileArgument.Attribute("The aliyun CLI's configuration file, in JSON. Defaults to `~/.aliyun/config.json`, "+
			"which is read only where a profile is named.", nil),
		"ecs_role_name": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "RAM role of the ECS instance that Terraform runs on; its metadata service gives the keys. " +
				"Environment: `ALIBABA_CLOUD_ECS_METADATA`, `ALICLOUD_ECS_ROLE_NAME`; the value `true` there stands for the role that " +
				"the instance has.",
			Validators: []validator.String{tfkit.OptionalName("the name of a role")},
		},
		// It may hold a password or a token.
		"credentials_uri": uriArgument.Secret("URL that gives temporary keys as JSON (`AccessKeyId`, `AccessKeySecret`, `SecurityToken`, "+
			"`Expiration`).", tfkit.CheckURL),
	})
	return attributes
}

// loginBlocks adds the blocks of the roles to assume.
func loginBlocks(blocks map[string]schema.Block) map[string]schema.Block {
	maps.Copy(blocks, map[string]schema.Block{
		"assume_role": schema.SingleNestedBlock{
			MarkdownDescription: "A RAM role to assume with the credentials that the other settings give, whichever they are. " +
				"The environment fills it in, but does not make it: `assume_role {}` takes all of it from there.",
			Attributes: sessionAttributes(map[string]schema.Attribute{
				"external_id": tfkit.Argument{}.Attribute("External id that the role's trust policy asks for, 2 to 1,224 characters.", checkExternalID),
			}, roleArgument, sessionArgument, " Environment: `ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION`."),
		},
		"assume_role_with_oidc": schema.SingleNestedBlock{
			MarkdownDescription: "A RAM role to assume with a token of an OIDC provider, without any key. In an environment that names " +
				"role, provider and token, as pods with RRSA have it, it is used without being configured, where nothing else is.",
			Attributes: sessionAttributes(map[string]schema.Attribute{
				"oidc_provider_arn": oidcProviderArgument.Attribute("The OIDC provider in RAM, `acs:ram::<account>:oidc-provider/<name>`.",
					checkProvider),
				"oidc_token": schema.StringAttribute{
					Optional: true, Sensitive: true,
					MarkdownDescription: "The token itself. Without it, a file and a variable, in this order: `ALIBABA_CLOUD_OIDC_TOKEN_FILE`, " +
						"`ALIBABA_CLOUD_OIDC_TOKEN`, `TFC_WORKLOAD_IDENTITY_TOKEN` (HCP Terraform's) of the environment.",
				},
				"oidc_token_file":     tfkit.Argument{Env: tokenFile}.Attribute("File of the token, read anew for each exchange.", nil),
				"oidc_token_variable": tfkit.TokenVariable("the token"),
			}, oidcRoleArgument, oidcSessionArgument, ""),
			Validators: []validator.Object{
				tfkit.AtMostOne("where the token is from", "oidc_token", "oidc_token_file", "oidc_token_variable"),
			},
		},
	})
	return blocks
}

// sessionAttributes adds what the two ways to assume a role have in common: role
// and name are the arguments of the role and its session, length says where in
// the environment the session's length comes from.
func sessionAttributes(attributes map[string]schema.Attribute, role, name tfkit.Argument, length string) map[string]schema.Attribute {
	maps.Copy(attributes, map[string]schema.Attribute{
		"role_arn": role.Attribute("The role, `acs:ram::<account>:role/<name>`.", checkRole),
		"session_name": name.Attribute("Name of the session in the cloud's audit log, 2 to 64 letters, digits and `.@-_`. "+
			"Defaults to `terraform`.", checkSession),
		"policy": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Policy in JSON that narrows what the session may do, at most 2,048 characters.",
			Validators:          []validator.String{stringvalidator.LengthAtMost(2048), tfkit.Checked(tfkit.CheckJSON)},
		},
		"session_expiration": tfkit.WholeNumber(minLength, maxLength, "How long keys are to be valid, in seconds, 900 to the role's own "+
			"maximum (43200 at most). Defaults to `3600`. They are exchanged in time."+length),
	})
	return attributes
}
