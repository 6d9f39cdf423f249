package huaweicloud

import (
	"fmt"
	"slices"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/iamlogin"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// login is how a session comes by its credentials. It is chosen without
// contacting anybody; what is wrong with it becomes a problem of the session's.
type login struct {
	method string // in words
	source source
	// agency is assumed with them; none without a name.
	agency iamlogin.AgencyRef
	// region and project are what a profile says beside its keys.
	region, project string

	of *tfkit.Configured
}

// source makes the credentials of a login. scope is the project that they are
// for, as far as the method wants to know.
type source func(iam *iamlogin.IAM, scope iamlogin.Scope) apigw.Credentials

// credentials are those of one region.
func (l *login) credentials(iam *iamlogin.IAM, scope iamlogin.Scope) apigw.Credentials {
	if l.agency.Name == "" {
		return l.source(iam, scope)
	}
	// The project is of the account that delegates, where the source has none.
	return iamlogin.Agency(iam, l.source(iam, iamlogin.Scope{}), l.agency)
}

// newLogin chooses the method: of those that the configuration names any part
// of the first, else the first that the environment has whole, else the first
// that somebody has forgotten a part of. The order is that of the vendor's own
// provider: shared file, OIDC, token, keys, password. HW_PROFILE alone comes
// after those that are whole: it says which profile, not that one is wanted. A
// domain_name goes with keys too, and so is no sign of a password.
func newLogin(set loginSettings, of *tfkit.Configured) *login {
	l := &login{of: of}
	keys := tfkit.Keys(Name, set.AccessKey, set.SecretKey, set.SecurityToken, keyFamilies)
	configuredOIDC := set.OIDC != nil
	if !configuredOIDC {
		set.OIDC = &oidcSettings{}
	}
	const byFile, byOIDC, byToken, byKeys, byPassword = "shared configuration file", "OIDC", "token", "keys", "password"
	file, federated, password := func() source { return l.byFile(set) }, func() source { return l.byOIDC(*set.OIDC) },
		func() source { return l.byPassword(set) }
	inToken := func() source { return static(apigw.Keys{Token: tokenArgument.Of(set.Token).Value}) }
	signing := func() source { return l.byKeys(keys) }
	idToken := tfkit.Argument{Env: slices.Concat(idTokenFileEnv, idTokenEnv)}
	l.method, l.source = tfkit.Choose([]tfkit.Login[source]{
		{There: tfkit.Given(set.ConfigFile, set.Profile), Method: byFile, Use: file},
		{There: configuredOIDC, Method: byOIDC, Use: federated},
		{There: tfkit.Given(set.Token), Method: byToken, Use: inToken},
		{There: tfkit.Given(set.AccessKey, set.SecretKey, set.SecurityToken), Method: byKeys, Use: signing},
		{There: tfkit.Given(set.UserName, set.Password), Method: byPassword, Use: password},

		{There: configFileArgument.InEnvironment(), Method: byFile, Use: file},
		{There: idpArgument.InEnvironment() && idToken.InEnvironment(), Method: byOIDC, Use: federated},
		{There: tokenArgument.InEnvironment(), Method: byToken, Use: inToken},
		{There: keys.ID.Value != "" && keys.Secret.Value != "", Method: byKeys, Use: signing},
		{There: userNameArgument.InEnvironment() && passwordArgument.InEnvironment(), Method: byPassword, Use: password},
		{There: profileArgument.InEnvironment(), Method: byFile, Use: file},

		{There: keys.Some, Method: byKeys, Use: signing},
		{
			There:  userNameArgument.InEnvironment() || passwordArgument.InEnvironment() || tfkit.Given(set.DomainName),
			Method: byPassword, Use: password,
		},
		{Method: "none", Use: l.none},
	})
	l.assume(set.AssumeRole)
	return l
}

func (l *login) none() source {
	l.of.Problem("No credentials",
		"Set huaweicloud.access_key and huaweicloud.secret_key in the provider block, or HW_ACCESS_KEY and HW_SECRET_KEY "+
			"(or HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or OS_ACCESS_KEY and OS_SECRET_KEY) in the environment. Other ways: "+
			"token (HW_AUTH_TOKEN); user_name, password and domain_name (HW_USER_NAME, HW_USER_PASSWORD, HW_DOMAIN_NAME); "+
			"shared_config_file (HW_SHARED_CONFIG_FILE); assume_role_with_oidc (HUAWEICLOUD_SDK_IDP_ID)")
	return static(apigw.Keys{})
}

func (l *login) byKeys(keys tfkit.StaticKeys) source {
	l.of.Incomplete(keys.Incomplete())
	return static(apigw.Keys{AccessKey: keys.ID.Value, SecretKey: keys.Secret.Value, SecurityToken: keys.Token})
}

func static(keys apigw.Keys) source {
	return func(*iamlogin.IAM, iamlogin.Scope) apigw.Credentials { return apigw.Static(keys) }
}

func (l *login) byPassword(set loginSettings) source {
	name, password, domain := userNameArgument.Of(set.UserName), passwordArgument.Of(set.Password), domainNameArgument.Of(set.DomainName)
	l.of.Incomplete(tfkit.Incomplete("The login by password", name, password, domain))
	user := iamlogin.User{Name: name.Value, Password: password.Value, Domain: domain.Value}
	return func(iam *iamlogin.IAM, scope iamlogin.Scope) apigw.Credentials {
		return iamlogin.Password(iam, user, scope)
	}
}

func (l *login) byOIDC(set oidcSettings) source {
	const block = Name + ".assume_role_with_oidc"
	idp := idpArgument.Of(set.IDPID)
	token, read, err := tfkit.IdentityToken{
		Text: set.IDToken, File: set.IDTokenFile, Variable: set.IDTokenVariable, Name: block + ".id_token",
		FileEnv: idTokenFileEnv, TextEnv: idTokenEnv,
	}.Find()
	if err != nil {
		l.of.Problem("Unusable credentials", err.Error())
	}
	l.of.Incomplete(tfkit.Incomplete("The login by assume_role_with_oidc", idp, token))
	return func(iam *iamlogin.IAM, _ iamlogin.Scope) apigw.Credentials {
		return iamlogin.OIDC(iam, idp.Value, read)
	}
}

func (l *login) byFile(set loginSettings) source {
	name, profile := configFileArgument.Of(set.ConfigFile), profileArgument.Of(set.Profile)
	if name.Value == "" {
		name.Value, name.From = defaultConfigFile, profile.From
	}
	p, keys, err := readProfile(name.Value, profile.Value)
	if err != nil {
		l.of.NoProfile = true
		l.of.Problem("Unusable credentials", fmt.Sprintf("The shared configuration file %s, which %s asks for, cannot be used: %s",
			name.Value, name.From, err))
	}
	l.region, l.project = p.Region, p.ProjectID
	if p.AgencyName != "" {
		l.agency = iamlogin.AgencyRef{Name: p.AgencyName, DomainName: p.AgencyDomainName, DomainID: p.AgencyDomainID, Duration: defaultDuration}
	}
	return static(keys)
}

// defaultConfigFile is where the vendor's CLI (KooCLI, hcloud) keeps its
// profiles.
const defaultConfigFile = "~/.hcloud/config.json"

// readProfile reads a profile from the CLI's file; name "" is the file's
// current one. Its errors name neither the file nor any value of it.
func readProfile(file, name string) (iamlogin.Profile, apigw.Keys, error) {
	data, err := tfkit.ReadFile(file)
	if err != nil {
		return iamlogin.Profile{}, apigw.Keys{}, err
	}
	return iamlogin.ParseProfile(data, name, time.Now())
}

const defaultDuration = time.Hour

// minLife and maxLife bound how long the keys of an agency are valid, in seconds.
const minLife, maxLife = int64(iamlogin.MinKeyLife / time.Second), int64(iamlogin.MaxKeyLife / time.Second)

// assume adds the agency, which goes on top of whatever the method is. One that
// the provider is told of comes before a profile's.
func (l *login) assume(set *agencySettings) {
	if set == nil && !agencyArgument.InEnvironment() {
		if l.agency.Name != "" && l.agency.DomainName == "" && l.agency.DomainID == "" {
			l.of.Problem("Incomplete credentials",
				"The profile has an agencyName, but neither agencyDomainName nor agencyDomainId to say whose")
		}
		return
	}
	if set == nil {
		set = &agencySettings{}
	}
	l.method += " and an agency"
	name, domain := agencyArgument.Of(set.AgencyName), agencyDomainArgument.Of(set.DomainName)
	l.of.Incomplete(tfkit.Incomplete("The login by assume_role", name, domain))
	l.agency = iamlogin.AgencyRef{Name: name.Value, DomainName: domain.Value, Duration: defaultDuration}
	if seconds := l.of.Number(agencyTimeArgument, set.Duration, minLife, maxLife); seconds != 0 {
		l.agency.Duration = time.Duration(seconds) * time.Second
	}
}
