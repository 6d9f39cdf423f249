package provider_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

var update = flag.Bool("update", false, "rewrite testdata/screens.md with what terraform says")

const screens = "testdata/screens.md"

// screenPattern takes a section of screens.md apart: title, configuration, command
// and what it says.
var screenPattern = regexp.MustCompile("(?s)^(.*?)\n\n```terraform\n(.*?)```\n\n`terraform ([a-z]+)` says:\n\n```text\n(.*?)```\n")

// What a user reads of a wrong configuration is written down in testdata/screens.md,
// and is held to it: every fault is said once, by the name of the argument and,
// in a map, by its label.
func TestAccScreens(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile(screens)
	if err != nil {
		t.Fatal(err)
	}
	elb, slb := elbfake.Start(t, elbSeed()).URL, slbfake.Start(t, slbSeed()).URL
	head, sections, _ := strings.Cut(string(file), "\n## ")
	all := strings.Split(sections, "\n## ")
	said := make([]string, len(all))
	t.Run("screens", func(t *testing.T) {
		for i, section := range all {
			parts := screenPattern.FindStringSubmatch(section)
			if parts == nil {
				t.Fatalf("section %q of %s is not of its form", section, screens)
			}
			title, config, command, want := parts[1], parts[2], parts[3], parts[4]
			t.Run(title, func(t *testing.T) {
				t.Parallel()
				cli := acctest.NewCLI(t)
				blocks := ""
				if !strings.Contains(config, `provider "cloudlb"`) {
					blocks = bothClouds(slbProvider(slb)(secret, slbAt), elbProvider(elb)(secret, elbAt))
				}
				cli.Write("main.tf", acctest.Required+blocks)
				cli.Write("input.tf", config)
				got := heard(t, cli, command)
				said[i] = fmt.Sprintf("%s\n\n```terraform\n%s```\n\n`terraform %s` says:\n\n```text\n%s```\n", title, config, command, got)
				if unplaced(got) != unplaced(want) && !*update {
					t.Errorf("terraform %s says\n%s\nwant\n%s", command, got, want)
				}
			})
		}
	})
	if *update && !t.Failed() {
		if err := os.WriteFile(screens, []byte(head+"\n## "+strings.Join(said, "\n## ")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// unplaced is what was said without the lines that it is said of: from 1.15 on
// Terraform finds that of a member's attribute, before that of the resource.
func unplaced(said string) string {
	var kept []string
	for line := range strings.Lines(said) {
		if !strings.HasPrefix(line, "  ") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// bothClouds is the provider block of two.
func bothClouds(a, b string) string {
	inner := func(block string) string {
		return block[strings.Index(block, "{")+1 : strings.LastIndex(block, "}")]
	}
	return "provider \"cloudlb\" {\n" + inner(a) + inner(b) + "}\n"
}

// heard is what a command says, as text without its layout: a paragraph for
// each diagnostic, with the line that it is at.
func heard(t *testing.T, cli *acctest.CLI, command string) string {
	t.Helper()
	out, _ := cli.Try(command, "-json")
	type diagnostic struct {
		Severity, Summary, Detail string
		Snippet                   *struct{ Code string }
	}
	var all []diagnostic
	if command == "validate" {
		var report struct{ Diagnostics []diagnostic }
		if err := json.Unmarshal([]byte(out), &report); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		all = report.Diagnostics
	} else {
		for line := range strings.Lines(out) {
			var message struct{ Diagnostic *diagnostic }
			if json.Unmarshal([]byte(line), &message) == nil && message.Diagnostic != nil {
				all = append(all, *message.Diagnostic)
			}
		}
	}
	var paragraphs []string
	for _, d := range all {
		if strings.Contains(d.Summary, "development overrides") {
			continue
		}
		p := strings.ToUpper(d.Severity[:1]) + d.Severity[1:] + ": " + d.Summary + "\n"
		if d.Snippet != nil {
			p += "  " + strings.TrimSpace(d.Snippet.Code) + "\n"
		}
		paragraphs = append(paragraphs, p+d.Detail+"\n")
	}
	if paragraphs == nil {
		return "(nothing)\n"
	}
	slices.Sort(paragraphs) // Terraform's order is not always the same
	return strings.Join(paragraphs, "\n")
}
