// Package acsfake is the gateway that stands before every simulated product of
// Alibaba Cloud: who may call (access keys, STS, the metadata service of an ECS
// instance, credentials URIs), the RPC wire format with its signature, and the
// form of answers. It knows no product, and imports neither the vendor's SDK nor
// this project's adapters. The scripts of slbfake are its tests.
package acsfake

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Account is who may call, and how temporary keys are had: a part of a seed.
type Account struct {
	Keys       []Key       `json:"keys,omitempty"`        // access keys that may sign; none: nobody may
	Roles      []Role      `json:"roles,omitempty"`       // that STS gives keys of
	OIDCTokens []OIDCToken `json:"oidc_tokens,omitempty"` // that STS takes
	// Instance is the role of the ECS instance whose metadata service is served
	// under /latest/; "": an instance without a role.
	Instance string `json:"instance,omitempty"`
	// CredentialsPath is where a credentials URI is served, such as
	// "/credentials"; "": nowhere.
	CredentialsPath string `json:"credentials_path,omitempty"`
}

// Key is an access key. One with a token is temporary: calls must carry the
// token too, until it expires.
type Key struct {
	ID      string    `json:"id"`
	Secret  string    `json:"secret"`
	Token   string    `json:"token,omitempty"`
	Expires time.Time `json:"expires,omitzero"` // zero: never
	// OnlySTS is a key that may assume roles and do nothing else.
	OnlySTS bool `json:"only_sts,omitempty"`
}

// Validate tells what is wrong with an account, apart from its keys.
func (a Account) Validate() error {
	for _, r := range a.Roles {
		if !roleARN.MatchString(r.ARN) {
			return fmt.Errorf("role %q is not acs:ram::ACCOUNT:role/NAME", r.ARN)
		}
	}
	for _, t := range a.OIDCTokens {
		if t.Token == "" || t.Provider == "" {
			return errors.New("an OIDC token without its text or its provider")
		}
	}
	p := a.CredentialsPath
	if p != "" && (p[0] != '/' || p == "/" || strings.HasPrefix(p, "/latest/")) {
		return fmt.Errorf("credentials path %q is none, or another service's", p)
	}
	return nil
}

// Gate is the gateway of one account: it knows the keys, and gives temporary
// ones. Products that stand behind one gate take the same keys. Its methods may
// be called from many goroutines, with a product's own lock held.
type Gate struct {
	mu       sync.Mutex
	keys     map[string]Key
	first    Key                  // of those that were let through
	nonces   map[string]time.Time // spent nonces and when they came
	requests int                  // request ids are numbered

	roles    map[string]Role
	tokens   map[string]OIDCToken
	instance string // the name of the instance's role
	path     string // of the credentials URI
	issued   int
	holders  map[string]string    // issued keys by id: whose they are
	metadata map[string]time.Time // tokens of the metadata service, and their ends
	onBoard  Key                  // the instance's present keys
}

// NewGate is a gate through which nobody may go yet.
func NewGate() *Gate {
	return &Gate{
		keys: map[string]Key{}, nonces: map[string]time.Time{}, roles: map[string]Role{}, tokens: map[string]OIDCToken{},
		holders: map[string]string{}, metadata: map[string]time.Time{},
	}
}

// Admit lets an account through, beside those that were let through before: the
// seeds of several products tell of one account, each what it wants of it. A key
// that two of them tell differently is an error.
func (g *Gate) Admit(a Account) error {
	if err := a.Validate(); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, k := range a.Keys {
		if known, ok := g.keys[k.ID]; ok && known != k {
			return fmt.Errorf("access key %s differs from the account's key of that id", k.ID)
		}
		g.keys[k.ID] = k
		if g.first.ID == "" {
			g.first = k
		}
	}
	for _, r := range a.Roles {
		g.roles[r.ARN] = r
	}
	for _, t := range a.OIDCTokens {
		g.tokens[t.Token] = t
	}
	if a.Instance != "" {
		g.instance = a.Instance
	}
	if a.CredentialsPath != "" {
		g.path = a.CredentialsPath
	}
	return nil
}

// Settings are those of the provider for the account in a region; of several
// keys, with the first.
func (g *Gate) Settings(region string) map[string]any {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := map[string]any{"region": region}
	if k := g.first; k.ID != "" {
		all["access_key"], all["secret_key"] = k.ID, k.Secret
		if k.Token != "" {
			all["security_token"] = k.Token
		}
	}
	return all
}

// OnlySTS tells whether a key may do nothing but assume roles.
func (g *Gate) OnlySTS(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.keys[id].OnlySTS
}

// Revoke has issued keys refused as expired from now on, whatever time they
// were given.
func (g *Gate) Revoke() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for id := range g.holders {
		k := g.keys[id]
		k.Expires = time.Now()
		g.keys[id] = k
	}
	g.onBoard = Key{}
}

// Issued are the secrets of the keys issued so far: ids, secrets and tokens.
func (g *Gate) Issued() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []string
	for id := range g.holders {
		k := g.keys[id]
		all = append(all, k.ID, k.Secret, k.Token)
	}
	return all
}

// requestID is the next request's id, in the vendor's form. g.mu is held.
func (g *Gate) requestID() string {
	g.requests++
	return fmt.Sprintf("FA4E0000-0000-4000-8000-%012X", g.requests)
}
