package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/terraform"
)

// project is how the names of a release's files begin.
const project = "terraform-provider-cloudlb_"

// release is a folder with the files of a release. Sums are the SHA-256 of each
// file that its checksums name, by name.
type release struct {
	dir, version string
	sums         map[string]string
}

// openRelease reads what a release says of itself.
func openRelease(dir string) (release, error) {
	const suffix = "_SHA256SUMS"
	found, err := filepath.Glob(filepath.Join(dir, project+"*"+suffix))
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("there are %d files %s*%s, not one", len(found), project, suffix)
	}
	if err != nil {
		return release{}, fmt.Errorf("read the release in %s: %w", dir, err)
	}
	b, err := os.ReadFile(found[0])
	if err != nil {
		return release{}, fmt.Errorf("read the release in %s: %w", dir, err)
	}
	version := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(found[0]), project), suffix)
	r := release{dir, version, map[string]string{}}
	for line := range strings.Lines(string(b)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		r.sums[name] = sum
	}
	return r, nil
}

// verify compares a file with its checksum, and returns where it is.
func (r release) verify(name string) (string, error) {
	file := filepath.Join(r.dir, name)
	want, ok := r.sums[name]
	if !ok {
		return "", fmt.Errorf("the release %s has no checksum of %s", r.version, name)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("check %s: %w", name, err)
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != want {
		return "", fmt.Errorf("%s is not what the release's checksums say", file)
	}
	return file, nil
}

// archive is the name of the archive for this machine.
func (r release) archive() string {
	return fmt.Sprintf("%s%s_%s_%s.zip", project, r.version, runtime.GOOS, runtime.GOARCH)
}

// install puts the archive for this machine into a mirror, packed as a registry
// has it, and says in the folder of a configuration that it is to be this version:
// of one with a suffix, as a snapshot's, no CLI takes any other.
func (r release) install(c terraform.CLI, mirror, folder string) error {
	file, err := r.verify(r.archive())
	if err != nil {
		return err
	}
	to := filepath.Join(mirror, terraform.Registry[c.Name], "cloudlb", "cloudlb")
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(to, r.archive()), b, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "release_override.tf"), fmt.Appendf(nil,
		"terraform {\n  required_providers {\n    cloudlb = {\n      source  = \"cloudlb/cloudlb\"\n      version = %q\n    }\n  }\n}\n", r.version), 0o600)
}
