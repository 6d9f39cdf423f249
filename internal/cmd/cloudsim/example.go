package main

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// Each example is a seed and a configuration for what it holds. The first line of
// the configuration says what it shows; where it writes exampleURL is the clouds'.
//
//go:embed examples
var exampleFiles embed.FS

const (
	exampleURL = "http://127.0.0.1:8181"
	// exampleEnd is the last line of what is printed.
	exampleEnd = "# Interrupt cloudsim when you are done; it forgets all that it held.\n"
)

// exampleNames are all examples, in order.
func exampleNames() (names []string) {
	files, _ := fs.Glob(exampleFiles, "examples/*.tf") // the pattern is a good one
	for _, f := range files {
		names = append(names, strings.TrimSuffix(path.Base(f), ".tf"))
	}
	return names
}

func exampleFile(name string) string {
	b, _ := exampleFiles.ReadFile("examples/" + name) // check has looked for it
	return string(b)
}

// listExamples are the names, with a line each.
func listExamples() string {
	var b strings.Builder
	for _, name := range exampleNames() {
		first, _, _ := strings.Cut(exampleFile(name+".tf"), "\n")
		fmt.Fprintf(&b, "%-13s %s\n", name, strings.TrimPrefix(first, "# "))
	}
	return b.String()
}

func checkExample(name string) error {
	if name == "" || name == "list" || slices.Contains(exampleNames(), name) {
		return nil
	}
	return fmt.Errorf("--example %s: there are\n%s", name, listExamples())
}

// pasted is what to paste for an example, with the provider's settings at a URL.
func pasted(name, url string, settings map[string]any) string {
	first, rest, _ := strings.Cut(exampleFile(name+".tf"), "\n")
	return fmt.Sprintf(`
%s
# Put this into a file main.tf in an empty folder, then: terraform init && terraform apply
terraform {
  required_providers {
    cloudlb = { source = "cloudlb/cloudlb" }
  }
}

%s
%s
%s`, first, fakecloud.Provider(settings), strings.ReplaceAll(rest, exampleURL, url), exampleEnd)
}
