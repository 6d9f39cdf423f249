package slbapi

import "context"

// Credentials gives the keys that a call is signed with. It is asked before
// every call, from many goroutines at once, so an implementation that fetches
// keys keeps them until they are about to expire. Its error ends the call
// before anything is sent: a [membership.Error] as it is, any other as class
// Denied.
type Credentials interface {
	Credentials(ctx context.Context) (Keys, error)
}

// Keys are an Alibaba Cloud access key pair; SecurityToken is set for
// temporary ones.
type Keys struct {
	AccessKeyID     string
	AccessKeySecret string
	SecurityToken   string
}

// String hides the keys from a careless %v.
func (Keys) String() string { return "(access key)" }

// GoString hides the keys from a careless %#v.
func (Keys) GoString() string { return "slbapi.Keys{...}" }

// Static is keys that never change.
type Static Keys

// Credentials implements the interface of that name.
func (s Static) Credentials(context.Context) (Keys, error) { return Keys(s), nil }

// String hides the keys from a careless %v.
func (s Static) String() string { return Keys(s).String() }

// GoString hides the keys from a careless %#v.
func (s Static) GoString() string { return "slbapi.Static{...}" }
