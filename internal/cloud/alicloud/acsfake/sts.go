package acsfake

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
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

var roleARN = regexp.MustCompile(`^acs:ram::[0-9]+:role/[A-Za-z0-9.@_/-]+$`)

// Issuing is a decoded call for keys, which only has to be carried out.
type Issuing func() fakecloud.Reply

func (g *Gate) issuing(do func() fakecloud.Reply) Issuing {
	return func() fakecloud.Reply {
		g.mu.Lock()
		defer g.mu.Unlock()
		return do()
	}
}

// issue makes keys. g.mu is held.
func (g *Gate) issue(holder string, life time.Duration, onlySTS bool) Key {
	g.issued++
	n := g.issued
	k := Key{
		ID: fmt.Sprintf("STS.issued-%04d", n), Secret: fmt.Sprintf("issued/secret+%04d==", n),
		Token:   fmt.Sprintf("CAIS/issued+token*%04d==", n),
		Expires: time.Now().Add(life).UTC().Truncate(time.Second), OnlySTS: onlySTS,
	}
	g.keys[k.ID] = k
	g.holders[k.ID] = holder
	return k
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
	allow    func(*Gate, map[string]string, Role) *Refusal
}

const stsVersion = "2015-04-01"

var stsActions = map[string]*stsAction{
	"AssumeRole": {
		signed: true, required: []string{"RoleArn", "RoleSessionName"},
		optional: []string{"Policy", "DurationSeconds", "ExternalId"}, allow: (*Gate).mayAssume,
	},
	"AssumeRoleWithOIDC": {
		required: []string{"RoleArn", "RoleSessionName", "OIDCProviderArn", "OIDCToken"},
		optional: []string{"Policy", "DurationSeconds"}, allow: (*Gate).mayAssumeByToken,
	},
}

// Actions are the names of all calls: a product's own, and those of STS.
func (f *Front) Actions(own iter.Seq[string]) []string {
	return slices.Concat(slices.Sorted(own), slices.Sorted(maps.Keys(stsActions)))
}

// STS decodes a call of STS, and checks all of it; the call is an [Issuing]
// then. It is false where the action is another product's.
func (f *Front) STS(call *fakecloud.Call, params map[string]string) (is bool, _ *Refusal) {
	act, is := stsActions[call.Op]
	if !is {
		return false, nil
	}
	sts := *f
	sts.Version = stsVersion
	if refused := sts.Check(call, params, act.required, act.optional); refused != nil {
		return true, refused
	}
	call.Detail = params["RoleArn"]
	for _, name := range []string{"RoleSessionName", "DurationSeconds", "ExternalId", "Policy", "OIDCProviderArn"} {
		if v := params[name]; v != "" {
			call.Detail += " " + name + "=" + v
		}
	}
	if !act.signed && (params["Signature"] != "" || params["AccessKeyId"] != "") {
		return true, f.Unsupported("%s: signed, though its token is its credential", call.Op)
	}
	if act.signed {
		call.Detail = params["AccessKeyId"] + " " + call.Detail
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return true, f.Gate.session(call, act, params)
}

// session checks a call for the keys of a session. g.mu is held.
func (g *Gate) session(call *fakecloud.Call, act *stsAction, params map[string]string) *Refusal {
	if act.signed {
		if refused := g.authenticate(call.HTTP.Method, params); refused != nil {
			return refused
		}
	}
	for _, name := range act.required {
		if params[name] == "" {
			return Missing(name)
		}
	}
	seconds, refused := checkSession(params)
	if refused != nil {
		return refused
	}
	role, ok := g.roles[params["RoleArn"]]
	if !ok {
		return &Refusal{Status: 404, Code: "EntityNotExist.Role", Message: "The specified Role not exists."}
	}
	if refused := act.allow(g, params, role); refused != nil {
		return refused
	}
	longest := cmp.Or(role.MaxSession, 3600)
	if seconds > longest {
		return badParam("DurationSeconds", "The Min/Max value of DurationSeconds is 15min/%dmin.", longest/60)
	}
	call.Parsed = g.issuing(func() fakecloud.Reply {
		k := g.issue(role.ARN, time.Duration(seconds)*time.Second, role.OnlySTS)
		name := params["RoleSessionName"]
		answer := map[string]any{
			"RequestId": g.requestID(), "Credentials": credentialsOf(k),
			"AssumedRoleUser": map[string]any{
				"Arn": strings.Replace(role.ARN, ":role/", ":assumed-role/", 1) + "/" + name, "AssumedRoleId": "300000000000000000:" + name,
			},
		}
		if !act.signed {
			answer["OIDCTokenInfo"] = map[string]any{"Issuer": "https://issuer.example.com", "Subject": "subject", "ClientIds": "client"}
		}
		return jsonReply(200, answer)
	})
	return nil
}

func badParam(name, format string, args ...any) *Refusal {
	return &Refusal{Status: 400, Code: "InvalidParameter." + name, Message: fmt.Sprintf(format, args...)}
}

var (
	sessionName = regexp.MustCompile(`^[A-Za-z0-9.@_-]{2,64}$`)
	externalID  = regexp.MustCompile(`^[A-Za-z0-9_+=,.@:/-]+$`) // and 2 to 1,224 characters
)

// checkSession checks what describes a session, and returns how long it is to
// last, in seconds.
func checkSession(params map[string]string) (int, *Refusal) {
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
func (g *Gate) mayAssume(params map[string]string, role Role) *Refusal {
	who := params["AccessKeyId"]
	if len(role.Trusts) > 0 && !slices.Contains(role.Trusts, who) && !slices.Contains(role.Trusts, g.holders[who]) ||
		role.ExternalID != "" && params["ExternalId"] != role.ExternalID {
		return &Refusal{Status: 403, Code: "NoPermission", Message: "You are not authorized to do this action. You should be authorized by RAM."}
	}
	return nil
}

// mayAssumeByToken tells whether an OIDC token is good for the role.
func (g *Gate) mayAssumeByToken(params map[string]string, role Role) *Refusal {
	t, ok := g.tokens[params["OIDCToken"]]
	switch {
	case !ok:
		return &Refusal{Status: 400, Code: "AuthenticationFail.OIDCToken.Invalid", Message: "This JSON Web Token is invalid."}
	case t.Provider != params["OIDCProviderArn"]:
		return &Refusal{Status: 400, Code: "AuthenticationFail.OIDCToken.Invalid", Message: "The issuer of this JSON Web Token is another."}
	case !t.Expires.IsZero() && !time.Now().Before(t.Expires):
		return &Refusal{Status: 400, Code: "AuthenticationFail.OIDCToken.Expired", Message: "This JSON Web Token is expired."}
	case role.Provider != t.Provider:
		return &Refusal{Status: 403, Code: "AuthenticationFail.NoPermission", Message: "This operation is not permitted by the role's trust policy."}
	}
	return nil
}
