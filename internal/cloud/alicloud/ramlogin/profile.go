package ramlogin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
)

// maxProfiles bounds the aliyun CLI's configuration file.
const maxProfiles = 1 << 20

// Profile is one profile of the aliyun CLI's configuration file:
// https://www.alibabacloud.com/help/en/cli/configure-credentials
type Profile struct {
	file string
	all  []profile
	own  profile
}

// profile is a profile as the file has it.
type profile struct {
	Name            string `json:"name"`
	Mode            string `json:"mode"`
	AccessKeyID     string `json:"access_key_id"`
	AccessKeySecret string `json:"access_key_secret"`
	STSToken        string `json:"sts_token"`
	STSExpiration   int64  `json:"sts_expiration"` // Unix time
	STSRegion       string `json:"sts_region"`
	RAMRoleName     string `json:"ram_role_name"`
	RAMRoleARN      string `json:"ram_role_arn"`
	SessionName     string `json:"ram_session_name"`
	ExpiredSeconds  int64  `json:"expired_seconds"`
	ExternalID      string `json:"external_id"`
	Policy          string `json:"policy"`
	SourceProfile   string `json:"source_profile"`
	RegionID        string `json:"region_id"`
	ProcessCommand  string `json:"process_command"`
	CredentialsURI  string `json:"credentials_uri"`
	OIDCProviderARN string `json:"oidc_provider_arn"`
	OIDCTokenFile   string `json:"oidc_token_file"`
	CloudSSOURL     string `json:"cloud_sso_sign_in_url"`
	BearerToken     string `json:"bearer_token"`
}

// ReadProfile reads a profile of a file; "" is the one that the file calls
// current. Its errors name the file and hold nothing of it but names.
func ReadProfile(file, name string) (*Profile, error) {
	b, err := readFile(file, maxProfiles)
	if err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = e.Err
		}
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	all, current, err := parseProfiles(b)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	if name == "" {
		if name = current; name == "" {
			name = "default"
		}
	}
	p := &Profile{file: file, all: all}
	if p.own, err = p.find(name); err != nil {
		return nil, err
	}
	return p, nil
}

// parseProfiles reads what `aliyun configure` writes.
func parseProfiles(b []byte) (all []profile, current string, err error) {
	var content struct {
		Current  string    `json:"current"`
		Profiles []profile `json:"profiles"`
	}
	err = json.Unmarshal(acs.Trim(b), &content)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return nil, "", fmt.Errorf("not JSON, at byte %d: it must be what aliyun configure writes", e.Offset)
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return nil, "", fmt.Errorf("%s is of the wrong type: it must be what aliyun configure writes", e.Field)
	}
	if err != nil {
		return nil, "", errors.New("not what aliyun configure writes")
	}
	return content.Profiles, content.Current, nil
}

func (p *Profile) find(name string) (profile, error) {
	var names []string
	for _, candidate := range p.all {
		if candidate.Name == name {
			return candidate, nil
		}
		names = append(names, candidate.Name)
	}
	if len(names) == 0 {
		return profile{}, fmt.Errorf("%s has no profile %q, nor any other", p.file, name)
	}
	return profile{}, fmt.Errorf("%s has no profile %q; it has %s", p.file, name, apikit.Shorten(apikit.OneLine(strings.Join(names, ", ")), apikit.MaxPage))
}

// Region is the profile's region; "" where it has none.
func (p *Profile) Region() string { return p.own.RegionID }

// String names the profile, and hides what it holds from a careless %v.
func (p *Profile) String() string { return fmt.Sprintf("profile %q of %s", p.own.Name, p.file) }

// GoString is String.
func (p *Profile) GoString() string { return p.String() }
