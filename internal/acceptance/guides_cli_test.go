package acceptance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

// pages are the pages that people write, by their path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../templates/guides/*.md")
	if err != nil || len(files) < 10 {
		t.Fatalf("%v: %v", files, err)
	}
	all := map[string]string{}
	for _, file := range append(files, "../../templates/index.md.tmpl") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[file] = string(text)
	}
	return all
}

const others = `(alicloud|huaweicloud|opentelekomcloud)`

var (
	// What no `terraform validate` of Terraform 1.11 takes: actions, lists, import by
	// identity, tests. So does an excerpt that leaves something out.
	notValidated    = regexp.MustCompile(`(?m)^ *(action|list|mock_provider|run) |action_trigger|identity = \{|^ +# \.\.\.$`)
	ofOthers        = regexp.MustCompile(`^` + others + `\b|^` + others + `_`)
	referenceToThem = regexp.MustCompile(`(^|[^\w."])(data\.)?` + others + `_\w+\.\w+(\.\w+|\[[^\]]*\])*`)
	given           = regexp.MustCompile(`\b(var|local)\.(\w+)`)
)

// module is a block of code as a module, and what the root has of it: the call, and
// its imports.
func module(t *testing.T, block, name string) (code, root string) {
	t.Helper()
	file, diags := hclwrite.ParseConfig([]byte(block), name, hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, block)
	}
	call := fmt.Sprintf("module %q {\n  source = \"./guides/%s\"\n", name, name)
	for _, b := range file.Body().Blocks() {
		text := func(name string) string {
			return strings.TrimSpace(string(b.Body().GetAttribute(name).Expr().BuildTokens(nil).Bytes()))
		}
		switch b.Type() {
		case "resource", "data", "provider":
			if !ofOthers.MatchString(b.Labels()[0]) {
				continue
			}
		case "removed":
			if !ofOthers.MatchString(text("from")) {
				continue
			}
		case "import":
			if b.Body().GetAttribute("for_each") != nil {
				break // what it is for is the configuration's
			}
			root += fmt.Sprintf("import {\n  to = module.%s.%s\n  id = %s\n}\n", name, text("to"), text("id"))
		case "variable":
			if b.Body().GetAttribute("default") == nil {
				call += "  " + b.Labels()[0] + " = var.given\n"
			}
			continue
		default:
			continue
		}
		file.Body().RemoveBlock(b)
	}
	lines := strings.Split(string(file.Bytes()), "\n")
	for i, line := range lines {
		if !strings.HasPrefix(strings.TrimSpace(line), "from ") {
			lines[i] = referenceToThem.ReplaceAllString(line, "${1}var.given")
		}
	}
	code = strings.ReplaceAll(strings.Join(lines, "\n"), "git::https://github.com/cloudlb/terraform-provider-cloudlb.git//", "../../")
	code = strings.ReplaceAll(code, `version = "~> 1.0"`, "") // the mirror has another
	if !strings.Contains(code, "required_providers") {
		code = acctest.Required + code
	}
	return code + declarations(code), call + "}\n" + root
}

// declarations declare what a block takes from the configuration around it.
func declarations(code string) string {
	var all strings.Builder
	seen := map[string]bool{}
	for _, m := range given.FindAllStringSubmatch(code, -1) {
		kind, name := m[1], m[2]
		switch {
		case seen[m[0]]:
		case kind == "var" && !strings.Contains(code, `variable "`+name+`"`):
			fmt.Fprintf(&all, "variable %q {\n  default = null\n}\n", name)
		case kind == "local" && !strings.Contains(code, "locals {"):
			fmt.Fprintf(&all, "variable \"of_%[1]s\" {\n  default = null\n}\nlocals {\n  %[1]s = var.of_%[1]s\n}\n", name)
		}
		seen[m[0]] = true
	}
	return all.String()
}

// Every block of code on a page is valid, as the CLI and the provider see it: what
// it takes from the configuration around it is declared, and what is another
// provider's is a variable.
func TestAccCLIGuidesAreValid(t *testing.T) {
	t.Parallel()
	cli := acctest.NewCLI(t)
	cli.UseMirror()
	cli.CopyTree("../..", "modules")
	var main strings.Builder
	main.WriteString(acctest.Required + "variable \"given\" {\n  default = null\n}\n")
	n := 0
	for file, page := range pages(t) {
		for i, block := range acctest.CodeBlocks(page, "terraform") {
			if notValidated.MatchString(block) {
				continue
			}
			name := fmt.Sprintf("%s_%d", strings.TrimSuffix(strings.TrimSuffix(filepath.Base(file), ".tmpl"), ".md"), i+1)
			code, root := module(t, block, name)
			cli.Write("guides/"+name+"/main.tf", code)
			main.WriteString(root)
			n++
		}
	}
	cli.Write("main.tf", main.String())
	cli.Run("init")
	if out, code := cli.Try("validate"); code != 0 {
		t.Errorf("the guides' examples are not valid:\n%s", out)
	}
	t.Logf("%d blocks", n)
}

var (
	aLink    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	aHeading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	noAnchor = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// Every link from one page to another leads to a page, and to a heading on it.
func TestLinksOfThePages(t *testing.T) {
	t.Parallel()
	links, shown := 0, map[string]bool{}
	err := filepath.WalkDir("../../docs", func(file string, e os.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".md" {
			return err
		}
		text, err := os.ReadFile(file)
		for _, m := range aLink.FindAllStringSubmatch(string(text), -1) {
			link, anchor, _ := strings.Cut(m[1], "#")
			if picture, is := strings.CutPrefix(link, inTheRepository); is {
				shown[picture] = true
			}
			if strings.Contains(link, "://") {
				continue
			}
			links++
			to := filepath.Join(filepath.Dir(file), link)
			if link == "" {
				to = file
			}
			page, err := os.ReadFile(to)
			if err != nil {
				t.Errorf("%s: link to %s: %v", file, m[1], err)
				continue
			}
			headings := map[string]bool{"": true}
			for _, h := range aHeading.FindAllStringSubmatch(string(page), -1) {
				headings[strings.ReplaceAll(noAnchor.ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-")] = true
			}
			if !headings[anchor] && !strings.Contains(string(page), `id="`+anchor+`"`) {
				t.Errorf("%s: link to %s: there is no such heading", file, m[1])
			}
		}
		return err
	})
	if err != nil || links < 20 {
		t.Errorf("%d links: %v", links, err)
	}
	checkPictures(t, shown)
}

// inTheRepository is where the registry finds a page's pictures.
const inTheRepository = "https://raw.githubusercontent.com/cloudlb/terraform-provider-cloudlb/main/"

// checkPictures checks that the pictures which pages show are there, as people see
// them who read at night or cannot see.
func checkPictures(t *testing.T, shown map[string]bool) {
	t.Helper()
	if len(shown) < 4 {
		t.Errorf("pages show %v", shown)
	}
	for picture := range shown {
		svg, err := os.ReadFile("../../" + picture)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, part := range []string{"<title ", "<desc ", "prefers-color-scheme:dark"} {
			if !strings.Contains(string(svg), part) {
				t.Errorf("%s has no %s", picture, part)
			}
		}
	}
}

// Every page of a resource has what a reader of the registry looks for there.
func TestPagesOfResources(t *testing.T) {
	t.Parallel()
	of := regexp.MustCompile
	every := map[string]*regexp.Regexp{
		"subcategory":                  of(`(?m)^subcategory: "(Alibaba|Huawei) Cloud [A-Z]+"$`),
		"word on what a destroy reads": of(`draining\.md#what-does-a-destroy-go-by`),
		"import with a region":         of(`identity = \{[^}]*\n +region +=`),
		"import by id":                 of(`(?m)^  id = "`),
	}
	single := map[string]*regexp.Regexp{
		"member that is created before it is destroyed": of(`adopt_existing += true\n\n  lifecycle \{\n    create_before_destroy = true`),
	}
	set := map[string]*regexp.Regexp{"word on servers": of("need `create_before_destroy`")}
	exclusive := of(`(?m)^ +exclusive +=`)
	for _, k := range stages.Kinds() {
		for kind, more := range map[string]map[string]*regexp.Regexp{k.Single: single, k.Set: set} {
			page, err := os.ReadFile("../../docs/resources/" + strings.TrimPrefix(kind, "cloudlb_") + ".md")
			if err != nil {
				t.Fatal(err)
			}
			for _, has := range []map[string]*regexp.Regexp{every, more} {
				for what, pattern := range has {
					if !pattern.Match(page) {
						t.Errorf("%s: the page has no %s", kind, what)
					}
				}
			}
			if first := acctest.CodeBlocks(string(page), "terraform")[0]; exclusive.MatchString(first) || !strings.Contains(first, kind) {
				t.Errorf("%s: the first example is not an additive one of it:\n%s", kind, first)
			}
		}
	}
}
