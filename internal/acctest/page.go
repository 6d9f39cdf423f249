package acctest

import (
	"os"
	"strings"
	"testing"
)

// Guide is the text of a guide; root is the way to the repository's root.
func Guide(t testing.TB, root, name string) string {
	t.Helper()
	text, err := os.ReadFile(root + "/templates/guides/" + name + ".md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// CodeBlocks are the blocks of code on a page that are in a language, such as
// "terraform" or "json".
func CodeBlocks(page, language string) (blocks []string) {
	for i, part := range strings.Split(page, "```") {
		if code, is := strings.CutPrefix(part, language+"\n"); i%2 == 1 && is {
			blocks = append(blocks, code)
		}
	}
	return blocks
}
