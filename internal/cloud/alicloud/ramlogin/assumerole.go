package ramlogin

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"strconv"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
)

// DefaultSession is the name of a role session that is given none, as in the
// vendor's own Terraform provider.
const DefaultSession = "terraform"

// Role is a RAM role to assume.
type Role struct {
	// ARN names the role: acs:ram::ACCOUNT:role/NAME.
	ARN string
	// Session is what the audit log shows, 2 to 64 letters, digits and .@-_;
	// "" is DefaultSession.
	Session string
	// Policy narrows what the session may do: a JSON document of at most 2,048
	// characters; "" does not narrow.
	Policy string
	// Seconds is how long keys are to be valid: 900 to the role's maximum
	// (43200 at most); 0 is 3600, the vendor's default.
	Seconds int64
	// ExternalID is what the role's trust policy may ask for; 2 to 1,224
	// characters. Not for OIDC.
	ExternalID string
}

// AssumeRole gives keys of a role, which source may assume:
// https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole
func (l Login) AssumeRole(source acs.Credentials, role Role) (acs.Credentials, error) {
	if source == nil {
		return nil, errors.New("a role is assumed with the keys of another identity, and there are none")
	}
	if role.ARN == "" {
		return nil, errors.New("no role to assume")
	}
	client, err := l.sts(source)
	if err != nil {
		return nil, err
	}
	return renewed(false, func(ctx context.Context) (temporary, error) {
		call, keys := issue("AssumeRole", role, nil)
		err := client.Do(ctx, call)
		return *keys, err
	}), nil
}

// issue is the call of STS that gives keys of a role, and where they will be.
func issue(action string, role Role, more map[string]string) (acs.Call, *temporary) {
	form := map[string]string{"RoleArn": role.ARN, "RoleSessionName": cmp.Or(role.Session, DefaultSession)}
	maps.Copy(form, more)
	if role.Policy != "" {
		form["Policy"] = role.Policy
	}
	if role.Seconds != 0 {
		form["DurationSeconds"] = strconv.FormatInt(role.Seconds, 10)
	}
	if role.ExternalID != "" {
		form["ExternalId"] = role.ExternalID
	}
	keys := new(temporary)
	return acs.Call{Request: acs.NewRequest("Sts", "2015-04-01", action, form), Group: role.ARN, Issues: true, Accept: func(answer acs.Object) error {
		inner, err := answer.Object("Credentials")
		if err != nil || inner == nil {
			return errors.New("no Credentials in it")
		}
		*keys, err = issued(inner, false)
		return err
	}}, keys
}
