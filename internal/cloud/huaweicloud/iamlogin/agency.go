package iamlogin

import (
	"context"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
)

// MinKeyLife and MaxKeyLife bound how long temporary keys are valid.
const (
	MinKeyLife = 15 * time.Minute
	MaxKeyLife = 24 * time.Hour
)

// AgencyRef is an agency: a role in the account that delegates, named by
// DomainName or DomainID.
type AgencyRef struct {
	Name, DomainName, DomainID string
	// Duration is how long its keys are valid, MinKeyLife to MaxKeyLife.
	Duration time.Duration
}

const securityTokens = "/v3.0/OS-CREDENTIAL/securitytokens"

// keysRequest is the body of both calls that give temporary keys.
type keysRequest struct {
	Auth struct {
		Identity struct {
			Methods    []string    `json:"methods"`
			AssumeRole *assumeRole `json:"assume_role,omitempty"`
			Token      *tokenRole  `json:"token,omitempty"`
		} `json:"identity"`
	} `json:"auth"`
}

type assumeRole struct {
	AgencyName string `json:"agency_name"`
	DomainID   string `json:"domain_id,omitempty"`
	DomainName string `json:"domain_name,omitempty"`
	Duration   int    `json:"duration_seconds"`
}

type tokenRole struct {
	ID       string `json:"id"`
	Duration int    `json:"duration_seconds"`
}

type keysAnswer struct {
	Credential struct {
		Access        string `json:"access"`
		Secret        string `json:"secret"`
		SecurityToken string `json:"securitytoken"`
		ExpiresAt     string `json:"expires_at"`
	} `json:"credential"`
}

// Agency assumes an agency with the credentials of source, for temporary keys
// (CreateTemporaryAccessKeyByAgency, POST /v3.0/OS-CREDENTIAL/securitytokens,
// https://support.huaweicloud.com/intl/en-us/api-iam/iam_04_0101.html).
func Agency(iam *IAM, source apigw.Credentials, agency AgencyRef) apigw.Credentials {
	var body keysRequest
	body.Auth.Identity.Methods = []string{"assume_role"}
	body.Auth.Identity.AssumeRole = &assumeRole{
		AgencyName: agency.Name, DomainID: agency.DomainID, DomainName: agency.DomainName, Duration: seconds(agency.Duration),
	}
	return renewed(func(ctx context.Context) (apigw.Keys, time.Time, error) {
		answer, err := apigw.Do(ctx, iam.client, source, loginCall("CreateTemporaryAccessKeyByAgency"),
			func(x *apigw.Exchange) (keysAnswer, error) {
				return temporary(x, iamRequest{method: "POST", path: securityTokens, body: body})
			})
		return answer.keys(err)
	})
}

// temporary makes a call whose answer is temporary keys.
func temporary(x *apigw.Exchange, r iamRequest) (a keysAnswer, err error) {
	err = r.send(x, &a)
	if c := a.Credential; err == nil && (c.Access == "" || c.Secret == "" || c.SecurityToken == "") {
		err = apigw.Incomplete("temporary keys")
	}
	return a, err
}

func (a keysAnswer) keys(err error) (apigw.Keys, time.Time, error) {
	if err != nil {
		return apigw.Keys{}, time.Time{}, err
	}
	c := a.Credential
	return apigw.Keys{AccessKey: c.Access, SecretKey: c.Secret, SecurityToken: c.SecurityToken}, expiry(c.ExpiresAt), nil
}

func seconds(d time.Duration) int { return int(min(max(d, MinKeyLife), MaxKeyLife) / time.Second) }
