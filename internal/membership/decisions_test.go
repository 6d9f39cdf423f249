package membership_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Where ARCHITECTURE.md says which test holds a decision, and AGENTS.md which
// guards against a trap, there is such a test: one that is renamed takes its
// mention with it.
func TestDecisionsNameTestsThatExist(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	tests := testsUnder(t, root)
	for page, least := range map[string]int{"ARCHITECTURE.md": 20, "AGENTS.md": 10} {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		named := regexp.MustCompile("`(Test[A-Z]\\w*)`").FindAllStringSubmatch(string(text), -1)
		if len(named) < least {
			t.Errorf("%s names only %d tests: is the pattern right?", page, len(named))
		}
		for _, m := range named {
			if !tests[m[1]] {
				t.Errorf("%s names %s, which no file has", page, m[1])
			}
		}
	}
}

// Each of the traps in AGENTS.md names its test.
func TestEveryTrapNamesItsTest(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "AGENTS.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, traps, _ := strings.Cut(string(text), "## Ten traps")
	found := regexp.MustCompile(`(?m)^\d+\. .*$`).FindAllString(traps, -1)
	if len(found) != 10 {
		t.Errorf("%d traps", len(found))
	}
	for _, trap := range found {
		if !strings.Contains(trap, "`Test") {
			t.Errorf("no test guards this: %s", trap)
		}
	}
}

// testsUnder are the names of the tests in a folder and all below it.
func testsUnder(t *testing.T, root string) map[string]bool {
	t.Helper()
	tests := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir(filepath.Join(root, "internal"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range function.FindAllStringSubmatch(string(text), -1) {
			tests[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests
}
