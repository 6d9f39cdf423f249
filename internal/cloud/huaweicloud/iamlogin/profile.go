package iamlogin

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
)

// Profile is one profile of the CLI's file as far as a login needs it
// (https://support.huaweicloud.com/intl/en-us/usermanual-hcli/hcli_03.html).
type Profile struct {
	Name             string `json:"name"`
	Mode             string `json:"mode"` // AKSK or SSO; empty is AKSK
	AccessKeyID      string `json:"accessKeyId"`
	SecretAccessKey  string `json:"secretAccessKey"`
	SecurityToken    string `json:"securityToken"`
	Region           string `json:"region"`
	ProjectID        string `json:"projectId"`
	AgencyDomainID   string `json:"agencyDomainId"`
	AgencyDomainName string `json:"agencyDomainName"`
	AgencyName       string `json:"agencyName"`
	SourceProfile    string `json:"sourceProfile"` // whose keys assume the agency, where not its own
	SSOAuth          struct {
		STSToken map[string]any `json:"stsToken"`
	} `json:"ssoAuth"`
}

// ParseProfile reads a profile from the text of the CLI's file, and its keys;
// name "" is the file's current one. Its errors name no value of it.
func ParseProfile(data []byte, name string, now time.Time) (Profile, apigw.Keys, error) {
	var all struct {
		Current  string    `json:"current"`
		Profiles []Profile `json:"profiles"`
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return Profile{}, apigw.Keys{}, errors.New("it is not the JSON of an hcloud configuration (" + encrypted + ")")
	}
	find := func(name string) (Profile, error) {
		for _, p := range all.Profiles {
			if p.Name == name {
				return p, nil
			}
		}
		return Profile{}, fmt.Errorf("it has no profile %q", name)
	}
	if name == "" {
		name = all.Current
	}
	p, err := find(name)
	if err != nil {
		return Profile{}, apigw.Keys{}, err
	}
	source := p
	if p.AccessKeyID == "" && p.SourceProfile != "" && p.AgencyName != "" {
		if source, err = find(p.SourceProfile); err != nil {
			return Profile{}, apigw.Keys{}, err
		}
	}
	keys, err := source.keys(now)
	if err != nil {
		return Profile{}, apigw.Keys{}, fmt.Errorf("profile %q: %w", source.Name, err)
	}
	return p, keys, nil
}

const encrypted = "if it is encrypted, run `hcloud configure set --cli-auth-encrypt=false`"

// plainKey is what access keys look like. The CLI writes encrypted ones as long
// texts of other characters too; assumed, no document says what they look like.
var plainKey = regexp.MustCompile(`^[A-Za-z0-9]{1,40}$`)

// keys are what a profile signs with.
func (p Profile) keys(now time.Time) (apigw.Keys, error) {
	keys := apigw.Keys{AccessKey: p.AccessKeyID, SecretKey: p.SecretAccessKey, SecurityToken: p.SecurityToken}
	switch mode := strings.ToUpper(p.Mode); {
	case mode == "SSO":
		text := func(name string) string { s, _ := p.SSOAuth.STSToken[name].(string); return s }
		keys = apigw.Keys{AccessKey: text("accessKeyId"), SecretKey: text("secretAccessKey"), SecurityToken: text("securityToken")}
		if keys.AccessKey == "" || keys.SecretKey == "" || p.expired(now) {
			return apigw.Keys{}, errors.New("its SSO login has ended or was never made; run `hcloud configure sso`, which asks a browser")
		}
	case keys.AccessKey == "" && mode != "" && mode != "AKSK":
		return apigw.Keys{}, fmt.Errorf("its mode %q cannot be used here; AKSK and SSO can", p.Mode)
	case keys.AccessKey == "" || keys.SecretKey == "":
		return apigw.Keys{}, errors.New("it lacks accessKeyId or secretAccessKey")
	}
	if !plainKey.MatchString(keys.AccessKey) {
		return apigw.Keys{}, errors.New("its accessKeyId is not an access key; " + encrypted)
	}
	return keys, nil
}

// expired tells whether the profile's SSO keys have ended. What their end is
// called is not documented; one that cannot be read is left to the cloud.
func (p Profile) expired(now time.Time) bool {
	for name, v := range p.SSOAuth.STSToken {
		if !strings.HasPrefix(strings.ToLower(name), "expir") {
			continue
		}
		switch v := v.(type) {
		case string:
			if t, err := time.Parse(time.RFC3339, v); err == nil {
				return !now.Before(t)
			}
		case float64:
			if v > 1e11 { // milliseconds
				v /= 1000
			}
			return float64(now.Unix()) >= v
		}
	}
	return false
}
