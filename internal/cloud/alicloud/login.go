package alicloud

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// problem is why there are no credentials.
type problem struct{ summary, detail string }

// The environment variables of each way to log in, in order of precedence.
var (
	profileEnv = []string{"ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE"}
	fileEnv    = []string{"ALIBABA_CLOUD_CREDENTIALS_FILE", "ALICLOUD_SHARED_CREDENTIALS_FILE"}
	ecsEnv     = []string{"ALIBABA_CLOUD_ECS_METADATA", "ALICLOUD_ECS_ROLE_NAME"}
	uriEnv     = []string{"ALIBABA_CLOUD_CREDENTIALS_URI", "ALICLOUD_CREDENTIALS_URI"}

	roleEnv     = []string{"ALIBABA_CLOUD_ROLE_ARN", "ALICLOUD_ASSUME_ROLE_ARN"}
	sessionEnv  = []string{"ALIBABA_CLOUD_ROLE_SESSION_NAME", "ALICLOUD_ASSUME_ROLE_SESSION_NAME"}
	providerEnv = "ALIBABA_CLOUD_OIDC_PROVIDER_ARN"
	tokenEnv    = "ALIBABA_CLOUD_OIDC_TOKEN"
	tokenFile   = "ALIBABA_CLOUD_OIDC_TOKEN_FILE"
	hcpTokenEnv = "TFC_WORKLOAD_IDENTITY_TOKEN"
	lengthEnv   = "ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION"
)

// errNone is that no way to log in is configured.
var errNone = errors.New("none")

// login finds the session's credentials, and its region where only a profile
// has one. What is wrong is kept for the first resource that needs the cloud:
// a configuration without any must not fail for what the environment has.
func (s *session) login(set settings, l slbapi.Login) {
	l.Region = s.region
	source, err := s.source(set, &l)
	if err == nil && !set.AssumeRole.IsNull() {
		source, err = assumeRole(set.role, source, l)
	}
	switch {
	case err == nil:
		s.credentials = source
	case errors.Is(err, errNone):
		s.problem = problem{"No credentials for Alibaba Cloud", noCredentials}
	default:
		s.problem = problem{"Unusable credentials for Alibaba Cloud", err.Error() + "."}
	}
}

const noCredentials = "Set alicloud.access_key and alicloud.secret_key in the provider block, or ALIBABA_CLOUD_ACCESS_KEY_ID and " +
	"ALIBABA_CLOUD_ACCESS_KEY_SECRET (or ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY) in the environment; or one of alicloud.profile " +
	"(ALIBABA_CLOUD_PROFILE), alicloud.assume_role_with_oidc (ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN and " +
	"ALIBABA_CLOUD_OIDC_TOKEN_FILE), alicloud.credentials_uri (ALIBABA_CLOUD_CREDENTIALS_URI) and alicloud.ecs_role_name " +
	"(ALIBABA_CLOUD_ECS_METADATA)."

// source are the credentials before any role is assumed on top of them. What
// is configured comes before what the environment has; in each the order is
// that of users of the vendor's own provider: keys, profile, OIDC, URI, ECS.
// The first that is there is used, and no other if it fails.
func (s *session) source(set settings, l *slbapi.Login) (slbapi.Credentials, error) {
	file, fileFrom := setting("shared_credentials_file", set.SharedCredentialsFile, fileEnv...)
	profile, profileFrom := setting("profile", set.Profile, profileEnv...)
	uri, uriFrom := setting("credentials_uri", set.CredentialsURI, uriEnv...)
	ecs, _ := setting("ecs_role_name", set.ECSRoleName, ecsEnv...)
	id, secret, token := tfkit.Keys(set.AccessKey, set.SecretKey, set.SecurityToken, keyFamilies)
	switch {
	case is(set.AccessKey) || is(set.SecretKey):
	case is(set.Profile) || is(set.SharedCredentialsFile):
		return s.profile(profile, profileFrom, file, fileFrom, l)
	case !set.AssumeRoleWithOIDC.IsNull():
		return withOIDC(set.oidc, *l)
	case is(set.CredentialsURI):
		return withURI(uri, uriFrom, *l)
	case is(set.ECSRoleName):
		return l.ECSRole(ecs)

	case id != "":
	case profile != "" || file != "":
		return s.profile(profile, profileFrom, file, fileFrom, l)
	case os.Getenv(roleEnv[0]) != "" && os.Getenv(providerEnv) != "" && os.Getenv(tokenFile)+os.Getenv(tokenEnv) != "":
		return withOIDC(oidcSettings{}, *l)
	case uri != "":
		return withURI(uri, uriFrom, *l)
	case ecs != "" && !isTrue("ALIBABA_CLOUD_ECS_METADATA_DISABLED"):
		if strings.EqualFold(ecs, "true") {
			ecs = "" // the instance knows its role
		}
		return l.ECSRole(ecs)
	default:
		return nil, errNone
	}
	if id == "" || secret == "" {
		return nil, errNone
	}
	return slbapi.Static{AccessKeyID: id, AccessKeySecret: secret, SecurityToken: token}, nil
}

// profile logs in as a profile of the aliyun CLI's; the texts say where its
// name and the file's come from.
func (s *session) profile(name, nameFrom, file, fileFrom string, l *slbapi.Login) (slbapi.Credentials, error) {
	from := strings.Join(strings.Fields(nameFrom+" "+fileFrom), " and ")
	if file == "" {
		file = "~/.aliyun/config.json"
	}
	file, err := expand(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	p, err := slbapi.ReadProfile(file, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	if s.region == "" {
		s.region, l.Region = p.Region(), p.Region()
	}
	c, err := l.Profile(p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	return c, nil
}

func withURI(uri, from string, l slbapi.Login) (slbapi.Credentials, error) {
	c, err := l.URI(uri)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	return c, nil
}

func assumeRole(set roleSettings, source slbapi.Credentials, l slbapi.Login) (slbapi.Credentials, error) {
	role := slbapi.Role{
		ARN: tfkit.Setting(set.RoleARN, roleEnv...), Session: tfkit.Setting(set.SessionName, sessionEnv...),
		Policy: set.Policy.ValueString(), Seconds: set.SessionExpiration.ValueInt64(), ExternalID: set.ExternalID.ValueString(),
	}
	if role.ARN == "" {
		return nil, errors.New("alicloud.assume_role names no role: set its role_arn, or ALIBABA_CLOUD_ROLE_ARN in the environment")
	}
	if length := os.Getenv(lengthEnv); length != "" && role.Seconds == 0 {
		seconds, err := strconv.ParseInt(length, 10, 64)
		if err != nil || seconds < 900 || seconds > 43200 {
			return nil, fmt.Errorf("%s is not a number of seconds from 900 to 43200", lengthEnv)
		}
		role.Seconds = seconds
	}
	c, err := l.AssumeRole(source, role)
	if err != nil {
		return nil, fmt.Errorf("alicloud.assume_role: %w", err)
	}
	return c, nil
}

func withOIDC(set oidcSettings, l slbapi.Login) (slbapi.Credentials, error) {
	const attribute = "alicloud.assume_role_with_oidc"
	role := slbapi.Role{
		ARN: tfkit.Setting(set.RoleARN, roleEnv[0]), Session: tfkit.Setting(set.SessionName, sessionEnv[0]),
		Policy: set.Policy.ValueString(), Seconds: set.SessionExpiration.ValueInt64(),
	}
	provider := tfkit.Setting(set.ProviderARN, providerEnv)
	var token slbapi.Token
	file, from := setting("assume_role_with_oidc.oidc_token_file", set.TokenFile, tokenFile)
	text := tfkit.Setting(types.StringNull(), tokenEnv, hcpTokenEnv)
	switch {
	case is(set.Token):
		token = slbapi.TokenText(set.Token.ValueString())
	case file != "":
		file, err := expand(file)
		if err == nil {
			_, err = os.Stat(file)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: read the OIDC token: %w", from, err)
		}
		token = slbapi.TokenFile(file)
	case text != "":
		token = slbapi.TokenText(text)
	}
	switch {
	case role.ARN == "":
		return nil, errors.New(attribute + " names no role: set its role_arn, or ALIBABA_CLOUD_ROLE_ARN in the environment")
	case provider == "":
		return nil, errors.New(attribute + " names no provider: set its oidc_provider_arn, or " + providerEnv + " in the environment")
	case token == nil:
		return nil, errors.New(attribute + " has no token: set its oidc_token or oidc_token_file, or " + tokenFile + ", " + tokenEnv +
			" or " + hcpTokenEnv + " in the environment")
	}
	c, err := l.AssumeRoleWithOIDC(role, provider, token)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", attribute, err)
	}
	return c, nil
}

// is tells whether something is configured; "" is not.
func is(s types.String) bool { return s.ValueString() != "" }

// isTrue tells whether an environment variable says true.
func isTrue(name string) bool { return strings.EqualFold(os.Getenv(name), "true") }

// setting is tfkit.Setting, and where the value comes from: "" where there is
// none.
func setting(attribute string, configured types.String, env ...string) (value, from string) {
	if is(configured) {
		return configured.ValueString(), Name + "." + attribute
	}
	for _, name := range env {
		if s := os.Getenv(name); s != "" {
			return s, name
		}
	}
	return "", ""
}

// expand is a path with its ~ replaced by the home folder.
func expand(path string) (string, error) {
	if path != "~" && !strings.HasPrefix(path, "~/") && !strings.HasPrefix(path, `~\`) {
		return path, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the home folder for %s: %w", path, err)
	}
	return filepath.Join(home, path[1:]), nil
}
