package elbfake_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

func TestFidelityNamesTestsThatExistAndSwitchesAreInIt(t *testing.T) {
	t.Parallel()
	page := string(ok(os.ReadFile("FIDELITY.md"))(t))
	have := map[string]bool{}
	for _, f := range ok(filepath.Glob("*_test.go"))(t) {
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)`).FindAllStringSubmatch(string(ok(os.ReadFile(f))(t)), -1) {
			have[m[1]] = true
		}
	}
	named := regexp.MustCompile(`\bTest\w+`).FindAllString(page, -1)
	if len(named) == 0 {
		t.Fatal("no test is named")
	}
	for _, n := range named {
		if !have[n] {
			t.Errorf("FIDELITY.md names %s, which does not exist", n)
		}
	}
	code := string(ok(os.ReadFile("seed.go"))(t))
	code = code[regexp.MustCompile(`type Behaviour struct`).FindStringIndex(code)[0]:]
	code = code[:regexp.MustCompile(`(?m)^}`).FindStringIndex(code)[0]]
	for _, m := range regexp.MustCompile("json:\"(\\w+),").FindAllStringSubmatch(code, -1) {
		if !regexp.MustCompile("`" + m[1] + "`").MatchString(page) {
			t.Errorf("FIDELITY.md does not mention the switch %s", m[1])
		}
	}
}
