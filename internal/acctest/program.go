package acctest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Program is one of this module's programs, built once for all tests of a package.
type Program struct {
	folder string // such as "internal/cmd/migrate"
	build  func() (string, error)
}

// NewProgram is the program in a folder of the module.
func NewProgram(folder string) *Program {
	return &Program{folder, sync.OnceValues(func() (string, error) {
		dir, err := os.MkdirTemp("", "cloudlb-program-")
		if err != nil {
			return "", err
		}
		file := filepath.Join(dir, filepath.Base(folder))
		return file, build("./"+folder, file)
	})}
}

// Run runs the program on an input, which must succeed, and returns what it prints.
func (p *Program) Run(t testing.TB, input string, args ...string) string {
	t.Helper()
	file, err := p.build()
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	cmd := exec.CommandContext(t.Context(), file, args...)
	cmd.Stdin, cmd.Stderr = strings.NewReader(input), &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", p.folder, args, err, complaints.String())
	}
	return string(out)
}
