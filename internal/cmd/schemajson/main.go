// Schemajson prints the provider's schema in the format of `terraform
// providers schema -json`
// (https://developer.hashicorp.com/terraform/cli/commands/providers/schema).
//
// The documentation generator reads it. It needs no terraform and knows
// actions, list resources and identities, which older terraforms leave out of
// their own answer: docs come out the same whichever one is installed. In one
// point it says more than Terraform: an attribute that is required, but whose
// schema cannot say so (see [tfkit.RequiredText]), is shown as required.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

func main() {
	address := flag.String("address", "registry.terraform.io/cloudlb/cloudlb",
		"the key the schema is printed under; tfplugindocs looks for the bare provider name")
	flag.Parse()
	if err := run(*address); err != nil {
		fmt.Fprintln(os.Stderr, "schemajson:", err)
		os.Exit(1)
	}
}

func run(address string) error {
	s, err := describe(context.Background(), provider.New("dev")())
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(document{FormatVersion: "1.0", Schemas: map[string]providerSchema{address: s}})
}
