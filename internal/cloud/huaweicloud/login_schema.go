package huaweicloud

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// loginSettings are the attributes that say who calls.
type loginSettings struct {
	AccessKey     types.String    `tfsdk:"access_key"`
	SecretKey     types.String    `tfsdk:"secret_key"`
	SecurityToken types.String    `tfsdk:"security_token"`
	Token         types.String    `tfsdk:"token"`
	UserName      types.String    `tfsdk:"user_name"`
	Password      types.String    `tfsdk:"password"`
	DomainName    types.String    `tfsdk:"domain_name"`
	ConfigFile    types.String    `tfsdk:"shared_config_file"`
	Profile       types.String    `tfsdk:"profile"`
	AssumeRole    *agencySettings `tfsdk:"assume_role"`
	OIDC          *oidcSettings   `tfsdk:"assume_role_with_oidc"`
}

type agencySettings struct {
	AgencyName types.String `tfsdk:"agency_name"`
	DomainName types.String `tfsdk:"domain_name"`
	Duration   types.Number `tfsdk:"duration"`
}

type oidcSettings struct {
	IDPID           types.String `tfsdk:"idp_id"`
	IDToken         types.String `tfsdk:"id_token"`
	IDTokenFile     types.String `tfsdk:"id_token_file"`
	IDTokenVariable types.String `tfsdk:"id_token_variable"`
}

// Arguments of the logins and the environment variables in their place: those
// of the vendor's own provider, then the names that OpenStack's tools use.
var (
	tokenArgument      = argument("token", "HW_AUTH_TOKEN", "OS_AUTH_TOKEN")
	userNameArgument   = argument("user_name", "HW_USER_NAME", "OS_USERNAME", "OS_USER_NAME")
	passwordArgument   = argument("password", "HW_USER_PASSWORD", "OS_PASSWORD", "OS_USER_PASSWORD")
	domainNameArgument = argument("domain_name", "HW_DOMAIN_NAME", "OS_DOMAIN_NAME", "OS_USER_DOMAIN_NAME")

	configFileArgument = argument("shared_config_file", "HW_SHARED_CONFIG_FILE")
	profileArgument    = argument("profile", "HW_PROFILE")

	agencyArgument       = argument("assume_role.agency_name", "HW_ASSUME_ROLE_AGENCY_NAME")
	agencyDomainArgument = argument("assume_role.domain_name", "HW_ASSUME_ROLE_DOMAIN_NAME")
	agencyTimeArgument   = argument("assume_role.duration", "HW_ASSUME_ROLE_DURATION")

	idpArgument    = argument("assume_role_with_oidc.idp_id", "HUAWEICLOUD_SDK_IDP_ID", "HW_ASSUME_ROLE_IDP_ID")
	idTokenFileEnv = []string{"HUAWEICLOUD_SDK_ID_TOKEN_FILE", "HW_ASSUME_ROLE_ID_TOKEN_FILE"}
	idTokenEnv     = []string{"HW_ASSUME_ROLE_ID_TOKEN", "TFC_WORKLOAD_IDENTITY_TOKEN"}
)

// keyFamilies are the environment variables of static keys, in order of
// precedence.
var keyFamilies = []tfkit.KeyFamily{
	{ID: "HW_ACCESS_KEY", Secret: "HW_SECRET_KEY", Token: "HW_SECURITY_TOKEN"},
	{ID: "HUAWEICLOUD_SDK_AK", Secret: "HUAWEICLOUD_SDK_SK", Token: "HUAWEICLOUD_SDK_SECURITY_TOKEN"},
	{ID: "OS_ACCESS_KEY", Secret: "OS_SECRET_KEY", Token: "OS_SECURITY_TOKEN"},
}

func secret(about string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: about}
}

// loginAttributes are the schema of loginSettings, apart from its blocks.
func loginAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"access_key": secret("Access key (AK). Environment: `HW_ACCESS_KEY`, `HUAWEICLOUD_SDK_AK`, `OS_ACCESS_KEY`."),
		"secret_key": secret("Secret key (SK). Environment: `HW_SECRET_KEY`, `HUAWEICLOUD_SDK_SK`, `OS_SECRET_KEY`."),
		"security_token": secret("Security token of temporary keys. Environment: `HW_SECURITY_TOKEN`, " +
			"`HUAWEICLOUD_SDK_SECURITY_TOKEN`, `OS_SECURITY_TOKEN`; read there only together with a key of the same family, " +
			"so that a token never meets a key it does not belong to."),
		"token":       tokenArgument.Secret("IAM token (`X-Auth-Token`) of the project. It is not renewed.", nil),
		"user_name":   userNameArgument.Attribute("IAM user who logs in with `password`.", nil),
		"password":    passwordArgument.Secret("Password of `user_name`.", nil),
		"domain_name": domainNameArgument.Attribute("Account that `user_name` belongs to.", nil),
		"shared_config_file": configFileArgument.Attribute("Configuration file of the vendor's CLI (KooCLI, `hcloud`), unencrypted, of which `profile` is "+
			"used; its region and project count where nothing else says any. Defaults to `~/.hcloud/config.json` where `profile` is set.", nil),
		"profile": profileArgument.Attribute("Profile of `shared_config_file`, of mode AKSK, or SSO while its login lasts. Defaults to the file's "+
			"current one.", nil),
	}
}

// loginBlocks adds the blocks of what is assumed.
func loginBlocks(blocks map[string]schema.Block) map[string]schema.Block {
	maps.Copy(blocks, map[string]schema.Block{
		"assume_role": schema.SingleNestedBlock{
			MarkdownDescription: "Agency to assume with the other credentials. Environment: `HW_ASSUME_ROLE_AGENCY_NAME`, " +
				"`HW_ASSUME_ROLE_DOMAIN_NAME`, `HW_ASSUME_ROLE_DURATION`.",
			Attributes: map[string]schema.Attribute{
				"agency_name": agencyArgument.Attribute("Name of the agency.", nil),
				"domain_name": agencyDomainArgument.Attribute("Account that the agency is in, the one that delegates.", nil),
				"duration": tfkit.WholeNumber(minLife, maxLife, "Seconds that its keys are valid, 900 to 86400; they are renewed before. Defaults to `3600`. "+
					"Environment: `HW_ASSUME_ROLE_DURATION`."),
			},
		},
		"assume_role_with_oidc": schema.SingleNestedBlock{
			MarkdownDescription: "Login with the ID token of an OpenID Connect provider that the account trusts.",
			Attributes: map[string]schema.Attribute{
				"idp_id": idpArgument.Attribute("Identity provider in IAM.", nil),
				"id_token": secret("ID token. Environment, after that of `id_token_file`: `HW_ASSUME_ROLE_ID_TOKEN`, and " +
					"`TFC_WORKLOAD_IDENTITY_TOKEN` of HCP Terraform."),
				"id_token_file":     tfkit.Argument{Env: idTokenFileEnv}.Attribute("File of the ID token, read anew at each login.", nil),
				"id_token_variable": tfkit.TokenVariable("the ID token"),
			},
			Validators: []validator.Object{tfkit.AtMostOne("where the ID token is from", "id_token", "id_token_file", "id_token_variable")},
		},
	})
	return blocks
}
