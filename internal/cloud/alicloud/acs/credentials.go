package acs

import (
	"context"
	"errors"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
)

// Credentials give the keys that a call is signed with; see
// [apikit.Credentials].
type Credentials = apikit.Credentials[Keys]

// Keys are an Alibaba Cloud access key pair; SecurityToken is set for
// temporary ones.
type Keys struct {
	AccessKeyID     string
	AccessKeySecret string
	SecurityToken   string
}

// Check refuses half a pair.
func (k Keys) Check() error {
	if k.AccessKeyID == "" || k.AccessKeySecret == "" {
		return errors.New("the credentials hold no access key")
	}
	return nil
}

// Secrets are all of them.
func (k Keys) Secrets() []string { return []string{k.SecurityToken, k.AccessKeySecret, k.AccessKeyID} }

// String hides the keys from a careless %v.
func (Keys) String() string { return "(access key)" }

// GoString hides the keys from a careless %#v.
func (Keys) GoString() string { return "acs.Keys{...}" }

// Static is keys that never change.
type Static Keys

// Credentials implements the interface of that name.
func (s Static) Credentials(context.Context) (Keys, error) { return Keys(s), nil }

// String hides the keys from a careless %v.
func (s Static) String() string { return Keys(s).String() }

// GoString hides the keys from a careless %#v.
func (s Static) GoString() string { return "acs.Static{...}" }
