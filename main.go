// The Terraform provider cloudlb.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"

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
	if err := provider.Serve(version, *debug); err != nil {
		log.Fatal(err)
	}
}
