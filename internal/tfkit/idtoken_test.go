package tfkit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestWhereAnIdentityTokenIsFrom(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"token": "of file\n", "empty": "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := func(s string) types.String { return types.StringValue(strings.ReplaceAll(s, "DIR", dir)) }
	all := map[string]string{"FILE": "DIR/token", "TOKEN": "of TOKEN", "HCP": "of HCP", "MINE": "of MINE\n"}
	for name, tt := range map[string]struct {
		token IdentityToken
		env   map[string]string
		want  string // the token
		from  string
		fault string
	}{
		"text":                      {IdentityToken{Text: text("given")}, all, "given", "c.t", ""},
		"text with a blank":         {IdentityToken{Text: text(" given\n")}, nil, "given", "c.t", ""},
		"text that is blank":        {IdentityToken{}, map[string]string{"TOKEN": " "}, "", "TOKEN", "the token of TOKEN is empty"},
		"file":                      {IdentityToken{File: text("DIR/token")}, all, "of file", "c.t_file", ""},
		"variable":                  {IdentityToken{Variable: text("MINE")}, all, "of MINE", "c.t_variable", ""},
		"file of the environment":   {IdentityToken{}, all, "of file", "FILE", ""},
		"first text":                {IdentityToken{}, map[string]string{"TOKEN": "of TOKEN", "HCP": "of HCP"}, "of TOKEN", "TOKEN", ""},
		"second text":               {IdentityToken{Text: text(""), File: text(""), Variable: text("")}, map[string]string{"HCP": "of HCP"}, "of HCP", "HCP", ""},
		"nothing":                   {IdentityToken{}, nil, "", "", ""},
		"variable that is not set":  {IdentityToken{Variable: text("OTHER")}, all, "", "c.t_variable", "c.t_variable names the environment variable OTHER, which is not set"},
		"variable that is empty":    {IdentityToken{Variable: text("MINE")}, map[string]string{"MINE": " \n"}, "", "c.t_variable", "MINE"},
		"variable by another name":  {IdentityToken{Variable: text("mine")}, map[string]string{"mine": "x"}, "", "c.t_variable", "no name of an environment variable"},
		"file that is not there":    {IdentityToken{File: text("DIR/none")}, all, "", "c.t_file", "DIR/none of c.t_file cannot be used"},
		"file that is empty":        {IdentityToken{}, map[string]string{"FILE": "DIR/empty"}, "", "FILE", "it is empty"},
		"file that is none, of env": {IdentityToken{}, map[string]string{"FILE": "DIR"}, "", "FILE", "FILE cannot be used"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, v := range []string{"FILE", "TOKEN", "HCP", "MINE", "OTHER", "mine"} {
				t.Setenv(v, strings.ReplaceAll(tt.env[v], "DIR", dir))
			}
			tt.token.Name, tt.token.FileEnv, tt.token.TextEnv = "c.t", []string{"FILE"}, []string{"TOKEN", "HCP"}
			setting, read, err := tt.token.Find()
			if (err == nil) != (tt.fault == "") || err != nil && !strings.Contains(strings.ReplaceAll(err.Error(), dir, "DIR"), tt.fault) || setting.From != tt.from {
				t.Errorf("from %q, %v", setting.From, err)
			}
			if got, _ := read(); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if lacks := Incomplete("x", setting); (lacks == "") != (tt.from != "") {
				t.Errorf("%q", lacks)
			}
		})
	}
}

// Who issues tokens renews them in their file.
func TestATokenFileIsReadAnew(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	var read func() (string, error)
	for _, want := range []string{"first", "second"} {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		if read == nil {
			_, read, _ = IdentityToken{File: types.StringValue(file), Name: "c.t"}.Find()
		}
		if got, err := read(); got != want || err != nil {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
}

func TestNamesOfVariables(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{
		"TFC_WORKLOAD_IDENTITY_TOKEN_PROD": true, "_A1": true, "A": true,
		"a": false, "1A": false, "A-B": false, "A B": false, "$A": false, "Ä": false, "A\n": false, "eyJ.hush": false,
	} {
		if err := CheckVariableName(name); (err == nil) != ok || err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: %v", name, err)
		}
	}
}
