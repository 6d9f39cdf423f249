package slbfake

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// Role is a RAM role.
type Role struct {
	ARN        string   `json:"arn"`                   // acs:ram::ACCOUNT:role/NAME
	Trusts     []string `json:"trusts,omitempty"`      // access key ids, or ARNs of roles, that may assume it; none: all
	ExternalID string   `json:"external_id,omitempty"` // what AssumeRole must name; "": nothing
	Provider   string   `json:"provider,omitempty"`    // the OIDC provider whose tokens it takes; "": none
	MaxSession int      `json:"max_session,omitempty"` // seconds; 0 is 3600
	OnlySTS    bool     `json:"only_sts,omitempty"`    // its keys may assume roles and do nothing else
}

// OIDCToken is a token that STS takes.
type OIDCToken struct {
	Token    string    `json:"token"`
	Provider string    `json:"provider"` // who issued it: acs:ram::ACCOUNT:oidc-provider/NAME
	Expires  time.Time `json:"expires,omitzero"`
}

// login is what issues temporary keys, and what it issued.
type login struct {
	roles    map[string]Role
	tokens   map[string]OIDCToken
	instance string // the name of the instance's role
	path     string // of the credentials URI
	issued   int
	holders  map[string]string    // issued keys by id: whose they are
	metadata map[string]time.Time // tokens of the metadata service, and their ends
	onBoard  Key                  // the instance's present keys
}

func newLogin(seed Seed) login {
	l := login{
		roles: map[string]Role{}, tokens: map[string]OIDCToken{}, instance: seed.Instance, path: seed.CredentialsPath,
		holders: map[string]string{}, metadata: map[string]time.Time{},
	}
	for _, r := range seed.Roles {
		l.roles[r.ARN] = r
	}
	for _, t := range seed.OIDCTokens {
		l.tokens[t.Token] = t
	}
	return l
}

var roleARN = regexp.MustCompile(`^acs:ram::[0-9]+:role/[A-Za-z0-9.@_/-]+$`)

func (s Seed) validateLogin() error {
	for _, r := range s.Roles {
		if !roleARN.MatchString(r.ARN) {
			return fmt.Errorf("role %q is not acs:ram::ACCOUNT:role/NAME", r.ARN)
		}
	}
	for _, t := range s.OIDCTokens {
		if t.Token == "" || t.Provider == "" {
			return errors.New("an OIDC token without its text or its provider")
		}
	}
	if s.CredentialsPath != "" && (s.CredentialsPath[0] != '/' || s.CredentialsPath == "/" || strings.HasPrefix(s.CredentialsPath, "/latest/")) {
		return fmt.Errorf("credentials path %q is none, or another service's", s.CredentialsPath)
	}
	return nil
}

// issuing is a decoded call for keys, which only has to be carried out.
type issuing func(*Cloud) fakecloud.Reply

// issue makes keys. c.mu is held.
func (c *Cloud) issue(holder string, life time.Duration, onlySTS bool) Key {
	c.login.issued++
	n := c.login.issued
	k := Key{
		ID: fmt.Sprintf("STS.issued-%04d", n), Secret: fmt.Sprintf("issued/secret+%04d==", n),
		Token:   fmt.Sprintf("CAIS/issued+token*%04d==", n),
		Expires: time.Now().Add(life).UTC().Truncate(time.Second), OnlySTS: onlySTS,
	}
	c.keys[k.ID] = k
	c.login.holders[k.ID] = holder
	return k
}

// Revoke has issued keys refused as expired from now on, whatever time they
// were given.
func (c *Cloud) Revoke() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id := range c.login.holders {
		k := c.keys[id]
		k.Expires = time.Now()
		c.keys[id] = k
	}
	c.login.onBoard = Key{}
}

// Issued are the secrets of the keys issued so far: ids, secrets and tokens.
func (c *Cloud) Issued() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for id := range c.login.holders {
		k := c.keys[id]
		all = append(all, k.ID, k.Secret, k.Token)
	}
	return all
}

func credentialsOf(k Key) map[string]any {
	return map[string]any{
		"AccessKeyId": k.ID, "AccessKeySecret": k.Secret, "SecurityToken": k.Token,
		"Expiration": k.Expires.Format("2006-01-02T15:04:05Z"),
	}
}

// stsAction is an action of STS, API version 2015-04-01.
type stsAction struct {
	signed   bool
	required []string
	optional []string
	allow    func(*Cloud, map[string]string, Role) *refusal
}

const stsVersion = "2015-04-01"

var stsActions = map[string]*stsAction{
	"AssumeRole": {
		signed: true, required: []string{"RoleArn", "RoleSessionName"},
		optional: []string{"Policy", "DurationSeconds", "ExternalId"}, allow: (*Cloud).mayAssume,
	},
	"AssumeRoleWithOIDC": {
		required: []string{"RoleArn", "RoleSessionName", "OIDCProviderArn", "OIDCToken"},
		optional: []string{"Policy", "DurationSeconds"}, allow: (*Cloud).mayAssumeByToken,
	},
}

func (c *Cloud) parseSTS(call *fakecloud.Call, act *stsAction, params map[string]string) *refusal {
	known := slices.Concat(commonParams, act.required, act.optional)
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if !slices.Contains(known, name) {
			return c.unsupported("%s: unknown parameter %q", call.Op, name)
		}
	}
	if v := params["Version"]; v != stsVersion {
		return c.unsupported("%s: Version %q is not %q", call.Op, v, stsVersion)
	}
	if f := params["Format"]; f != "" && !strings.EqualFold(f, "JSON") {
		return c.unsupported("%s: format %q", call.Op, f)
	}
	call.Detail = params["RoleArn"]
	for _, name := range []string{"RoleSessionName", "DurationSeconds", "ExternalId", "Policy", "OIDCProviderArn"} {
		if v := params[name]; v != "" {
			call.Detail += " " + name + "=" + v
		}
	}
	if act.signed {
		call.Detail = params["AccessKeyId"] + " " + call.Detail
		if refused := c.authenticate(call.HTTP.Method, params); refused != nil {
			return refused
		}
	} else if params["Signature"] != "" || params["AccessKeyId"] != "" {
		return c.unsupported("%s: signed, though its token is its credential", call.Op)
	}
	for _, name := range act.required {
		if params[name] == "" {
			return missing(name)
		}
	}
	seconds, refused := c.checkSession(params)
	if refused != nil {
		return refused
	}
	role, ok := c.login.roles[params["RoleArn"]]
	if !ok {
		return &refusal{status: 404, code: "EntityNotExist.Role", message: "The specified Role not exists."}
	}
	if refused := act.allow(c, params, role); refused != nil {
		return refused
	}
	if seconds > orDefault(role.MaxSession, 3600) {
		return badParam("DurationSeconds", "The Min/Max value of DurationSeconds is 15min/%dmin.", orDefault(role.MaxSession, 3600)/60)
	}
	call.Parsed = issuing(func(c *Cloud) fakecloud.Reply {
		k := c.issue(role.ARN, time.Duration(seconds)*time.Second, role.OnlySTS)
		session := params["RoleSessionName"]
		answer := map[string]any{
			"RequestId": c.requestID(), "Credentials": credentialsOf(k),
			"AssumedRoleUser": map[string]any{
				"Arn": strings.Replace(role.ARN, ":role/", ":assumed-role/", 1) + "/" + session, "AssumedRoleId": "300000000000000000:" + session,
			},
		}
		if !act.signed {
			answer["OIDCTokenInfo"] = map[string]any{"Issuer": "https://issuer.example.com", "Subject": "subject", "ClientIds": "client"}
		}
		return jsonReply(200, answer)
	})
	return nil
}

func badParam(name, format string, args ...any) *refusal {
	return &refusal{status: 400, code: "InvalidParameter." + name, message: fmt.Sprintf(format, args...)}
}

var (
	sessionName = regexp.MustCompile(`^[A-Za-z0-9.@_-]{2,64}$`)
	externalID  = regexp.MustCompile(`^[A-Za-z0-9_+=,.@:/-]+$`) // and 2 to 1,224 characters
)

// checkSession checks what describes a session, and returns how long it is to
// last, in seconds.
func (c *Cloud) checkSession(params map[string]string) (int, *refusal) {
	if !roleARN.MatchString(params["RoleArn"]) {
		return 0, badParam("RoleArn", "The parameter RoleArn is wrongly formed.")
	}
	if !sessionName.MatchString(params["RoleSessionName"]) {
		return 0, badParam("RoleSessionName", "The parameter RoleSessionName is wrongly formed.")
	}
	if v := params["ExternalId"]; v != "" && (len(v) < 2 || len(v) > 1224 || !externalID.MatchString(v)) {
		return 0, badParam("ExternalId", "The parameter ExternalId is wrongly formed.")
	}
	if p := params["Policy"]; len(p) > 2048 {
		return 0, badParam("PolicySize", "The size of Policy must be smaller than 2048 bytes.")
	} else if p != "" && !json.Valid([]byte(p)) {
		return 0, badParam("PolicyGrammar", "The parameter Policy has not passed grammar check.")
	}
	v := params["DurationSeconds"]
	if v == "" {
		return 3600, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 900 {
		return 0, badParam("DurationSeconds", "The Min/Max value of DurationSeconds is 15min/60min.")
	}
	return n, nil
}

// mayAssume tells whether the signer of an AssumeRole may assume the role.
func (c *Cloud) mayAssume(params map[string]string, role Role) *refusal {
	who := params["AccessKeyId"]
	if len(role.Trusts) > 0 && !slices.Contains(role.Trusts, who) && !slices.Contains(role.Trusts, c.login.holders[who]) ||
		role.ExternalID != "" && params["ExternalId"] != role.ExternalID {
		return &refusal{status: 403, code: "NoPermission", message: "You are not authorized to do this action. You should be authorized by RAM."}
	}
	return nil
}

// mayAssumeByToken tells whether an OIDC token is good for the role.
func (c *Cloud) mayAssumeByToken(params map[string]string, role Role) *refusal {
	t, ok := c.login.tokens[params["OIDCToken"]]
	switch {
	case !ok:
		return &refusal{status: 400, code: "AuthenticationFail.OIDCToken.Invalid", message: "This JSON Web Token is invalid."}
	case t.Provider != params["OIDCProviderArn"]:
		return &refusal{status: 400, code: "AuthenticationFail.OIDCToken.Invalid", message: "The issuer of this JSON Web Token is another."}
	case !t.Expires.IsZero() && !time.Now().Before(t.Expires):
		return &refusal{status: 400, code: "AuthenticationFail.OIDCToken.Expired", message: "This JSON Web Token is expired."}
	case role.Provider != t.Provider:
		return &refusal{status: 403, code: "AuthenticationFail.NoPermission", message: "This operation is not permitted by the role's trust policy."}
	}
	return nil
}
