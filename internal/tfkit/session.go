package tfkit

import (
	"crypto/rand"
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Sessions are the configured clouds by name: what the provider hands its
// resources.
type Sessions map[string]Session

// SessionOf takes one cloud's session out of a provider's data; nil, without
// an error, before the provider is configured.
func SessionOf[S Session](providerData any, cloud string) (session S, diags diag.Diagnostics) {
	if providerData == nil {
		return session, nil
	}
	all, ok := providerData.(Sessions)
	if ok {
		session, ok = all[cloud].(S)
	}
	if !ok {
		diags.AddError("Unexpected provider data", fmt.Sprintf(
			"The provider handed over %T instead of a session of %s. This is a bug in the provider.", providerData, cloud))
	}
	return session, diags
}

// Session is a cloud as the provider block configures it.
type Session interface {
	// Known tells whether every value of the provider block is known. Until
	// then nothing can be asked of the cloud.
	Known() bool
	// Check says what the configuration lacks to use the cloud in a region
	// ("" is the provider's), and returns the region.
	Check(region string) (string, diag.Diagnostics)
	// Run tells this run of the provider apart from every other.
	Run() string
}

// ThisRun is a session's part that tells runs apart; sessions embed it.
type ThisRun struct {
	once sync.Once
	id   string
}

// Run is a text of its own for each session.
func (r *ThisRun) Run() string {
	r.once.Do(func() { r.id = rand.Text() })
	return r.id
}
