package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/program"
)

func TestARowIsJudgedByItsBound(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		row     row
		ok      bool
		verdict string
	}{
		"below":                   {figure("p", "calls", "", 49, "").atMost(50), true, "ok"},
		"at":                      {figure("p", "calls", "", 50, "").atMost(50), true, "ok"},
		"above":                   {figure("p", "calls", "", 51, "").atMost(50), false, "MISSED"},
		"a little above":          {figure("p", "wall", "s", 4.04, "").atMost(4.03), false, "MISSED"},
		"at a bound of none":      {figure("p", "busy", "", 0, "").atMost(0), true, "ok"},
		"above a bound of none":   {figure("p", "busy", "", 1, "").atMost(0), false, "MISSED"},
		"without a bound":         {figure("p", "wall", "s", 1e6, ""), true, ""},
		"failed":                  {failure("p", "exit code 1"), false, "FAILED"},
		"failed within its bound": {row{Value: 0, Failed: "exit code 1"}.atMost(50), false, "FAILED"},
	} {
		r := tc.row.judge()
		if r.OK != tc.ok || r.verdict() != tc.verdict {
			t.Errorf("%s: %t %q, want %t %q", name, r.OK, r.verdict(), tc.ok, tc.verdict)
		}
	}
}

func TestTheTableAlignsAndSaysEachPhaseOnce(t *testing.T) {
	t.Parallel()
	rows := []row{
		figure("create", "calls", "", 61, "20 writes").atMost(50).judge(),
		figure("create", "wall", "s", 3.14159, "").judge(),
		failure("destroy", "exit code 1").judge(),
	}
	var out bytes.Buffer
	write(&out, "elb: members", rows)
	want := `
elb: members
  PHASE    MEASURE  VALUE  BOUND          NOTE
  create   calls    61     <= 50  MISSED  20 writes
           wall     3.1 s
  destroy  work     -             FAILED  exit code 1
`
	if out.String() != want {
		t.Errorf("printed%s\nwant%s", &out, want)
	}
}

func TestTheExitStatusTellsOfMissedBounds(t *testing.T) {
	t.Parallel()
	good := figure("p", "calls", "", 1, "").atMost(50).judge()
	bad := figure("p", "calls", "", 51, "").atMost(50).judge()
	for name, tc := range map[string]struct {
		rows     []row
		noBounds bool
		want     int
	}{
		"good":                {[]row{good}, false, program.OK},
		"bad":                 {[]row{good, bad}, false, program.Failed},
		"bad, bounds ignored": {[]row{good, bad}, true, program.OK},
		"failed":              {[]row{failure("p", "no").judge()}, false, program.Failed},
	} {
		var out bytes.Buffer
		if got := conclude(tc.rows, tc.noBounds, &out); got != tc.want {
			t.Errorf("%s: %d, want %d; it said %s", name, got, tc.want, &out)
		}
	}
}

func TestWrongFlagsAreExplained(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--help"}, program.OK, "--no-bounds"},
		{[]string{"--help"}, program.OK, "throttle"},
		{[]string{"--nonsense"}, program.Misused, "nonsense"},
		{[]string{"nonsense"}, program.Misused, "nonsense"},
		{[]string{"--only", "tens,nonsense"}, program.Misused, "nonsense"},
		{[]string{"--members", "0"}, program.Misused, "--members"},
		{[]string{"--terraform", "/nowhere/terraform"}, program.Failed, "/nowhere/terraform"},
	} {
		var out bytes.Buffer
		if code := command(t.Context(), tc.args, &out, &out); code != tc.code || !strings.Contains(out.String(), tc.says) {
			t.Errorf("%q: exit status %d, want %d; %q should be in %s", tc.args, code, tc.code, tc.says, &out)
		}
	}
}
