// Migrate reads what `terraform show -json` prints and writes the configuration with
// which members that other providers have put in come to this one. --help says how.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/program"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

const usage = `migrate reads what "terraform show -json" or "tofu show -json" prints, and prints
the blocks with which the members that other providers have put in come to cloudlb:
the new resources, moved blocks where one resource becomes one, and removed and
import blocks where it does not. A comment says where a person must look. Nothing
is changed, neither a file nor the state.

Usage: terraform show -json | go run ./internal/cmd/migrate [flags] [FILE]

  --to same      each resource stays what it is: one member, or a whole group
                 (default)
  --to sets      one resource for all members of a group
  --to singles   one instance of a resource for each member

What it prints stands under a heading for each module, whose folder it belongs
to. Put it there, take the old blocks out, and plan: the plan must change nothing in the cloud.

Exit status: 0, 1 when the input cannot be read or holds nothing to move, 2 for
wrong flags.
`

func main() { os.Exit(command(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func command(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := program.New("migrate", usage, stdout, stderr)
	to := p.String("to", toSame, "")
	if err := p.Parse(args, 1, func() error {
		if !slices.Contains([]string{toSame, toSets, toSingles}, *to) {
			return fmt.Errorf("--to %s: it is %s, %s or %s", *to, toSame, toSets, toSingles)
		}
		return nil
	}); err != nil {
		return p.Status(ctx, err)
	}
	if p.NArg() == 1 {
		file, err := os.Open(p.Arg(0))
		if err != nil {
			return p.Status(ctx, err)
		}
		defer file.Close()
		stdin = file
	}
	out, err := run(ctx, stdin, *to)
	if err == nil {
		_, err = io.WriteString(stdout, out)
	}
	return p.Status(ctx, err)
}

// run is the configuration for a state.
func run(ctx context.Context, state io.Reader, to string) (string, error) {
	origins, err := catalog(ctx, provider.New("migrate")())
	if err != nil {
		return "", err
	}
	all, err := readState(state, func(typ string) bool { _, known := origins[typ]; return known })
	if err != nil {
		return "", err
	}
	if len(all.instances) == 0 && len(all.groups) == 0 {
		return "", errors.New("the state holds no resource that can become one of cloudlb's")
	}
	c, members := migrate(ctx, origins, all, to)
	return introduction(members, len(all.instances), to) + c.String(), nil
}

// introduction is what holds of the whole.
func introduction(members, instances int, to string) string {
	empty := "nothing may be added, changed or destroyed."
	if to == toSets {
		empty = "nothing may be added or destroyed, nor changed but for an imported set whose group has members that no old resource has. " +
			"Such a set changes in place, without a call: the plan names those members, and they stay in the group."
	}
	return comment(fmt.Sprintf("%d members of %d resource instances. Put these blocks in, take the old ones out, and plan: %s", members, instances, empty)) +
		comment("State does not say which provider configuration a resource has: where the old provider had aliases for regions or accounts, "+
			"write provider = cloudlb.<alias> where they stood. What is imported is looked for in the region of that configuration.") + "\n"
}
