package tfkit

import (
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
	// Unsaid is what of Check's errors no other resource has said yet in this
	// run: it says each once, and not beside every resource.
	Unsaid(diag.Diagnostics) diag.Diagnostics
	// Served records which version the CLI says that it has; Serves returns it.
	Served(version string)
	Serves() string
	// Walk tells the walks that the session serves apart.
	Walk() *Walks
}

// ThisRun remembers what a session has said already; sessions embed it.
type ThisRun struct {
	mu      sync.Mutex
	said    map[string]bool
	version string
}

// Served records which version the CLI says that it has.
func (r *ThisRun) Served(version string) { r.version = version }

// Serves is the version that the CLI says it has.
func (r *ThisRun) Serves() string { return r.version }

// Unsaid leaves out the errors that it has been given before.
func (r *ThisRun) Unsaid(diags diag.Diagnostics) (unsaid diag.Diagnostics) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range diags {
		text := d.Summary() + "\n" + d.Detail()
		if d.Severity() == diag.SeverityError && r.said[text] {
			continue
		}
		if r.said == nil {
			r.said = map[string]bool{}
		}
		r.said[text] = true
		unsaid.Append(d)
	}
	return unsaid
}
