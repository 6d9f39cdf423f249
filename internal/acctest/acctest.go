// Package acctest is what acceptance tests share: the provider as
// terraform-plugin-testing wants it, and a terraform of one's own for what
// that cannot do. Only tests import it.
package acctest

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// Factories serve the provider in the test's own process.
func Factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		provider.TypeName: func() (tfprotov6.ProviderServer, error) { return provider.NewServer(provider.New("test")()) },
	}
}
