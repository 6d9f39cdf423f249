package acctest

import (
	"bufio"
	"encoding/json"
	"strings"
)

// Changes runs a plan or an apply, which must succeed, and returns what it adds,
// changes and removes. An import is none of these, nor is what OpenTofu forgets.
func (c *CLI) Changes(args ...string) map[string]int {
	c.t.Helper()
	output := c.Run(append(args, "-json")...)
	for lines := bufio.NewScanner(strings.NewReader(output)); lines.Scan(); {
		var line struct {
			Type    string         `json:"type"`
			Changes map[string]any `json:"changes"`
		}
		if json.Unmarshal(lines.Bytes(), &line) != nil || line.Type != "change_summary" {
			continue
		}
		changes := map[string]int{}
		for _, name := range []string{"add", "change", "remove"} {
			if n, is := line.Changes[name].(float64); !is || n != 0 {
				changes[name] = int(n)
			}
		}
		return changes
	}
	c.t.Fatalf("%v: no summary:\n%s", args, output)
	return nil
}
