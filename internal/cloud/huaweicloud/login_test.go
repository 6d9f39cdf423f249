package huaweicloud

import (
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/iamlogin"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// clearEnvironment unsets what a person who runs the tests may have set.
func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		for _, prefix := range []string{"HW_", "OS_", "HUAWEICLOUD_", "TFC_"} {
			if strings.HasPrefix(name, prefix) {
				t.Setenv(name, "")
			}
		}
	}
}

func text(s string) types.String { return types.StringValue(s) }

// Each row is a login that several places offer; want is who wins.
func TestWhichLoginWins(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.json")
	profiles := `{"current": "a", "profiles": [
  {"name": "a", "accessKeyId": "FILE", "secretAccessKey": "s"}, {"name": "b", "accessKeyId": "FILEB", "secretAccessKey": "s"}]}`
	if err := os.WriteFile(file, []byte(profiles), 0o600); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{
		"HW_SHARED_CONFIG_FILE": file, "HUAWEICLOUD_SDK_IDP_ID": "idp", "TFC_WORKLOAD_IDENTITY_TOKEN": "jwt", "HW_AUTH_TOKEN": "TOKEN",
		"HW_ACCESS_KEY": "HW", "HW_SECRET_KEY": "s", "HW_USER_NAME": "u", "HW_USER_PASSWORD": "p", "HW_DOMAIN_NAME": "d",
	}
	for _, tt := range []struct {
		name   string
		config loginSettings
		env    map[string]string // beside all of the above; "" unsets one
		want   string            // the method, and what the keys begin with where it is static
	}{
		{"environment: file", loginSettings{}, nil, "shared configuration file FILE"},
		{"environment: profile of the file", loginSettings{}, map[string]string{"HW_PROFILE": "b"}, "shared configuration file FILEB"},
		{"environment: OIDC", loginSettings{}, map[string]string{"HW_SHARED_CONFIG_FILE": ""}, "OIDC"},
		{"environment: an IdP without a token is none", loginSettings{}, map[string]string{"HW_SHARED_CONFIG_FILE": "", "TFC_WORKLOAD_IDENTITY_TOKEN": ""}, "token TOKEN"},
		{"environment: a token for HCP Terraform's own use is none", loginSettings{}, map[string]string{"HW_SHARED_CONFIG_FILE": "", "HUAWEICLOUD_SDK_IDP_ID": ""}, "token TOKEN"},
		{"environment: keys", loginSettings{}, map[string]string{"HW_SHARED_CONFIG_FILE": "", "HUAWEICLOUD_SDK_IDP_ID": "", "HW_AUTH_TOKEN": ""}, "keys HW"},
		{"environment: password", loginSettings{}, map[string]string{"HW_SHARED_CONFIG_FILE": "", "HUAWEICLOUD_SDK_IDP_ID": "", "HW_AUTH_TOKEN": "", "HW_SECRET_KEY": ""}, "password"},
		{"a profile alone comes last", loginSettings{}, map[string]string{"HW_SHARED_CONFIG_FILE": "", "HW_PROFILE": "b"}, "OIDC"},

		{"configured keys", loginSettings{AccessKey: text("CONF"), SecretKey: text("s")}, nil, "keys CONF"},
		{"configured key, its secret in the environment", loginSettings{AccessKey: text("CONF")}, nil, "keys CONF"},
		{"configured secret, its key in the environment", loginSettings{SecretKey: text("x")}, nil, "keys HW"},
		{"configured token", loginSettings{Token: text("CONF")}, nil, "token CONF"},
		{"configured password", loginSettings{Password: text("p")}, nil, "password"},
		{"configured file", loginSettings{ConfigFile: text(file)}, nil, "shared configuration file FILE"},
		{"configured profile of the environment's file", loginSettings{Profile: text("b")}, nil, "shared configuration file FILEB"},
		{"configured OIDC", loginSettings{OIDC: &oidcSettings{}}, nil, "OIDC"},

		{"file before token", loginSettings{ConfigFile: text(file), Token: text("CONF")}, nil, "shared configuration file FILE"},
		{"OIDC before token", loginSettings{OIDC: &oidcSettings{}, Token: text("CONF")}, nil, "OIDC"},
		{"token before keys", loginSettings{Token: text("TOK"), AccessKey: text("CONF"), SecretKey: text("s")}, nil, "token TOK"},
		{"keys before password", loginSettings{UserName: text("u"), AccessKey: text("CONF"), SecretKey: text("s")}, nil, "keys CONF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clearEnvironment(t)
			for _, env := range []map[string]string{all, tt.env} {
				for k, v := range env {
					t.Setenv(k, v)
				}
			}
			of := &tfkit.Configured{}
			l := newLogin(tt.config, of)
			got := l.method
			iam, err := iamlogin.New(apigw.Config{Region: "cn-north-4"})
			if err != nil {
				t.Fatal(err)
			}
			if s, ok := l.credentials(iam, iamlogin.Scope{}).(apigw.Static); ok {
				got += " " + s.AccessKey + s.Token
			}
			if got != tt.want || of.Problems.HasError() {
				t.Errorf("%s, want %s; %v", got, tt.want, of.Problems)
			}
		})
	}
}

// A value of the configuration beats every variable, and of those the first.
func TestPrecedenceOfEachSetting(t *testing.T) {
	for _, a := range []tfkit.Argument{
		regionArgument, projectIDArgument, projectNameArgument, cloudArgument, elbArgument, iamArgument,
		tokenArgument, userNameArgument, passwordArgument, domainNameArgument, configFileArgument, profileArgument, agencyArgument,
		agencyDomainArgument, agencyTimeArgument, idpArgument, insecureArgument, cacertArgument,
		{Name: "the file of an ID token", Env: idTokenFileEnv}, {Name: "an ID token", Env: idTokenEnv},
	} {
		t.Run(a.Name, func(t *testing.T) {
			clearEnvironment(t)
			for _, name := range slices.Backward(a.Env) {
				t.Setenv(name, "value of "+name)
				if got := a.Of(types.StringNull()); got.Value != "value of "+name || got.From != name {
					t.Errorf("%q from %q, want %s", got.Value, got.From, name)
				}
			}
			if got := a.Of(text("configured")); got.Value != "configured" || got.From != a.Name {
				t.Errorf("%q from %q", got.Value, got.From)
			}
			if got := a.Of(text("")); got.From != a.Env[0] {
				t.Errorf("an empty text is taken for a value: %q", got.From)
			}
		})
	}
}

func TestAnAgencyOfTheEnvironment(t *testing.T) {
	for name, tt := range map[string]struct {
		config  agencySettings
		env     map[string]string
		want    iamlogin.AgencyRef
		problem string
	}{
		"none":          {agencySettings{}, nil, iamlogin.AgencyRef{}, ""},
		"environment":   {agencySettings{}, map[string]string{"HW_ASSUME_ROLE_AGENCY_NAME": "a", "HW_ASSUME_ROLE_DOMAIN_NAME": "d"}, iamlogin.AgencyRef{Name: "a", DomainName: "d", Duration: time.Hour}, ""},
		"configuration": {agencySettings{AgencyName: text("c"), Duration: types.NumberValue(big.NewFloat(900))}, map[string]string{"HW_ASSUME_ROLE_AGENCY_NAME": "a", "HW_ASSUME_ROLE_DOMAIN_NAME": "d", "HW_ASSUME_ROLE_DURATION": "1200"}, iamlogin.AgencyRef{Name: "c", DomainName: "d", Duration: 15 * time.Minute}, ""},
		"duration":      {agencySettings{}, map[string]string{"HW_ASSUME_ROLE_AGENCY_NAME": "a", "HW_ASSUME_ROLE_DOMAIN_NAME": "d", "HW_ASSUME_ROLE_DURATION": "1200"}, iamlogin.AgencyRef{Name: "a", DomainName: "d", Duration: 20 * time.Minute}, ""},
		"odd duration":  {agencySettings{}, map[string]string{"HW_ASSUME_ROLE_AGENCY_NAME": "a", "HW_ASSUME_ROLE_DOMAIN_NAME": "d", "HW_ASSUME_ROLE_DURATION": "1h"}, iamlogin.AgencyRef{Name: "a", DomainName: "d", Duration: time.Hour}, "HW_ASSUME_ROLE_DURATION"},
		"no account":    {agencySettings{}, map[string]string{"HW_ASSUME_ROLE_AGENCY_NAME": "a"}, iamlogin.AgencyRef{Name: "a", Duration: time.Hour}, "assume_role.domain_name"},
	} {
		t.Run(name, func(t *testing.T) {
			clearEnvironment(t)
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			set := loginSettings{AccessKey: text("AK"), SecretKey: text("SK")}
			if !tt.config.AgencyName.IsNull() {
				set.AssumeRole = &tt.config
			}
			of := &tfkit.Configured{}
			l := newLogin(set, of)
			said := ""
			for _, d := range of.Problems {
				said += d.Detail()
			}
			if l.agency != tt.want || (said != "") != (tt.problem != "") || !strings.Contains(said, tt.problem) {
				t.Errorf("%+v, %q", l.agency, said)
			}
		})
	}
}

// seedOfTwo is a cloud with a pool in the project of its region, and a project
// of another region.
func seedOfTwo() elbfake.Seed {
	return elbfake.Seed{
		Region: "cn-north-4", Projects: []elbfake.Project{{ID: "first", Name: "cn-north-4"}, {ID: "second", Name: "cn-east-3"}},
		Users: []elbfake.User{{Name: "robot", Password: "pw"}},
		Pools: []elbfake.Pool{{ID: "pool", Protocol: "HTTP"}},
	}
}

func passwordSession(t *testing.T, r *elbfake.Running) *session {
	t.Helper()
	set := loginSettings{UserName: text("robot"), Password: text("pw"), DomainName: text("domain")}
	s := &session{
		Configured: tfkit.Configured{Whole: true, Region: tfkit.Setting{Value: "cn-north-4"}}, transport: r.Server.Transport(),
	}
	s.login = newLogin(set, &s.Configured)
	return s
}

// Each region logs in for its own project.
func TestEachRegionHasATokenOfItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := elbfake.InProcess(t, seedOfTwo())
		s := passwordSession(t, r)
		for region, want := range map[string]bool{"cn-north-4": true, "cn-east-3": false} {
			in, err := s.in(region)
			if err != nil {
				t.Fatal(err)
			}
			_, err = in.client.Pool("pool").List(t.Context())
			if found := err == nil; found != want || (err != nil && !strings.Contains(err.Error(), "could not be found")) {
				t.Errorf("%s: %v", region, err)
			}
		}
		logins := 0
		for _, e := range r.Server.Log.All() {
			if e.Op == "KeystoneCreateUserTokenByPassword" {
				logins++
			}
		}
		if logins != 2 {
			t.Errorf("%d logins", logins)
		}
	})
}

// A run that outlives its token, and one whose token ends before its time,
// both go on.
func TestARunOutlivesItsToken(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"", "SYS.0401", "APIGW.0307"} {
		synctest.Test(t, func(t *testing.T) {
			r := elbfake.InProcess(t, seedOfTwo(), elbfake.With(func(b *elbfake.Behaviour) { b.TokenSeconds, b.ExpiredCode = 1800, code }))
			in, err := passwordSession(t, r).in("cn-north-4")
			if err != nil {
				t.Fatal(err)
			}
			refused := func() (n int) {
				for _, e := range r.Server.Log.All() {
					if e.Status == 401 {
						n++
					}
				}
				return n
			}
			list := func() {
				t.Helper()
				if _, err := in.client.Pool("pool").List(t.Context()); err != nil {
					t.Error(err)
				}
			}
			for range 100 {
				list()
				<-time.After(time.Minute)
			}
			if n := refused(); n != 0 {
				t.Errorf("%d calls met an expired token", n)
			}
			list()
			<-time.After(2 * time.Minute)
			r.Revoke()
			list()
			if n := refused(); n != 1 {
				t.Errorf("%d calls met an expired token", n)
			}
		})
	}
}

// What a profile says of region and project counts where nothing else does.
func TestAProfileFillsRegionAndProject(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ region, project, name, wantRegion, wantProject string }{
		{"", "", "", "r", "p"},
		{"r", "", "", "r", "p"},
		{"other", "", "", "other", ""},
		{"", "", "n", "r", ""},
		{"", "own", "", "r", "own"},
	} {
		s := &session{
			Configured: tfkit.Configured{Region: tfkit.Setting{Value: tt.region}}, login: &login{region: "r", project: "p"},
			projectID: tt.project, projectName: tt.name,
		}
		s.fill()
		if s.Region.Value != tt.wantRegion || s.projectID != tt.wantProject {
			t.Errorf("%+v: region %q, project %q", tt, s.Region.Value, s.projectID)
		}
	}
}
