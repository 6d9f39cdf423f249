package main

import (
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// fields are the names that a type and those in it have in JSON.
func fields(typ reflect.Type, found map[string]bool) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct {
		return
	}
	for f := range typ.NumField() {
		field := typ.Field(f)
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" && name != "-" {
			found[name] = true
		}
		if field.IsExported() {
			fields(field.Type, found)
		}
	}
}

// cut is what stands between two texts on a page.
func cut(t *testing.T, page, after, before string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, after)
	if !found {
		t.Fatalf("there is no %q", after)
	}
	part, _, _ := strings.Cut(rest, before)
	return part
}

// The guide to cloudsim has every field of a seed.
func TestTheGuideHasEveryFieldOfASeed(t *testing.T) {
	t.Parallel()
	page := acctest.Guide(t, "../../..", "cloudsim")
	logins := cut(t, page, "### Logins of Alibaba Cloud", "\n### ")
	for of, seed := range map[string]any{"### SLB": slbfake.Seed{}, "### ALB and NLB": sgfake.Seed{}, "### ELB": elbfake.Seed{}} {
		section := cut(t, page, of, "\n### ")
		if of != "### ELB" {
			section += logins
		}
		hasFields(t, of, section, seed, 30)
	}
	hasFields(t, "health", cut(t, page, "## Health\n", "\n## "), fakecloud.Health{}, 6)
	faults := cut(t, page, "## Faults\n", "\n## ")
	hasFields(t, "faults", faults, fakecloud.Fault{}, 17)
	for _, word := range fakecloud.Deeds() {
		if !strings.Contains(faults, "\n| `"+word+"` |") {
			t.Errorf("no word of a fault that does %s", word)
		}
	}
}

// hasFields wants every field of a type, of which there are so many at least, in a
// section of the page.
func hasFields(t *testing.T, of, section string, typ any, least int) {
	t.Helper()
	names := map[string]bool{}
	fields(reflect.TypeOf(typ), names)
	if len(names) < least {
		t.Errorf("%s has %d fields only", of, len(names))
	}
	for name := range names {
		if !strings.Contains(section, "`"+name+"`") && !strings.Contains(section, "`\""+name+"\": ") {
			t.Errorf("%s: no word of %s", of, name)
		}
	}
}

// The guide to cloudsim has all that the admin page can do and every example; its
// requests work, and are answered as it shows; and its example of a seed is one.
func TestTheGuideShowsTheAdminPage(t *testing.T) {
	t.Parallel()
	page := acctest.Guide(t, "../../..", "cloudsim")
	r := start(t)
	defer r.stop()
	var index map[string]string
	r.call("GET", "/_admin/", "", &index)
	for request := range index {
		if _, path, _ := strings.Cut(request, " "); !strings.Contains(page, "`"+request+"`") && !strings.Contains(page, strings.Replace(path, "/remove", "/add", 1)+"`") {
			t.Errorf("no word of %s", request)
		}
	}
	for line := range strings.Lines(listExamples()) {
		name, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		if row := "| `" + name + "` | " + strings.TrimSpace(what) + " |"; !strings.Contains(page, row) {
			t.Errorf("no row %s", row)
		}
	}
	requests := 0
	for _, transcript := range acctest.CodeBlocks(page, "console") {
		requests += r.plays(transcript)
	}
	for line := range strings.Lines(page) {
		if line, is := strings.CutPrefix(strings.TrimSpace(line), "curl "); is {
			if status, answer := r.curl("curl " + line); status != http.StatusOK {
				t.Errorf("%s: %d %s", line, status, answer)
			}
			requests++
		}
	}
	seeds := acctest.CodeBlocks(page, "json")
	if requests < 18 || len(seeds) != 1 {
		t.Fatalf("%d requests and %d seeds", requests, len(seeds))
	}
	file := filepath.Join(t.TempDir(), "seed.json")
	if err := os.WriteFile(file, []byte(seeds[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	seeded := start(t, "--seed", file)
	defer seeded.stop()
	if got := seeded.weights(); len(got) != 1 || got["rsp-1 i-web-1:8080"] != 50 {
		t.Errorf("the seed comes to %v", got)
	}
}

// plays makes the requests of a transcript, and wants each answered as it shows. It
// returns how many there are.
func (r *running) plays(transcript string) int {
	r.t.Helper()
	requests := strings.Split("\n"+transcript, "\n$ ")[1:]
	for _, request := range requests {
		line, want, _ := strings.Cut(request, "\n")
		if _, got := r.curl(line); strings.TrimSpace(got) != strings.TrimSpace(want) {
			r.t.Errorf("%s\nanswers %s\nand not %s", line, got, want)
		}
	}
	return len(requests)
}
