package tfkit

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// IdentityToken is where a login has the token of an OpenID Connect provider
// from: of its three arguments the one that is configured, else of the
// environment a file, else a text.
type IdentityToken struct {
	Text, File, Variable types.String // as configured
	// Name is the full name of the argument for the text; those of the others
	// begin with it and end in _file and _variable.
	Name string
	// FileEnv and TextEnv are the environment variables, in order of
	// precedence.
	FileEnv, TextEnv []string
}

// Find is the token's setting, with the text or the name of what holds it, and
// a function that reads the token. It has been read once: what is wrong with it
// is the error.
func (t IdentityToken) Find() (setting Setting, read func() (string, error), err error) {
	short := t.Name[strings.LastIndex(t.Name, ".")+1:]
	file := Argument{t.Name + "_file", t.FileEnv}.Of(t.File)
	switch {
	case Given(t.Text):
		setting = Argument{Name: t.Name}.Of(t.Text)
		read = setting.token
	case Given(t.Variable):
		setting = Argument{Name: t.Name + "_variable"}.Of(t.Variable)
		read = setting.readVariable
	case file.Value != "":
		setting, read = file, file.readFile
	default:
		setting = Argument{"one of " + t.Name + ", " + short + "_file and " + short + "_variable",
			slices.Concat(t.FileEnv, t.TextEnv)}.Of(types.StringNull())
		read = setting.token
	}
	if setting.Value != "" {
		_, err = read()
	}
	return setting, read, err
}

// token is the token that a setting is.
func (s Setting) token() (string, error) {
	token := strings.TrimSpace(s.Value)
	if token == "" {
		return "", fmt.Errorf("the token of %s is empty", s.From)
	}
	return token, nil
}

// readVariable reads the environment variable that a setting names.
func (s Setting) readVariable() (string, error) {
	if !variableName.MatchString(s.Value) {
		return "", fmt.Errorf("%s is no name of an environment variable", s.From)
	}
	token := strings.TrimSpace(os.Getenv(s.Value))
	if token == "" {
		return "", fmt.Errorf("%s names the environment variable %s, which is not set, or is empty", s.From, s.Value)
	}
	return token, nil
}

// readFile reads the file that a setting names. It is read anew for each
// login, because who issues tokens renews them.
func (s Setting) readFile() (string, error) {
	data, err := ReadFile(s.Value)
	token := strings.TrimSpace(string(data))
	if err == nil && token == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return "", fmt.Errorf("the file %s of %s cannot be used: %w", s.Value, s.From, err)
	}
	return token, nil
}

// TokenVariable is the schema of the argument that names a variable; token is
// what the variable holds.
func TokenVariable(token string) schema.Attribute {
	return Argument{}.Attribute("Name of the environment variable that holds "+token+", such as `TFC_WORKLOAD_IDENTITY_TOKEN_PROD`: "+
		"capital letters, digits and `_`. It tells apart the tokens of several provider configurations.", CheckVariableName)
}

var variableName = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)

// CheckVariableName is the check of an argument that names an environment
// variable. What it names is sent to the cloud, so it is no more than a name.
func CheckVariableName(s string) error {
	if !variableName.MatchString(s) {
		// It may be the token itself, and is not repeated.
		return errors.New("must be the name of an environment variable: capital letters, digits and _, not beginning with a digit")
	}
	return nil
}
