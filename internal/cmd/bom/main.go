// Bom writes the bill of materials of a release: the Go modules that the provider
// is built from, with their licences. --help says how.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
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

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("bom", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	version := f.String("version", "dev", "")
	sbom := f.String("sbom", "", "")
	licenses := f.String("licenses", "", "")
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return exitOK
	case err == nil && f.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if err != nil {
		fmt.Fprintf(stderr, "bom: %v\n--help lists the flags.\n", err)
		return exitUsage
	}
	all, err := modules(ctx)
	if err == nil && *sbom != "" {
		err = write(*sbom, func(w io.Writer) error { return cycloneDX(w, *version, all) })
	}
	if err == nil && *licenses != "" {
		err = write(*licenses, func(w io.Writer) error { return texts(w, all) })
	}
	if err != nil {
		fmt.Fprintf(stderr, "bom: %v\n", err)
		return exitFailed
	}
	return exitOK
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
