package main

import (
	"context"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"

	cloudlb "github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// demanding has attributes that are required, and whose schema cannot say so.
type demanding struct{ lab }

func (demanding) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return demandingThing{} }}
}

type demandingThing struct{ thing }

func (demandingThing) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema.Attributes = map[string]resourceschema.Attribute{
		"nodes": resourceschema.MapNestedAttribute{
			Required: true,
			NestedObject: resourceschema.NestedAttributeObject{Attributes: map[string]resourceschema.Attribute{
				"name": resourceschema.StringAttribute{Optional: true, Computed: true, MarkdownDescription: tfkit.RequiredText + "Its name."},
				"note": resourceschema.StringAttribute{Optional: true, MarkdownDescription: "A note. Required. It is not."},
			}},
		},
	}
}

func TestWhatIsRequiredIsShownAsRequired(t *testing.T) {
	t.Parallel()
	s, err := describe(t.Context(), demanding{})
	if err != nil {
		t.Fatal(err)
	}
	nested := s.Resources["lab_thing"].Block.Attributes["nodes"].Nested.Attributes
	if a := nested["name"]; !a.Required || a.Optional || a.Computed || a.Description != "Its name." {
		t.Errorf("an attribute that is required is shown as %+v", a)
	}
	if a := nested["note"]; a.Required || !a.Optional || a.Description != "A note. Required. It is not." {
		t.Errorf("an attribute that is optional is shown as %+v", a)
	}
}

// secret is what the names of secrets have in them; what ends in notSecret
// only says where one is.
var (
	secret    = regexp.MustCompile(`(^|_)(password|secret|secret_key|access_key|token|credentials_uri)($|_)`)
	notSecret = regexp.MustCompile(`_(file|variable)$`)
)

// Everything that a user of the provider may write has a description, and
// what may be a secret is never shown.
func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	s, err := describe(t.Context(), cloudlb.New("test")())
	if err != nil {
		t.Fatal(err)
	}
	secrets := 0
	var attributes func(at string, all map[string]attribute)
	attributes = func(at string, all map[string]attribute) {
		for name, a := range all {
			here := at + "." + name
			if a.Description == "" {
				t.Errorf("%s has no description", here)
			}
			if secret.MatchString(name) && !notSecret.MatchString(name) {
				if secrets++; !a.Sensitive {
					t.Errorf("%s is not sensitive", here)
				}
			}
			if a.Nested != nil {
				attributes(here, a.Nested.Attributes)
			}
		}
	}
	var blocks func(at string, b *block)
	blocks = func(at string, b *block) {
		if b.Description == "" {
			t.Errorf("%s has no description", at)
		}
		attributes(at, b.Attributes)
		for name, inner := range b.Blocks {
			blocks(at+"."+name, inner.Block)
		}
	}
	blocks("provider", s.Provider.Block)
	for _, all := range []map[string]schema{s.Resources, s.DataSources, s.ListResources} {
		for name, one := range all {
			blocks(name, one.Block)
		}
	}
	for name, one := range s.Actions {
		blocks(name, one.Block)
	}
	if secrets < 10 {
		t.Errorf("only %d secrets found", secrets)
	}
}

var _ provider.Provider = demanding{}
