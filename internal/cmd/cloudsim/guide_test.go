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
		names := map[string]bool{}
		fields(reflect.TypeOf(seed), names)
		if len(names) < 30 {
			t.Errorf("%s has %d fields only", of, len(names))
		}
		for name := range names {
			if !strings.Contains(section, "`"+name+"`") {
				t.Errorf("%s: no word of %s", of, name)
			}
		}
	}
}

// The guide to cloudsim has all that the admin page can do; its examples of that
// work, and its example of a seed is one.
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
	posts := 0
	for line := range strings.SplitSeq(page, "\n") {
		body, url, is := strings.Cut(strings.TrimPrefix(line, "curl -d '"), "' http://127.0.0.1:8181")
		if !is {
			continue
		}
		if code := r.call("POST", url, body, nil); code != http.StatusOK {
			t.Errorf("%s: %d", line, code)
		}
		posts++
	}
	seeds := acctest.CodeBlocks(page, "json")
	if posts < 4 || len(seeds) != 1 {
		t.Fatalf("%d posts and %d seeds", posts, len(seeds))
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
