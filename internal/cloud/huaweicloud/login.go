package huaweicloud

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// login is how a session comes by its credentials. It is chosen without
// contacting anybody; what is wrong with it is told when the cloud is needed.
type login struct {
	method string // in words
	// source makes the credentials. scope is the project that they are for, as
	// far as the method wants to know.
	source func(iam *elbapi.IAM, scope elbapi.Scope) elbapi.Credentials
	// agency is assumed with them; none without a name.
	agency elbapi.AgencyRef
	// region and project are what a profile says beside its keys.
	region, project string

	problems diag.Diagnostics
}

// credentials are those of one region.
func (l *login) credentials(iam *elbapi.IAM, scope elbapi.Scope) elbapi.Credentials {
	if l.agency.Name == "" {
		return l.source(iam, scope)
	}
	// The project is of the account that delegates, where the source has none.
	return elbapi.Agency(iam, l.source(iam, elbapi.Scope{}), l.agency)
}

// newLogin chooses the method: of those that the configuration names any part
// of the first, else the first that the environment has. The order is that of
// the vendor's own provider: shared file, OIDC, token, keys, password.
// HW_PROFILE alone comes last: it says which profile, not that one is wanted.
func newLogin(set loginSettings, oidc oidcSettings, agency agencySettings) *login {
	l := &login{}
	env := func(names []string) bool { return tfkit.Setting(types.StringNull(), names...) != "" }
	id, secret, token := tfkit.Keys(set.AccessKey, set.SecretKey, set.SecurityToken, keyFamilies)
	keys := func() { l.byKeys(elbapi.Keys{AccessKey: id, SecretKey: secret, SecurityToken: token}) }
	file, federated, password := func() { l.byFile(set) }, func() { l.byOIDC(oidc) }, func() { l.byPassword(set) }
	inToken := func() { l.byToken(tfkit.Setting(set.Token, tokenEnv...)) }
	for _, m := range []struct {
		chosen bool
		method string
		choose func()
	}{
		{given(set.ConfigFile, set.Profile), "shared configuration file", file},
		{!set.OIDC.IsNull(), "OIDC", federated},
		{given(set.Token), "token", inToken},
		{given(set.AccessKey, set.SecretKey), "keys", keys},
		{given(set.UserName, set.Password), "password", password},
		{env(configFileEnv), "shared configuration file", file},
		{env(idpEnv) && env(slices.Concat(idTokenFileEnv, idTokenEnv)), "OIDC", federated},
		{env(tokenEnv), "token", inToken},
		{id != "" && secret != "", "keys", keys},
		{env(userNameEnv) && env(passwordEnv), "password", password},
		{env(profileEnv), "shared configuration file", file},
		{true, "keys", keys},
	} {
		if m.chosen {
			l.method = m.method
			m.choose()
			break
		}
	}
	l.assume(set, agency)
	return l
}

func given(values ...types.String) bool {
	return slices.ContainsFunc(values, func(v types.String) bool { return v.ValueString() != "" })
}

func (l *login) byKeys(keys elbapi.Keys) {
	if keys.AccessKey == "" || keys.SecretKey == "" {
		l.problems.AddError("No credentials for Huawei Cloud",
			"Set huaweicloud.access_key and huaweicloud.secret_key in the provider block, or HW_ACCESS_KEY and HW_SECRET_KEY "+
				"(or HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or OS_ACCESS_KEY and OS_SECRET_KEY) in the environment. Other ways: "+
				"token (HW_AUTH_TOKEN); user_name, password and domain_name (HW_USER_NAME, HW_USER_PASSWORD, HW_DOMAIN_NAME); "+
				"shared_config_file (HW_SHARED_CONFIG_FILE); assume_role_with_oidc (HUAWEICLOUD_SDK_IDP_ID).")
	}
	l.static(keys)
}

func (l *login) byToken(token string) { l.static(elbapi.Keys{Token: token}) }

func (l *login) static(keys elbapi.Keys) {
	l.source = func(*elbapi.IAM, elbapi.Scope) elbapi.Credentials { return elbapi.Static(keys) }
}

func (l *login) byPassword(set loginSettings) {
	user := elbapi.User{
		Name:     l.need("", "user_name", set.UserName, userNameEnv),
		Password: l.need("", "password", set.Password, passwordEnv),
		Domain:   l.need("", "domain_name", set.DomainName, domainNameEnv),
	}
	l.source = func(iam *elbapi.IAM, scope elbapi.Scope) elbapi.Credentials { return elbapi.Password(iam, user, scope) }
}

func (l *login) byOIDC(set oidcSettings) {
	const at = "assume_role_with_oidc"
	idp := l.need(at, "idp_id", set.IDPID, idpEnv)
	token := idToken{text: set.IDToken.ValueString()}
	if token.text == "" {
		token.file, token.from = setting(at+".id_token_file", set.IDTokenFile, idTokenFileEnv)
	}
	if token.text == "" && token.file == "" {
		token.text = l.need(at, "id_token", set.IDToken, idTokenEnv)
	}
	if _, err := token.read(); err != nil {
		l.problems.AddError("No ID token for Huawei Cloud", capital(err.Error())+".")
	}
	l.source = func(iam *elbapi.IAM, _ elbapi.Scope) elbapi.Credentials { return elbapi.OIDC(iam, idp, token.read) }
}

// idToken is an ID token as it is, or the file that it is in and what names it.
type idToken struct{ text, file, from string }

func (t idToken) read() (string, error) {
	if t.file == "" {
		return t.text, nil
	}
	data, err := readFile(t.file)
	if err == nil && strings.TrimSpace(string(data)) == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return "", fmt.Errorf("the file %s of %s cannot be used: %w", t.file, t.from, err)
	}
	return string(data), nil
}

func (l *login) byFile(set loginSettings) {
	name, from := setting("shared_config_file", set.ConfigFile, configFileEnv)
	profile, fromProfile := setting("profile", set.Profile, profileEnv)
	if name == "" {
		name, from = defaultConfigFile, fromProfile
	}
	p, keys, err := readProfile(name, profile, time.Now())
	if err != nil {
		l.problems.AddError("No credentials for Huawei Cloud", fmt.Sprintf("The shared configuration file %s, which %s asks for, "+
			"cannot be used: %s.", name, from, err))
	}
	l.region, l.project = p.Region, p.ProjectID
	if p.AgencyName != "" {
		l.agency = elbapi.AgencyRef{Name: p.AgencyName, DomainName: p.AgencyDomainName, DomainID: p.AgencyDomainID, Duration: defaultDuration}
	}
	l.static(keys)
}

const defaultDuration = time.Hour

// assume adds the agency, which goes on top of whatever the method is. One that
// the provider is told of comes before a profile's.
func (l *login) assume(set loginSettings, agency agencySettings) {
	const at = "assume_role"
	if set.AssumeRole.IsNull() && tfkit.Setting(types.StringNull(), agencyEnv...) == "" {
		if l.agency.Name != "" && l.agency.DomainName == "" && l.agency.DomainID == "" {
			l.problems.AddError("No credentials for Huawei Cloud",
				"The profile has an agencyName, but neither agencyDomainName nor agencyDomainId to say whose.")
		}
		return
	}
	l.method += " and an agency"
	l.agency = elbapi.AgencyRef{
		Name:       l.need(at, "agency_name", agency.AgencyName, agencyEnv),
		DomainName: l.need(at, "domain_name", agency.DomainName, agencyDomainEnv),
		Duration:   defaultDuration,
	}
	if d := agency.Duration.ValueInt64(); d != 0 {
		l.agency.Duration = time.Duration(d) * time.Second
		return
	}
	if text, from := setting("", types.StringNull(), agencyTimeEnv); text != "" {
		seconds, err := strconv.Atoi(text)
		l.agency.Duration = time.Duration(seconds) * time.Second
		if err != nil || l.agency.Duration < elbapi.MinKeyLife || l.agency.Duration > elbapi.MaxKeyLife {
			l.problems.AddError("Invalid duration for Huawei Cloud", from+" must be a number of seconds from 900 to 86400.")
		}
	}
}

// need is a setting that the chosen method cannot do without; block is the
// nested attribute that it is in, if any.
func (l *login) need(block, name string, v types.String, env []string) string {
	text := tfkit.Setting(v, env...)
	if text != "" {
		return text
	}
	at := Name
	if block != "" {
		at += "." + block
	}
	l.problems.AddError("Incomplete credentials for Huawei Cloud",
		fmt.Sprintf("The login by %s also needs %s.%s: set it in the provider block, or %s in the environment.",
			l.method, at, name, strings.Join(env, " or ")))
	return ""
}

// setting is a setting and where it comes from, in the words of an error.
func setting(attribute string, v types.String, env []string) (text, from string) {
	if v.ValueString() != "" {
		return v.ValueString(), Name + "." + attribute
	}
	for _, name := range env {
		if s := os.Getenv(name); s != "" {
			return s, name
		}
	}
	return "", Name + "." + attribute
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
