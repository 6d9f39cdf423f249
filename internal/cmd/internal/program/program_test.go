package program

import (
	"bytes"
	"context"
	"errors"
	"testing"
)

func TestHowAProgramEnds(t *testing.T) {
	t.Parallel()
	failed := errors.New("no such cloud")
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tc := range map[string]struct {
		args        []string
		ctx         context.Context
		check, work error
		code        int
		out, err    string // all that is printed
	}{
		"well":                   {[]string{"--n", "2", "a"}, t.Context(), nil, nil, OK, "", ""},
		"help":                   {[]string{"--help"}, t.Context(), nil, nil, OK, "all about it\n", ""},
		"help, interrupted":      {[]string{"--help"}, over, nil, nil, OK, "all about it\n", ""},
		"unknown flag":           {[]string{"--m"}, t.Context(), nil, nil, Misused, "", "p: flag provided but not defined: -m\n--help lists the flags.\n"},
		"one argument more":      {[]string{"a", "b"}, t.Context(), failed, nil, Misused, "", "p: unexpected argument \"b\"\n--help lists the flags.\n"},
		"value refused":          {nil, t.Context(), failed, nil, Misused, "", "p: no such cloud\n--help lists the flags.\n"},
		"failed":                 {nil, t.Context(), nil, failed, Failed, "", "p: no such cloud\n"},
		"interrupted":            {nil, over, nil, failed, Interrupted, "", "p: interrupted\n"},
		"interrupted at the end": {nil, over, nil, nil, Interrupted, "", "p: interrupted\n"},
	} {
		var out, complaints bytes.Buffer
		p := New("p", "all about it\n", &out, &complaints)
		n := p.Int("n", 2, "")
		err := p.Parse(tc.args, 1, func() error { return tc.check })
		if err == nil {
			err = tc.work
		}
		if code := p.Status(tc.ctx, err); code != tc.code || out.String() != tc.out || complaints.String() != tc.err || *n != 2 {
			t.Errorf("%s: exit status %d, want %d; printed %q and %q", name, code, tc.code, &out, &complaints)
		}
	}
}
