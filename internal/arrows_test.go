// Package internal_test holds the rules of which folder may import which. The
// folders are found, so that another cloud, adapter or fake needs no rule.
package internal_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/cloudlb/terraform-provider-cloudlb"

// floors are the folders from the top down, each with all that it may import: of
// the module the folders that are listed, and of others hashicorp's, if that is
// listed, the SDKs of clouds, and so on (see kind). In a pattern * is a part of a
// path, @ is the cloud that the importing folder is of, /... is the folder and all
// below it, and ! takes back. The standard library and what is in the same room
// may be imported everywhere. A folder is of the first floor that its path fits.
var floors = []floor{
	{".", "internal/provider hashicorp", ""},
	{"internal", "", ""},
	{"internal/cmd/...", "internal/... !internal/acctest/... log hashicorp", "internal/acctest"},
	// The list of the simulated clouds, for acceptance tests and programs.
	{"internal/stages/...", "internal/cloud/*/*fake internal/fakecloud/...", ""},
	{"internal/acceptance/...", "internal/... log hashicorp testing", ""},
	{"internal/acctest/...", "internal/... log hashicorp testing", ""},
	{"internal/provider/...", "internal/cloud/* internal/tfkit internal/split internal/membership x log hashicorp", "internal/... testing"},

	{"internal/cloud/*", "internal/cloud/@/* !internal/cloud/@/*fake internal/tfkit internal/apikit internal/membership x log hashicorp",
		"internal/cloud/@/*fake internal/provider internal/membership/... internal/fakecloud/... internal/acctest testing"},
	// A fake that shares the SDK's or the adapter's code shares its misreading. Of
	// the cloud it may know another fake: that of the gateway before its product.
	{"internal/cloud/*/*fake/...", "internal/cloud/@/*fake internal/fakecloud/...", "sdk"},
	// An adapter, apart from other adapters, and below it the rooms of calls and
	// logins.
	{"internal/cloud/*/*/...", "internal/cloud/@/*/... !internal/cloud/@/*fake/... !internal/cloud/@/*api/... " +
		"internal/apikit internal/membership x log sdk",
		"internal/cloud/@/*/... internal/membership/... internal/apikit/... internal/fakecloud/..."},

	{"internal/tfkit/...", "internal/membership x log hashicorp", "internal/membership/..."},
	{"internal/apikit/...", "internal/membership x log", ""},
	{"internal/fakecloud/...", "", ""},
	{"internal/membership/...", "", ""},
	{"internal/split", "", ""},
	// The tests of Terraform modules.
	{"modules", "", "internal/acctest"},
}

type floor struct {
	folder string
	all    string // what every file may import
	tests  string // what tests may import besides
}

// source is a file, and what it imports.
type source struct {
	folder  string // in the module
	name    string
	imports []string
}

func (s source) isTest() bool { return strings.HasSuffix(s.name, "_test.go") }

// wrong says what is wrong with the imports of files, in order.
func wrong(files []source) []string {
	var found []string
	clouds := map[string]map[string]bool{} // by SDK
	for _, f := range files {
		i := slices.IndexFunc(floors, func(l floor) bool { return fits(l.folder, f.folder, "") })
		if i < 0 {
			found = append(found, f.folder+" is on no floor")
			continue
		}
		cloud := cloudOf(f.folder)
		for _, p := range f.imports {
			if why := floors[i].refuses(f, cloud, p); why != "" {
				found = append(found, fmt.Sprintf("%s imports %s: %s", path.Join(f.folder, f.name), p, why))
			}
			if kind(p) == "sdk" {
				sdk := strings.Join(strings.SplitN(p, "/", 4)[:3], "/")
				if clouds[sdk] == nil {
					clouds[sdk] = map[string]bool{}
				}
				clouds[sdk][cloud] = true
			}
		}
	}
	for _, sdk := range slices.Sorted(maps.Keys(clouds)) {
		if who := slices.Sorted(maps.Keys(clouds[sdk])); len(who) > 1 {
			found = append(found, sdk+" is imported by more than one cloud: "+strings.Join(who, ", "))
		}
	}
	return found
}

// refuses says why a file may not import something; "" where it may.
func (l floor) refuses(f source, cloud, imported string) string {
	to := kind(imported)
	if to == "ours" {
		to = strings.TrimPrefix(imported, module+"/")
	}
	allows := func(list string) (allowed bool) {
		for _, pattern := range strings.Fields(list) {
			pattern, not := strings.CutPrefix(pattern, "!")
			if fits(pattern, to, cloud) {
				allowed = !not
			}
		}
		return allowed
	}
	if to == "std" || room(to) == room(f.folder) || allows(l.all) || f.isTest() && allows(l.tests) {
		return ""
	}
	return "not for " + l.folder
}

// room is a folder with all below it: of a cloud that of its adapter, fake and
// so on.
func room(folder string) string {
	n := 2
	if strings.HasPrefix(folder, "internal/cloud/") {
		n = 4
	}
	parts := strings.Split(folder, "/")
	return strings.Join(parts[:min(n, len(parts))], "/")
}

// kind is what an import is that is not the module's.
func kind(imported string) string {
	host, _, _ := strings.Cut(imported, "/")
	switch {
	case strings.HasPrefix(imported, module+"/"):
		return "ours"
	case !strings.Contains(host, "."):
		return "std"
	case host == "golang.org":
		return "x"
	case strings.HasPrefix(imported, "github.com/hashicorp/terraform-plugin-log/"):
		return "log"
	case strings.HasPrefix(imported, "github.com/hashicorp/terraform-plugin-testing/"):
		return "testing"
	case strings.HasPrefix(imported, "github.com/hashicorp/"):
		return "hashicorp"
	}
	return "sdk" // of some cloud
}

// cloudOf is the cloud that a folder is of, if any.
func cloudOf(folder string) string {
	rest, ok := strings.CutPrefix(folder, "internal/cloud/")
	if !ok {
		return ""
	}
	cloud, _, _ := strings.Cut(rest, "/")
	return cloud
}

// fits tells whether a folder or a kind fits a pattern of the floors.
func fits(pattern, folder, cloud string) bool {
	if cloud != "" {
		pattern = strings.ReplaceAll(pattern, "@", cloud)
	}
	pattern, below := strings.CutSuffix(pattern, "/...")
	parts, want := strings.Split(folder, "/"), strings.Split(pattern, "/")
	if len(parts) < len(want) || len(parts) > len(want) && !below {
		return false
	}
	for i, w := range want {
		if ok, err := path.Match(w, parts[i]); err != nil || !ok {
			return false
		}
	}
	return true
}

// sources are the Go files of the module.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := fs.WalkDir(os.DirFS(".."), ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if _, err := os.Stat(filepath.Join("..", p, "go.mod")); err == nil && p != "." || d.Name() == "testdata" ||
				strings.HasPrefix(d.Name(), ".") && p != "." {
				return fs.SkipDir // another module, or no code
			}
			return nil
		case path.Ext(p) != ".go":
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", p), nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		s := source{folder: path.Dir(p), name: path.Base(p)}
		for _, i := range file.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, imported)
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestArrowsPointDown(t *testing.T) {
	t.Parallel()
	all := sources(t)
	for _, problem := range wrong(all) {
		t.Error(problem)
	}
	for _, must := range []string{".", "internal/provider", "internal/membership", "internal/cloud/alicloud/slbapi", "internal/cloud/huaweicloud/elbfake"} {
		if !slices.ContainsFunc(all, func(s source) bool { return s.folder == must }) {
			t.Errorf("nothing was found in %s", must)
		}
	}
}

// The rules bite: a wrong import of each kind is found, in a cloud that no rule
// names too, and the right ones are not.
func TestWrongArrowsAreFound(t *testing.T) {
	t.Parallel()
	const (
		tencent, sdk = "internal/cloud/tencentcloud", "github.com/tencentcloud/tencentcloud-sdk-go/clb"
		framework    = "github.com/hashicorp/terraform-plugin-framework/resource"
		testing      = "github.com/hashicorp/terraform-plugin-testing/helper/resource"
		log          = "github.com/hashicorp/terraform-plugin-log/tflog"
	)
	for _, row := range []struct {
		from    string // folder/file
		imports string
		right   bool
	}{
		{"main.go", module + "/internal/provider", true},
		{"main.go", module + "/internal/tfkit", false},
		{"internal/provider/x.go", module + "/" + tencent, true},
		{"internal/provider/x.go", module + "/" + tencent + "/clbapi", false},
		{"internal/provider/x.go", module + "/" + tencent + "/clbfake", false},
		{"internal/provider/x_test.go", module + "/" + tencent + "/clbfake", true},
		{"internal/provider/x.go", module + "/internal/acctest", false},
		{"internal/provider/x.go", testing, false},
		{"internal/provider/x_test.go", testing, true},

		{tencent + "/x.go", module + "/" + tencent + "/clbapi", true},
		{tencent + "/x.go", module + "/" + tencent + "/camlogin", true},
		{tencent + "/x.go", module + "/" + tencent + "/clbfake", false},
		{tencent + "/x_test.go", module + "/" + tencent + "/clbfake", true},
		{tencent + "/x.go", module + "/internal/tfkit", true},
		{tencent + "/x.go", module + "/internal/provider", false},
		{tencent + "/x.go", framework, true},
		{tencent + "/x.go", sdk, false},
		{tencent + "/x_test.go", sdk, false},
		{tencent + "/x.go", module + "/internal/cloud/huaweicloud", false},
		{tencent + "/x.go", module + "/internal/cloud/huaweicloud/elbapi", false},
		{tencent + "/x_test.go", module + "/internal/cloud/huaweicloud/elbfake", false},
		{tencent + "/x.go", module + "/internal/fakecloud", false},

		{tencent + "/clbapi/x.go", sdk, true},
		{tencent + "/clbapi/x.go", log, true},
		{tencent + "/clbapi/x.go", framework, false},
		{tencent + "/clbapi/x.go", module + "/internal/apikit", true},
		{tencent + "/clbapi/x.go", module + "/internal/membership", true},
		{tencent + "/clbapi/x.go", module + "/internal/tfkit", false},
		{tencent + "/clbapi/x.go", module + "/" + tencent, false},
		{tencent + "/clbapi/x.go", module + "/" + tencent + "/camlogin", true},
		{tencent + "/clbapi/x.go", module + "/" + tencent + "/gwlbapi", false},
		{tencent + "/clbapi/x.go", module + "/" + tencent + "/clbfake", false},
		{tencent + "/clbapi/x_test.go", module + "/" + tencent + "/clbfake", true},
		{tencent + "/clbapi/x_test.go", module + "/internal/membership/grouptest", true},
		{tencent + "/clbapi/x.go", module + "/internal/membership/grouptest", false},
		{tencent + "/clbapi/x.go", module + "/internal/cloud/alicloud/acs", false},
		{tencent + "/camlogin/x.go", sdk, true},
		{tencent + "/camlogin/x.go", module + "/" + tencent + "/clbapi", false},
		{tencent + "/camlogin/x_test.go", module + "/" + tencent + "/clbapi", true},
		{tencent + "/camlogin/x_test.go", module + "/internal/apikit/keystest", true},

		{tencent + "/clbfake/x.go", module + "/internal/fakecloud", true},
		{tencent + "/clbfake/x.go", sdk, false},
		{tencent + "/clbfake/x_test.go", sdk, true},
		{tencent + "/clbfake/x.go", module + "/" + tencent + "/clbapi", false},
		{tencent + "/clbfake/x_test.go", module + "/" + tencent + "/clbapi", false},
		{tencent + "/clbfake/x.go", module + "/internal/membership", false},
		{tencent + "/clbfake/x.go", module + "/" + tencent + "/camfake", true},
		{tencent + "/clbfake/x.go", module + "/" + tencent + "/camlogin", false},
		{tencent + "/clbfake/x.go", module + "/internal/cloud/alicloud/acsfake", false},

		{"internal/tfkit/x.go", module + "/internal/membership", true},
		{"internal/tfkit/x.go", framework, true},
		{"internal/tfkit/x.go", module + "/internal/apikit", false},
		{"internal/tfkit/x_test.go", module + "/internal/fakecloud", false},
		{"internal/apikit/x.go", module + "/internal/membership", true},
		{"internal/apikit/x.go", "golang.org/x/sync/errgroup", true},
		{"internal/apikit/x.go", log, true},
		{"internal/apikit/x.go", framework, false},
		{"internal/apikit/x.go", sdk, false},
		{"internal/membership/x.go", "net/http", true},
		{"internal/membership/x.go", "golang.org/x/sync/errgroup", false},
		{"internal/membership/x.go", log, false},
		{"internal/membership/x.go", module + "/internal/apikit", false},
		{"internal/fakecloud/x_test.go", module + "/internal/membership", false},
		{"internal/fakecloud/x.go", sdk, false},
		{"internal/cmd/bench/x.go", module + "/" + tencent + "/clbfake", true},
		{"internal/cmd/bench/x.go", sdk, false},
		{"internal/cmd/bench/x.go", module + "/internal/acctest", false},
		{"internal/cmd/bench/x_test.go", module + "/internal/acctest", true},
		{"internal/acctest/x.go", testing, true},
		{"internal/provider/x.go", module + "/internal/split", true},
		{"internal/split/x.go", module + "/internal/membership", false},
		{"internal/split/x.go", framework, false},
		{"modules/x_test.go", module + "/internal/acctest", true},
		{"modules/x_test.go", module + "/internal/provider", false},
		{"internal/elsewhere/x.go", "fmt", false},
	} {
		found := wrong([]source{{path.Dir(row.from), path.Base(row.from), []string{row.imports}}})
		if (len(found) == 0) != row.right {
			t.Errorf("%s imports %s: %q, want right %t", row.from, row.imports, found, row.right)
		}
	}
	two := []source{{tencent + "/clbapi", "x.go", []string{sdk}}, {"internal/cloud/alicloud/slbapi", "x.go", []string{sdk}}}
	if found := wrong(two); len(found) != 1 {
		t.Errorf("one SDK in two clouds: %q", found)
	}
}
