package terraform

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// Minor finds the newest release of a minor version of a program, such as
// terraform@1.13 or tofu@1.10: on PATH, else as Find finds one that is not there.
// Out is told what takes time.
func Minor(ctx context.Context, which string, out io.Writer) (CLI, error) {
	name, minor, _ := strings.Cut(which, "@")
	elsewhere, known := map[string]source{
		"terraform": download("-"+minor, "~> "+minor+".0"), // its module on the proxy lacks parts of the program
		"tofu":      build("v" + minor),
	}[name]
	if !known || minor == "" {
		return CLI{}, fmt.Errorf("%s is none of the kind terraform@1.13 or tofu@1.10", which)
	}
	here := func(ctx context.Context, _ io.Writer) (CLI, error) {
		c, err := probe(ctx, name)
		if err == nil && !strings.HasPrefix(c.Version, "v"+minor+".") {
			err = fmt.Errorf("%s is not of %s", c, minor)
		}
		return c, err
	}
	return first(ctx, out, here, elsewhere)
}

// Named is the program of a name on PATH, or of a path.
func Named(ctx context.Context, program string) (CLI, error) { return probe(ctx, program) }
