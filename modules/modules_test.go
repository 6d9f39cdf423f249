// Package modules holds the tests of the modules beside it, which are Terraform's.
package modules

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// folders are those that hold a module: one for blue-green itself, and for both
// modules one for each kind of group.
func folders(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Base(path) == "main.tf" {
			found = append(found, filepath.ToSlash(filepath.Dir(path)))
		}
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("no modules: %v", err)
	}
	return found
}

// Each module's own tests pass, offline: the resources are mocked, and the function
// is the provider's.
func TestAccModules(t *testing.T) {
	t.Parallel()
	acctest.NeedsCLI(t)
	for _, folder := range folders(t) {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			cli := acctest.NewCLI(t)
			cli.Needs(8, "mock_provider and provider functions")
			cli.UseMirror()
			cli.CopyTree("..", "modules")
			in := "-chdir=modules/" + folder
			cli.Run(in, "init")
			out := cli.Run(in, "test")
			if !regexp.MustCompile(`Success! [1-9][0-9]* passed, 0 failed`).MatchString(out) {
				t.Error(out)
			}
		})
	}
}

// Both modules have every kind of group, and a README says all that a module takes
// and gives.
func TestReadmesListVariablesAndOutputs(t *testing.T) {
	t.Parallel()
	block := regexp.MustCompile(`(?s)(variable|output) "(\w+)" \{\n  description = "((?:\\.|[^"\\])*)"`)
	kinds := map[string]int{}
	for _, folder := range folders(t) {
		readme, err := os.ReadFile(filepath.Join(folder, "README.md"))
		if err != nil {
			t.Error(err)
			continue
		}
		kinds[filepath.Base(folder)]++
		listed := 0
		for _, file := range []string{"variables.tf", "outputs.tf"} {
			text, err := os.ReadFile(filepath.Join(folder, file))
			if err != nil {
				t.Fatal(err)
			}
			found := block.FindAllStringSubmatch(string(text), -1)
			if all := regexp.MustCompile(`(?m)^(variable|output) `).FindAll(text, -1); len(all) != len(found) {
				t.Errorf("%s/%s: %d of %d blocks begin with a description", folder, file, len(found), len(all))
			}
			for _, b := range found {
				listed++
				if row := "| " + b[2] + " | " + strings.ReplaceAll(b[3], `\"`, `"`) + " |"; !strings.Contains(string(readme), row) {
					t.Errorf("%s/README.md has no row\n%s", folder, row)
				}
			}
		}
		if rows := regexp.MustCompile(`(?m)^\| [a-z_]+ \|`).FindAll(readme, -1); len(rows) != listed {
			t.Errorf("%s/README.md has %d rows for %d variables and outputs", folder, len(rows), listed)
		}
	}
	for kind, n := range kinds {
		if kind != "blue-green" && n != 2 {
			t.Errorf("%s is in %d of the two modules", kind, n)
		}
	}
}
