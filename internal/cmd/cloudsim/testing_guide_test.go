package main

import (
	"maps"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// The module of the guide and both of its tests are as they stand there: `test` runs
// them, on a cloudsim of its own, which holds afterwards what it held before.
func TestAccCLITestingModulesGuide(t *testing.T) {
	t.Parallel()
	cli := acctest.NewCLI(t)
	cli.UseMirror()
	r := start(t)
	defer r.stop()
	before := r.weights()
	files := 0
	for _, code := range acctest.CodeBlocks(acctest.Guide(t, "../../..", "testing-modules"), "terraform") {
		name, text, _ := strings.Cut(strings.TrimPrefix(code, "# "), "\n")
		cli.Write(name, strings.ReplaceAll(text, "http://127.0.0.1:8181", r.URL))
		files++
	}
	cli.Run("init")
	if out := cli.Run("test"); files != 4 || !strings.Contains(out, "Success! 4 passed, 0 failed") {
		t.Errorf("%d files:\n%s", files, out)
	}
	if got := r.weights(); !maps.Equal(got, before) {
		t.Errorf("the clouds hold %v, and held %v", got, before)
	}
	var log logPage
	r.call("GET", "/_admin/log", "", &log)
	added := 0
	for _, e := range log.Entries {
		if e.Op == "AddVServerGroupBackendServers" {
			added++
		}
	}
	if added != 2 {
		t.Errorf("%d additions, want that of the first run and that of the second", added)
	}
}
