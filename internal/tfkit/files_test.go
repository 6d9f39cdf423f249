package tfkit

import (
	"path/filepath"
	"testing"
)

func TestTheHomeFolderIsExpanded(t *testing.T) {
	t.Setenv("HOME", "/home/u")
	for in, want := range map[string]string{
		"~/x/y": "/home/u/x/y", "~": "/home/u", "~other/x": "~other/x", "/a/~": "/a/~", "x": "x",
	} {
		if got, err := HomePath(in); err != nil || filepath.ToSlash(got) != want {
			t.Errorf("%s: %s, %v; want %s", in, got, err, want)
		}
	}
}
