// Bom writes the bill of materials of a release: the Go modules that the provider
// is built from, with their licences. --help says how.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/program"
)

const usage = `bom writes what a release is made of: the Go modules that are linked into the
provider on any platform, and Go's own library.

Usage: go run ./internal/cmd/bom [flags]

  --version VERSION  the release's version (default dev)
  --sbom FILE        write a CycloneDX document to FILE
  --licenses FILE    write the texts of all licences to FILE

A module whose licence is none of those that the provider may be shipped with is
an error. The same modules give the same bytes: no time and no serial number.

Exit status: 0 when all is written, 1 when not, 2 for wrong flags.
`

func main() { program.Main(run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	p := program.New("bom", usage, stdout, stderr)
	version := p.String("version", "dev", "")
	sbom := p.String("sbom", "", "")
	licenses := p.String("licenses", "", "")
	err := p.Parse(args, 0, nil)
	var all []module
	if err == nil {
		all, err = modules(ctx)
	}
	if err == nil && *sbom != "" {
		err = write(*sbom, func(w io.Writer) error { return cycloneDX(w, *version, all) })
	}
	if err == nil && *licenses != "" {
		err = write(*licenses, func(w io.Writer) error { return texts(w, all) })
	}
	return p.Status(ctx, err)
}

// write makes a file and its folder.
func write(name string, content func(io.Writer) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return content(file)
}
