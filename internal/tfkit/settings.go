package tfkit

import (
	"os"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Setting is a provider setting: what the configuration says, else the first
// environment variable that is set, else "". An unknown value counts as none;
// a configuration that has one cannot be used yet anyway.
func Setting(configured types.String, env ...string) string {
	if s := configured.ValueString(); s != "" {
		return s
	}
	for _, name := range env {
		if s := os.Getenv(name); s != "" {
			return s
		}
	}
	return ""
}

// KeyFamily names the environment variables of one generation of static keys.
type KeyFamily struct{ ID, Secret, Token string }

// Keys are static keys: from the configuration, else from the first family of
// environment variables that has them. A secret that is missing beside its id
// is looked for in every family, as the vendors' own tools do; a token only in
// the family of the id it was issued with, because a token with another key is
// a refused request.
func Keys(id, secret, token types.String, families []KeyFamily) (keyID, keySecret, keyToken string) {
	keyID, keySecret, keyToken = id.ValueString(), secret.ValueString(), token.ValueString()
	for _, f := range families {
		if keyID != "" {
			break
		}
		if keyID = os.Getenv(f.ID); keyID == "" {
			continue
		}
		if keySecret == "" {
			keySecret = os.Getenv(f.Secret)
		}
		if keyToken == "" {
			keyToken = os.Getenv(f.Token)
		}
	}
	for _, f := range families {
		if keyID != "" && keySecret == "" {
			keySecret = os.Getenv(f.Secret)
		}
	}
	return keyID, keySecret, keyToken
}
