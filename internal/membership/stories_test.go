package membership_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
)

var update = flag.Bool("update", false, "write what comes of the stories into their files")

// TestStories tells the stories in testdata/stories: commands to the engine and,
// below each, the calls that the vendor got, when, with what it answered; what
// the callers were told; and who is in the group then. README.md there says how
// they are written. Run with -update, it writes down what comes of them now, for
// a person to read in the diff.
func TestStories(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/stories/*.txt")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d stories, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var told string
			synctest.Test(t, func(t *testing.T) { told = tell(t, string(text)) })
			switch {
			case told == string(text):
			case *update:
				if err := os.WriteFile(file, []byte(told), 0o644); err != nil {
					t.Fatal(err)
				}
			default:
				t.Errorf("the story goes otherwise now; go test -run TestStories -update writes it down.%s", firstDifference(string(text), told))
			}
		})
	}
}

// tell runs the commands of a story and returns it with what comes of them.
func tell(t *testing.T, text string) string {
	t.Helper()
	parts := strings.Split(strings.TrimSpace(text), "\n\n")
	if lines := strings.Split(parts[0], "\n"); len(lines) != 2 || !strings.HasSuffix(lines[1], ".") {
		t.Fatal("a story begins with its title and one sentence that says why")
	}
	s := &stage{t: t}
	for i, part := range parts[1:] {
		commands, _, _ := strings.Cut(part, "\n----")
		parts[i+1] = commands
		if came := s.play(strings.Split(commands, "\n")); came != "" {
			parts[i+1] += "\n----" + came
		}
	}
	s.end()
	return strings.Join(parts, "\n\n") + "\n"
}

// firstDifference shows where two texts part.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	n := 0
	for n < len(w) && n < len(g) && w[n] == g[n] {
		n++
	}
	from := max(n-6, 0)
	return "\nwas:\n\t" + strings.Join(w[from:min(n+8, len(w))], "\n\t") + "\nis:\n\t" + strings.Join(g[from:min(n+8, len(g))], "\n\t")
}
