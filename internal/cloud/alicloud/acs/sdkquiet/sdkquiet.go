// Package sdkquiet keeps the Alibaba Cloud SDK off standard output.
//
// With DEBUG=sdk in the environment the SDK prints every request it makes,
// signature and security token included, to standard output: a Terraform
// plugin's channel to Terraform. The SDK looks at the variable once, while its
// packages are initialized, and offers no other switch. So the variable must
// be gone before that, which the Go specification's order of initialization
// guarantees for this package: of the packages whose imports are initialized,
// the first by import path goes next; this one needs os alone and sorts before
// net/url, which itself needs os and which the SDK needs. It must therefore
// import nothing but os, and slbapi must import it.
package sdkquiet

import "os"

func init() {
	debug, ok := os.LookupEnv("DEBUG")
	if !ok {
		return
	}
	if kept := without(debug, "sdk"); kept != debug {
		_ = os.Setenv("DEBUG", kept)
	}
}

// without is a comma-separated list less every item that equals one.
func without(list, item string) string {
	var kept string
	first := true
	for start := 0; start <= len(list); {
		end := start
		for end < len(list) && list[end] != ',' {
			end++
		}
		if part := list[start:end]; part != item {
			if !first {
				kept += ","
			}
			kept += part
			first = false
		}
		start = end + 1
	}
	return kept
}
