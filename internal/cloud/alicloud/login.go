package alicloud

import (
	"os"
	"slices"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/ramlogin"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// The arguments of each way to log in. Roles of the two kinds share variables.
var (
	profileArgument = tfkit.Argument{Name: "alicloud.profile", Env: []string{"ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE"}}
	fileArgument    = tfkit.Argument{Name: "alicloud.shared_credentials_file",
		Env: []string{"ALIBABA_CLOUD_CREDENTIALS_FILE", "ALICLOUD_SHARED_CREDENTIALS_FILE"}}
	ecsArgument = tfkit.Argument{Name: "alicloud.ecs_role_name", Env: []string{"ALIBABA_CLOUD_ECS_METADATA", "ALICLOUD_ECS_ROLE_NAME"}}
	uriArgument = tfkit.Argument{Name: "alicloud.credentials_uri",
		Env: []string{"ALIBABA_CLOUD_CREDENTIALS_URI", "ALICLOUD_CREDENTIALS_URI"}}

	roleArgument    = tfkit.Argument{Name: assumeRole + ".role_arn", Env: []string{"ALIBABA_CLOUD_ROLE_ARN", "ALICLOUD_ASSUME_ROLE_ARN"}}
	sessionArgument = tfkit.Argument{Name: assumeRole + ".session_name",
		Env: []string{"ALIBABA_CLOUD_ROLE_SESSION_NAME", "ALICLOUD_ASSUME_ROLE_SESSION_NAME"}}
	lengthArgument = tfkit.Argument{Name: assumeRole + ".session_expiration", Env: []string{"ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION"}}

	oidcRoleArgument     = tfkit.Argument{Name: withOIDC + ".role_arn", Env: roleArgument.Env[:1]}
	oidcSessionArgument  = tfkit.Argument{Name: withOIDC + ".session_name", Env: sessionArgument.Env[:1]}
	oidcProviderArgument = tfkit.Argument{Name: withOIDC + ".oidc_provider_arn", Env: []string{"ALIBABA_CLOUD_OIDC_PROVIDER_ARN"}}
	// Without a block assume_role_with_oidc a token of HCP Terraform's is there
	// for something else.
	ownTokenEnv = []string{"ALIBABA_CLOUD_OIDC_TOKEN"}
	hcpTokenEnv = []string{"TFC_WORKLOAD_IDENTITY_TOKEN"}
	tokenFile   = []string{"ALIBABA_CLOUD_OIDC_TOKEN_FILE"}
)

const (
	assumeRole = "alicloud.assume_role"
	withOIDC   = "alicloud.assume_role_with_oidc"
)

// login finds the session's credentials, and its region where only a profile
// has one. What is wrong becomes a problem of the session's.
func (s *session) login(set settings, l ramlogin.Login) {
	source := s.source(set, &l)
	if set.AssumeRole != nil {
		source = s.assumeRole(*set.AssumeRole, source, l)
	}
	if !s.Problems.HasError() {
		s.credentials = source
	}
}

const noCredentials = "Set alicloud.access_key and alicloud.secret_key in the provider block, or ALIBABA_CLOUD_ACCESS_KEY_ID and " +
	"ALIBABA_CLOUD_ACCESS_KEY_SECRET (or ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY) in the environment; or one of alicloud.profile " +
	"(ALIBABA_CLOUD_PROFILE), alicloud.assume_role_with_oidc (ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN and " +
	"ALIBABA_CLOUD_OIDC_TOKEN_FILE), alicloud.credentials_uri (ALIBABA_CLOUD_CREDENTIALS_URI) and alicloud.ecs_role_name " +
	"(ALIBABA_CLOUD_ECS_METADATA)"

// source are the credentials before any role is assumed on top of them. What
// is configured comes before what the environment has; in each the order is
// that of users of the vendor's own provider: keys, profile, OIDC, URI, ECS.
// The first of which there is any part is used, and no other if it fails. The
// environment's must be whole, but for keys; of those that are not, keys are
// what somebody has forgotten a part of.
func (s *session) source(set settings, l *ramlogin.Login) acs.Credentials {
	profile, file := profileArgument.Of(set.Profile), fileArgument.Of(set.SharedCredentialsFile)
	uri, ecs := uriArgument.Of(set.CredentialsURI), ecsArgument.Of(set.ECSRoleName)
	keys := tfkit.Keys(Name, set.AccessKey, set.SecretKey, set.SecurityToken, keyFamilies)
	byKeys, byProfile := func() acs.Credentials { return s.static(keys) }, func() acs.Credentials { return s.profile(profile, file, l) }
	byURI, byRole := func() acs.Credentials { return s.byURI(uri, *l) }, func() acs.Credentials { return s.byECS(ecs, *l) }
	configuredOIDC := set.AssumeRoleWithOIDC != nil
	if !configuredOIDC {
		set.AssumeRoleWithOIDC = &oidcSettings{}
	}
	byOIDC := func() acs.Credentials { return s.withOIDC(*set.AssumeRoleWithOIDC, *l) }
	token := tfkit.Argument{Env: slices.Concat(tokenFile, ownTokenEnv)}
	_, credentials := tfkit.Choose([]tfkit.Login[acs.Credentials]{
		{There: tfkit.Given(set.AccessKey, set.SecretKey, set.SecurityToken), Use: byKeys},
		{There: tfkit.Given(set.Profile, set.SharedCredentialsFile), Use: byProfile},
		{There: configuredOIDC, Use: byOIDC},
		{There: tfkit.Given(set.CredentialsURI), Use: byURI},
		{There: tfkit.Given(set.ECSRoleName), Use: byRole},

		{There: keys.ID.Value != "", Use: byKeys},
		{There: profile.Value != "" || file.Value != "", Use: byProfile},
		{There: oidcRoleArgument.InEnvironment() && oidcProviderArgument.InEnvironment() && token.InEnvironment(), Use: byOIDC},
		{There: uri.Value != "", Use: byURI},
		{There: ecs.Value != "" && !isTrue("ALIBABA_CLOUD_ECS_METADATA_DISABLED"), Use: byRole},

		{There: keys.Some, Use: byKeys},
		{Use: func() acs.Credentials {
			s.Problem("No credentials", noCredentials)
			return nil
		}},
	})
	return credentials
}

// byECS logs in as a role of the ECS instance. What the environment says may be
// "true": the instance knows its role.
func (s *session) byECS(role tfkit.Setting, l ramlogin.Login) acs.Credentials {
	if role.From != role.Name && strings.EqualFold(role.Value, "true") {
		role.Value = ""
	}
	return s.usable(role.From)(l.ECSRole(role.Value))
}

func (s *session) static(keys tfkit.StaticKeys) acs.Credentials {
	s.Incomplete(keys.Incomplete())
	return acs.Static{AccessKeyID: keys.ID.Value, AccessKeySecret: keys.Secret.Value, SecurityToken: keys.Token}
}

// usable passes credentials on that could be made; where they could not, from
// is what asks for them.
func (s *session) usable(from string) func(acs.Credentials, error) acs.Credentials {
	return func(c acs.Credentials, err error) acs.Credentials {
		if err != nil {
			s.Problem("Unusable credentials", from+": "+err.Error())
		}
		return c
	}
}

func (s *session) byURI(uri tfkit.Setting, l ramlogin.Login) acs.Credentials {
	if err := tfkit.CheckURL(uri.Value); err != nil {
		s.Problem("Invalid setting", uri.From+" "+err.Error())
		return nil
	}
	return s.usable(uri.From)(l.URI(uri.Value))
}

// profile logs in as a profile of the aliyun CLI's.
func (s *session) profile(name, file tfkit.Setting, l *ramlogin.Login) acs.Credentials {
	usable := s.usable(strings.Join(strings.Fields(name.From+" "+file.From), " and "))
	s.NoProfile = true
	if file.Value == "" {
		file.Value = "~/.aliyun/config.json"
	}
	path, err := tfkit.HomePath(file.Value)
	if err != nil {
		return usable(nil, err)
	}
	p, err := ramlogin.ReadProfile(path, name.Value)
	if err != nil {
		return usable(nil, err)
	}
	s.NoProfile = false
	if s.Region.Value == "" {
		s.Region.Value, l.Region = p.Region(), p.Region()
	}
	return usable(l.Profile(p))
}

// assumeRole assumes a role with the credentials of source.
func (s *session) assumeRole(set roleSettings, source acs.Credentials, l ramlogin.Login) acs.Credentials {
	arn := s.Setting(roleArgument, set.RoleARN, checkRole)
	role := ramlogin.Role{
		ARN: arn.Value, Session: s.Setting(sessionArgument, set.SessionName, checkSession).Value,
		Policy: set.Policy.ValueString(), ExternalID: set.ExternalID.ValueString(),
		Seconds: s.Number(lengthArgument, set.SessionExpiration, minLength, maxLength),
	}
	s.Incomplete(tfkit.Incomplete("The login by assume_role", arn))
	if s.Problems.HasError() {
		return nil
	}
	return s.usable(assumeRole)(l.AssumeRole(source, role))
}

func (s *session) withOIDC(set oidcSettings, l ramlogin.Login) acs.Credentials {
	role := s.Setting(oidcRoleArgument, set.RoleARN, checkRole)
	provider := s.Setting(oidcProviderArgument, set.ProviderARN, checkProvider)
	session := s.Setting(oidcSessionArgument, set.SessionName, checkSession)
	token, read, err := tfkit.IdentityToken{
		Text: set.Token, File: set.TokenFile, Variable: set.TokenVariable, Name: withOIDC + ".oidc_token",
		FileEnv: tokenFile, TextEnv: slices.Concat(ownTokenEnv, hcpTokenEnv),
	}.Find()
	if err != nil {
		s.Problem("Unusable credentials", err.Error())
	}
	s.Incomplete(tfkit.Incomplete("The login by assume_role_with_oidc", role, provider, token))
	if s.Problems.HasError() {
		return nil
	}
	return s.usable(withOIDC)(l.AssumeRoleWithOIDC(ramlogin.Role{
		ARN: role.Value, Session: session.Value,
		Policy: set.Policy.ValueString(), Seconds: tfkit.Int(set.SessionExpiration),
	}, provider.Value, read))
}

// isTrue tells whether an environment variable says true.
func isTrue(name string) bool { return strings.EqualFold(os.Getenv(name), "true") }
