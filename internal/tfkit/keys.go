package tfkit

import (
	"os"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// KeyFamily names the environment variables of one generation of static keys.
type KeyFamily struct{ ID, Secret, Token string }

// StaticKeys are an access key, its secret and, where they are temporary keys,
// its security token.
type StaticKeys struct {
	ID, Secret Setting
	Token      string
	// Some tells whether the environment has any part of such keys.
	Some bool
}

// Incomplete says what of the keys is missing; "" where nothing is.
func (k StaticKeys) Incomplete() string {
	return Incomplete("The login by access keys", k.ID, k.Secret)
}

// Keys are the static keys of a cloud's block: from the configuration, else
// from the first family of environment variables that has them. A secret that
// is missing beside its id is looked for in every family, as the vendors' own
// tools do; a token only in the family of the id it was issued with, because a
// token with another key is a refused request.
func Keys(block string, id, secret, token types.String, families []KeyFamily) StaticKeys {
	var k StaticKeys
	k.ID.Name, k.Secret.Name = block+".access_key", block+".secret_key"
	for _, f := range families {
		k.ID.Env, k.Secret.Env = append(k.ID.Env, f.ID), append(k.Secret.Env, f.Secret)
		k.Some = k.Some || os.Getenv(f.ID)+os.Getenv(f.Secret)+os.Getenv(f.Token) != ""
	}
	k.ID, k.Secret, k.Token = k.ID.Of(id), k.Secret.Of(types.StringNull()), token.ValueString()
	for _, f := range families {
		if k.ID.From != f.ID {
			continue
		}
		if s := os.Getenv(f.Secret); s != "" {
			k.Secret.Value, k.Secret.From = s, f.Secret
		}
		if k.Token == "" {
			k.Token = os.Getenv(f.Token)
		}
	}
	if s := secret.ValueString(); s != "" {
		k.Secret.Value, k.Secret.From = s, k.Secret.Name
	}
	return k
}
