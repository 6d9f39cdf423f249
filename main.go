// The Terraform provider cloudlb.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// version is set by the release build.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "run so that a debugger can attach, and print how Terraform finds this process")
	show := flag.Bool("version", false, "print the version and exit")
	flag.Parse()
	if *show {
		fmt.Fprintln(os.Stdout, version)
		return
	}
	provider.LimitMemory()
	if !*debug {
		if err := provider.LimitLogs(); err != nil {
			log.Fatal(err)
		}
	}
	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/cloudlb/cloudlb",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
