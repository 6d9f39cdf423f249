package acctest

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
)

// UseMirror installs the provider from a folder that serves as a registry, instead
// of by dev_overrides: with those alone `init` fails where modules name the
// provider, and without init there are no modules.
func (c *CLI) UseMirror() {
	c.t.Helper()
	c.mirror("cloudlb/cloudlb", c.built(binary()))
	c.Write("cli.tfrc", fmt.Sprintf("provider_installation {\n  filesystem_mirror { path = %q }\n}\n", filepath.Join(c.Dir, "mirror")))
}

// MirrorOldState writes a state as WriteOldState does, and installs the provider and
// the stand-ins as UseMirror does.
func (c *CLI) MirrorOldState(all ...OldState) {
	c.t.Helper()
	c.UseMirror()
	host := "registry.terraform.io"
	if OpenTofu() {
		host = "registry.opentofu.org"
	}
	c.writeState(host, all)
	for _, address := range oldProviders {
		c.mirror(address, c.built(standIns()))
	}
}

// mirror puts the program of a provider from a folder into the mirror.
func (c *CLI) mirror(address, from string) {
	c.t.Helper()
	name := "terraform-provider-" + path.Base(address)
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		dir := filepath.Join(c.Dir, "mirror", host, filepath.FromSlash(address), "0.0.1", runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			c.t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(from, name), filepath.Join(dir, name)); err != nil {
			c.t.Fatal(err)
		}
	}
}

// CopyTree copies a folder of this repository, such as modules, into the CLI's own,
// under its own path.
func (c *CLI) CopyTree(root, folder string) {
	c.t.Helper()
	if err := os.CopyFS(filepath.Join(c.Dir, folder), os.DirFS(filepath.Join(root, folder))); err != nil {
		c.t.Fatal(err)
	}
}

// NeedsActions skips a test where the command has no actions, as OpenTofu.
func (c *CLI) NeedsActions() {
	c.t.Helper()
	if OpenTofu() {
		c.t.Skip("OpenTofu has no actions")
	}
	c.Needs(14, "actions")
}

// Needs skips a test where the command is older than 1.minor; what is what is new there.
func (c *CLI) Needs(minor int, what string) {
	c.t.Helper()
	var v struct {
		Terraform string `json:"terraform_version"`
	}
	out, err := c.Command("version", "-json").Output()
	if err == nil {
		err = json.Unmarshal(out, &v)
	}
	if err != nil {
		c.t.Fatalf("version -json: %v", err)
	}
	var major, is int
	if _, err := fmt.Sscanf(v.Terraform, "%d.%d", &major, &is); err != nil {
		c.t.Fatalf("version %q: %v", v.Terraform, err)
	}
	if major == 1 && is < minor {
		c.t.Skipf("%s need 1.%d, and this is %s", what, minor, v.Terraform)
	}
}
