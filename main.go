// The Terraform provider cloudlb.
package main

import (
	"flag"
	"log"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// version is set by the release build.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "run so that a debugger can attach, and print how Terraform finds this process")
	flag.Parse()
	provider.LimitMemory()
	if !*debug {
		if err := provider.LimitLogs(); err != nil {
			log.Fatal(err)
		}
	}
	if err := provider.Serve(version, *debug); err != nil {
		log.Fatal(err)
	}
}
