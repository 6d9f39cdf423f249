package main

import (
	"archive/zip"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// maxProgram is how large the provider may be, in bytes: a user downloads it into
// every folder that uses it.
const maxProgram = 31 << 20

// The release in a folder is whole, and the demo runs on it as a user would
// install it. make snapshot makes one, make snapshot-test runs this.
func TestAccRelease(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("CLOUDLB_RELEASE")
	if dir == "" {
		t.Skip("needs a release: make snapshot snapshot-test")
	}
	r, err := openRelease(dir)
	if err != nil {
		t.Fatal(err)
	}
	archives := 0
	for name := range r.sums {
		file, err := r.verify(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if strings.HasSuffix(name, ".zip") {
			archives++
			r.checkArchive(t, file)
		}
	}
	t.Logf("release %s: %d files, %d archives", r.version, len(r.sums), archives)
	var manifest struct {
		Version  int `json:"version"`
		Metadata struct {
			Protocols []string `json:"protocol_versions"`
		} `json:"metadata"`
	}
	r.decode(t, "_manifest.json", &manifest)
	if manifest.Version != 1 || len(manifest.Metadata.Protocols) != 1 || manifest.Metadata.Protocols[0] != "6.0" {
		t.Errorf("the manifest is %+v", manifest)
	}
	var sbom struct {
		Components []any `json:"components"`
	}
	r.decode(t, "_sbom.cdx.json", &sbom)
	if len(sbom.Components) < 20 {
		t.Errorf("the bill of materials has %d components", len(sbom.Components))
	}
	if err := run(t.Context(), options{terraform: os.Getenv("TF_ACC_TERRAFORM_PATH"), release: dir}, t.Output()); err != nil {
		t.Error(err)
	}
}

// decode reads a document of the release, which its checksums must name.
func (r release) decode(t *testing.T, suffix string, into any) {
	t.Helper()
	file, err := r.verify(project + r.version + suffix)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// checkArchive looks at what is in an archive, and runs the program of the one for
// this machine.
func (r release) checkArchive(t *testing.T, file string) {
	t.Helper()
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	missing := map[string]bool{"LICENSE": true, "CHANGELOG.md": true, "LICENSES-of-dependencies.txt": true, "the program": true}
	for _, f := range z.File {
		if name := strings.TrimSuffix(f.Name, ".exe"); name != "terraform-provider-cloudlb_v"+r.version {
			delete(missing, f.Name)
			continue
		}
		delete(missing, "the program")
		if f.UncompressedSize64 > maxProgram {
			t.Errorf("%s in %s has %d bytes, more than %d", f.Name, filepath.Base(file), f.UncompressedSize64, maxProgram)
		}
		if filepath.Base(file) == r.archive() {
			r.checkVersion(t, f)
		}
	}
	if len(missing) > 0 {
		t.Errorf("%s lacks %v", filepath.Base(file), missing)
	}
}

// checkVersion asks the program for its version.
func (r release) checkVersion(t *testing.T, f *zip.File) {
	t.Helper()
	packed, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(packed)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), f.Name)
	if err := os.WriteFile(file, b, 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), file, "-version").CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != r.version {
		t.Errorf("-version printed %q, %v; want %s", out, err, r.version)
	}
}

func TestAReleaseThatIsNotWholeIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := openRelease(dir); err == nil {
		t.Error("an empty folder is a release")
	}
	const sumOfX = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" // of "x"
	write(project+"1.0.0_SHA256SUMS", sumOfX+"  right\n"+sumOfX+"  wrong\n"+sumOfX+"  missing\n")
	write("right", "x")
	write("wrong", "y")
	write("unnamed", "x")
	r, err := openRelease(dir)
	if err != nil || r.version != "1.0.0" {
		t.Fatalf("version %q, %v", r.version, err)
	}
	for name, says := range map[string]string{
		"right": "", "wrong": "is not what", "missing": "no such file", "unnamed": "has no checksum of",
	} {
		if _, err := r.verify(name); says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: %v, want %q", name, err, says)
		}
	}
}
