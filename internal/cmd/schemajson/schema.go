package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// describe is a provider's schema. It asks the provider as Terraform does, by
// the plugin protocol, so that what it prints is what Terraform would see.
func describe(ctx context.Context, p provider.Provider) (providerSchema, error) {
	srv := providerserver.NewProtocol6(p)()
	s, err := srv.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return providerSchema{}, fmt.Errorf("read provider schema: %w", err)
	}
	if err := firstError(s.Diagnostics); err != nil {
		return providerSchema{}, fmt.Errorf("read provider schema: %w", err)
	}
	ids, err := srv.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return providerSchema{}, fmt.Errorf("read identity schemas: %w", err)
	}
	if err := firstError(ids.Diagnostics); err != nil {
		return providerSchema{}, fmt.Errorf("read identity schemas: %w", err)
	}
	return providerSchema{
		Provider:           newSchema(s.Provider),
		Resources:          convert(s.ResourceSchemas, newSchema),
		DataSources:        convert(s.DataSourceSchemas, newSchema),
		EphemeralResources: convert(s.EphemeralResourceSchemas, newSchema),
		ListResources:      convert(s.ListResourceSchemas, newSchema),
		Actions:            convert(s.ActionSchemas, newAction),
		Functions:          convert(s.Functions, newFunction),
		Identities:         convert(ids.IdentitySchemas, newIdentity),
	}, nil
}

// firstError is the first diagnostic that is an error; warnings are none.
func firstError(diags []*tfprotov6.Diagnostic) error {
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return errors.New(d.Summary + ": " + d.Detail)
		}
	}
	return nil
}

func convert[From, To any](in map[string]From, f func(From) To) map[string]To {
	out := make(map[string]To, len(in))
	for name, v := range in {
		out[name] = f(v)
	}
	return out
}

func newSchema(s *tfprotov6.Schema) schema {
	return schema{Version: s.Version, Block: newBlock(s.Block)}
}

func newAction(a *tfprotov6.ActionSchema) actionSchema {
	return actionSchema{Block: newBlock(a.Schema.Block)}
}

func newBlock(b *tfprotov6.SchemaBlock) *block {
	out := &block{
		Attributes:      newAttributes(b.Attributes),
		Description:     b.Description,
		DescriptionKind: kind(b.DescriptionKind),
		Deprecated:      b.Deprecated,
	}
	if len(b.BlockTypes) > 0 {
		out.Blocks = make(map[string]nestedBlock, len(b.BlockTypes))
	}
	for _, n := range b.BlockTypes {
		out.Blocks[n.TypeName] = nestedBlock{
			Nesting:  blockNesting[n.Nesting],
			Block:    newBlock(n.Block),
			MinItems: n.MinItems,
			MaxItems: n.MaxItems,
		}
	}
	return out
}

// newAttributes converts attributes. One that is required although its schema
// cannot say so says it in its description.
func newAttributes(in []*tfprotov6.SchemaAttribute) map[string]attribute {
	out := make(map[string]attribute, len(in))
	for _, a := range in {
		o := attribute{
			Type:            a.Type,
			Description:     a.Description,
			DescriptionKind: kind(a.DescriptionKind),
			Deprecated:      a.Deprecated,
			Required:        a.Required,
			Optional:        a.Optional,
			Computed:        a.Computed,
			Sensitive:       a.Sensitive,
			WriteOnly:       a.WriteOnly,
		}
		if text, required := strings.CutPrefix(o.Description, tfkit.RequiredText); required {
			o.Description, o.Required, o.Optional, o.Computed = text, true, false, false
		}
		if n := a.NestedType; n != nil {
			o.Nested = &nestedType{Attributes: newAttributes(n.Attributes), Nesting: objectNesting[n.Nesting]}
		}
		out[a.Name] = o
	}
	return out
}

func newFunction(f *tfprotov6.Function) signature {
	out := signature{
		Description:        f.Description,
		Summary:            f.Summary,
		DeprecationMessage: f.DeprecationMessage,
		Return:             f.Return.Type,
	}
	for _, p := range f.Parameters {
		out.Parameters = append(out.Parameters, newParameter(p))
	}
	if f.VariadicParameter != nil {
		v := newParameter(f.VariadicParameter)
		out.Variadic = &v
	}
	return out
}

func newParameter(p *tfprotov6.FunctionParameter) parameter {
	return parameter{Name: p.Name, Description: p.Description, Nullable: p.AllowNullValue, Type: p.Type}
}

func newIdentity(s *tfprotov6.ResourceIdentitySchema) identity {
	out := identity{Version: s.Version, Attributes: map[string]identityAttribute{}}
	for _, a := range s.IdentityAttributes {
		out.Attributes[a.Name] = identityAttribute{
			Type:              a.Type,
			Description:       a.Description,
			RequiredForImport: a.RequiredForImport,
			OptionalForImport: a.OptionalForImport,
		}
	}
	return out
}

func kind(k tfprotov6.StringKind) string {
	if k == tfprotov6.StringKindMarkdown {
		return "markdown"
	}
	return "plain"
}

var blockNesting = map[tfprotov6.SchemaNestedBlockNestingMode]string{
	tfprotov6.SchemaNestedBlockNestingModeSingle: "single",
	tfprotov6.SchemaNestedBlockNestingModeGroup:  "group",
	tfprotov6.SchemaNestedBlockNestingModeList:   "list",
	tfprotov6.SchemaNestedBlockNestingModeSet:    "set",
	tfprotov6.SchemaNestedBlockNestingModeMap:    "map",
}

var objectNesting = map[tfprotov6.SchemaObjectNestingMode]string{
	tfprotov6.SchemaObjectNestingModeSingle: "single",
	tfprotov6.SchemaObjectNestingModeList:   "list",
	tfprotov6.SchemaObjectNestingModeSet:    "set",
	tfprotov6.SchemaObjectNestingModeMap:    "map",
}
