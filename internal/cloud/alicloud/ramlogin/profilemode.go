package ramlogin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
)

// Profile logs in as a profile says. Modes that need a browser, or a kind of
// credential that SLB does not take, are an error. It contacts nobody and runs
// nothing yet.
func (l Login) Profile(p *Profile) (acs.Credentials, error) {
	c, err := l.profile(p, p.own, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p, err)
	}
	return c, nil
}

// profile is Profile of one in a chain; above are the names of those that lead
// to it.
func (l Login) profile(p *Profile, own profile, above []string) (acs.Credentials, error) {
	if own.STSRegion != "" {
		l.Region = own.STSRegion
	}
	role := Role{
		ARN: own.RAMRoleARN, Session: own.SessionName, Policy: own.Policy, Seconds: own.ExpiredSeconds, ExternalID: own.ExternalID,
	}
	switch mode := own.mode(); strings.ToLower(mode) {
	case "ak", "ststoken", "ramrolearn":
		return l.withKeys(own, role)
	case "ecsramrole":
		return l.ECSRole(own.RAMRoleName)
	case "ramrolearnwithrolename":
		if err := own.need("ram_role_arn", role.ARN); err != nil {
			return nil, err
		}
		source, err := l.ECSRole(own.RAMRoleName)
		if err != nil {
			return nil, err
		}
		return l.AssumeRole(source, role)
	case "chainableramrolearn":
		return l.chained(p, own, role, above)
	case "oidc":
		err := own.need("ram_role_arn", role.ARN, "oidc_provider_arn", own.OIDCProviderARN, "oidc_token_file", own.OIDCTokenFile)
		if err != nil {
			return nil, err
		}
		role.ExternalID = ""
		return l.AssumeRoleWithOIDC(role, own.OIDCProviderARN, TokenFile(own.OIDCTokenFile))
	case "credentialsuri":
		if err := own.need("credentials_uri", own.CredentialsURI); err != nil {
			return nil, err
		}
		return l.URI(own.CredentialsURI)
	case "external":
		if err := own.need("process_command", own.ProcessCommand); err != nil {
			return nil, err
		}
		return external(own.ProcessCommand), nil
	case "cloudsso", "oauth":
		return nil, fmt.Errorf("its mode %s logs in through a browser, which this provider cannot: use a profile of mode "+
			"AK, StsToken, RamRoleArn, ChainableRamRoleArn, EcsRamRole, OIDC, CredentialsURI or External", mode)
	case "":
		return nil, errors.New("it has no mode and no credentials: run aliyun configure")
	default:
		return nil, fmt.Errorf("its mode %s is not supported: use AK, StsToken, RamRoleArn, ChainableRamRoleArn, EcsRamRole, "+
			"OIDC, CredentialsURI or External", apikit.Word(mode))
	}
}

// withKeys logs in with a profile's own keys, or assumes a role with them.
func (l Login) withKeys(own profile, role Role) (acs.Credentials, error) {
	if err := own.need("access_key_id", own.AccessKeyID, "access_key_secret", own.AccessKeySecret); err != nil {
		return nil, err
	}
	keys := acs.Static{AccessKeyID: own.AccessKeyID, AccessKeySecret: own.AccessKeySecret}
	mode := strings.ToLower(own.mode())
	if mode == "ak" {
		return keys, nil
	}
	keys.SecurityToken = own.STSToken
	if mode == "ststoken" {
		return keys, own.need("sts_token", own.STSToken)
	}
	if err := own.need("ram_role_arn", role.ARN); err != nil {
		return nil, err
	}
	return l.AssumeRole(keys, role)
}

// chained assumes a role with the credentials of another profile.
func (l Login) chained(p *Profile, own profile, role Role, above []string) (acs.Credentials, error) {
	if err := own.need("ram_role_arn", role.ARN, "source_profile", own.SourceProfile); err != nil {
		return nil, err
	}
	if above = append(above, own.Name); slices.Contains(above, own.SourceProfile) {
		return nil, fmt.Errorf("its source_profile %q leads back to itself", own.SourceProfile)
	}
	from, err := p.find(own.SourceProfile)
	if err != nil {
		return nil, fmt.Errorf("source_profile: %w", err)
	}
	source, err := l.profile(p, from, above)
	if err != nil {
		return nil, fmt.Errorf("source_profile %q: %w", own.SourceProfile, err)
	}
	return l.AssumeRole(source, role)
}

// mode is the profile's mode, or the one that its fields make, as the aliyun
// CLI sees it.
func (own profile) mode() string {
	switch {
	case own.Mode != "":
		return own.Mode
	case own.AccessKeyID != "" && own.AccessKeySecret != "":
		switch {
		case own.STSToken != "":
			return "StsToken"
		case own.RAMRoleARN != "":
			return "RamRoleArn"
		}
		return "AK"
	case own.RAMRoleName != "":
		return "EcsRamRole"
	case own.ProcessCommand != "":
		return "External"
	case own.OIDCProviderARN != "" && own.OIDCTokenFile != "" && own.RAMRoleARN != "":
		return "OIDC"
	case own.CloudSSOURL != "":
		return "CloudSSO"
	case own.BearerToken != "":
		return "BearerToken"
	}
	return ""
}

// need is an error where a field is missing; fields are name, value, ...
func (own profile) need(fields ...string) error {
	for i := 0; i < len(fields); i += 2 {
		if fields[i+1] == "" {
			return fmt.Errorf("its mode %s needs %s", own.mode(), fields[i])
		}
	}
	return nil
}
