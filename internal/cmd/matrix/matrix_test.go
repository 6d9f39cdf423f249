package main

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/program"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/terraform"
)

func TestEventsAreCounted(t *testing.T) {
	t.Parallel()
	events := strings.Join([]string{
		`# p/broken`,
		`{"Action":"output","Package":"p/a","Test":"TestAccA","Output":"a is fine\n"}`,
		`{"Action":"pass","Package":"p/a","Test":"TestAccA/sub"}`,
		`{"Action":"pass","Package":"p/a","Test":"TestAccA"}`,
		`{"Action":"skip","Package":"p/a","Test":"TestAccB"}`,
		`{"Action":"output","Package":"p/a","Test":"TestAccC/sub","Output":"c is wrong\n"}`,
		`{"Action":"fail","Package":"p/a","Test":"TestAccC"}`,
		`{"Action":"fail","Package":"p/a"}`,
		`{"Action":"output","Package":"p/broken","Output":"does not compile\n"}`,
		`{"Action":"fail","Package":"p/broken"}`,
		`{"Action":"pass","Package":"p/none"}`,
	}, "\n")
	var n count
	var out bytes.Buffer
	broken, err := n.read(strings.NewReader(events), &out)
	if want := (count{passed: 1, failed: 1, skipped: 1}); err != nil || n != want || !slices.Equal(broken, []string{"p/broken"}) {
		t.Errorf("%+v, broken %q, %v; want %+v and p/broken", n, broken, err, want)
	}
	if got, want := out.String(), "# p/broken\nc is wrong\ndoes not compile\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}

func TestTheTableAndItsVerdict(t *testing.T) {
	t.Parallel()
	cli := terraform.CLI{Path: "/bin/terraform", Name: "Terraform", Version: "v1.13.3"}
	good := row{"terraform@1.13", cli, count{passed: 90, skipped: 2, took: 61 * time.Second}, nil}
	none := row{asked: "terraform@1.15", failure: errors.New("download terraform: no such host")}
	for name, tc := range map[string]struct {
		rows []row
		want int
	}{
		"one ran, one could not be had": {[]row{good, none}, program.OK},
		"none could be had":             {[]row{none}, program.Failed},
		"a test failed":                 {[]row{good, {cli: cli, count: count{passed: 1, failed: 1}}}, program.Failed},
		"a package did not compile":     {[]row{good, {cli: cli, failure: errors.New("not tested to the end: p")}}, program.Failed},
		"no test ran":                   {[]row{{cli: cli}}, program.Failed},
	} {
		if got := verdict(tc.rows); got != tc.want {
			t.Errorf("%s: exit status %d, want %d", name, got, tc.want)
		}
	}
	var out bytes.Buffer
	table(&out, []row{good, none})
	want := `CLI             VERSION  PASSED  FAILED  SKIPPED  SECONDS
Terraform       v1.13.3  90      0       2        61
terraform@1.15  none

terraform@1.15: download terraform: no such host
`
	if got := trimmed(out.String()); got != want {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
}

// trimmed is a text without the spaces at the ends of its lines.
func trimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func TestWrongArgumentsAreExplained(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--help"}, program.OK, "terraform@1.16"},
		{[]string{"--nonsense"}, program.Misused, "nonsense"},
		{[]string{"/nowhere/terraform"}, program.Failed, "/nowhere/terraform: no such file"},
		{[]string{"pulumi@3"}, program.Failed, "pulumi@3 is none of the kind"},
	} {
		var out bytes.Buffer
		if code := run(t.Context(), tc.args, &out, &out); code != tc.code || !strings.Contains(out.String(), tc.says) {
			t.Errorf("%q: exit status %d, want %d; %q should be in %s", tc.args, code, tc.code, tc.says, &out)
		}
	}
}
