package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	ephemeralschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// lab is a provider with one of everything that a schema can hold.
type lab struct{}

func (lab) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "lab"
}

func (lab) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = providerschema.Schema{
		MarkdownDescription: "A *lab*.",
		Attributes: map[string]providerschema.Attribute{
			"owner": providerschema.SingleNestedAttribute{
				Optional:    true,
				Description: "The owner.",
				Attributes: map[string]providerschema.Attribute{
					"name": providerschema.StringAttribute{Optional: true},
				},
			},
		},
		Blocks: map[string]providerschema.Block{
			"cloud": providerschema.SingleNestedBlock{
				MarkdownDescription: "The `cloud`.",
				Attributes: map[string]providerschema.Attribute{
					"region": providerschema.StringAttribute{Optional: true},
					"secret": providerschema.StringAttribute{Optional: true, Sensitive: true},
				},
				Blocks: map[string]providerschema.Block{
					"endpoints": providerschema.SingleNestedBlock{
						Description: "Where it is.",
						Attributes:  map[string]providerschema.Attribute{"web": providerschema.StringAttribute{Optional: true}},
					},
					"label": providerschema.SetNestedBlock{
						NestedObject: providerschema.NestedBlockObject{Attributes: map[string]providerschema.Attribute{
							"text": providerschema.StringAttribute{Required: true},
						}},
					},
				},
			},
		},
	}
}

func (lab) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (lab) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return thing{} }}
}

func (lab) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return things{} }}
}

func (lab) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{func() ephemeral.EphemeralResource { return token{} }}
}

func (lab) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{func() list.ListResource { return thingList{} }}
}

func (lab) Actions(context.Context) []func() action.Action {
	return []func() action.Action{func() action.Action { return kick{} }}
}

func (lab) Functions(context.Context) []func() function.Function {
	return []func() function.Function{func() function.Function { return join{} }}
}

type thing struct{ resource.Resource }

func (thing) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "lab_thing"
}

func (thing) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = resourceschema.Schema{
		Version:            3,
		DeprecationMessage: "Use another thing.",
		Attributes: map[string]resourceschema.Attribute{
			"id":     resourceschema.StringAttribute{Computed: true, MarkdownDescription: "`id`"},
			"weight": resourceschema.Int64Attribute{Optional: true, Computed: true},
			"tags":   resourceschema.SetAttribute{Required: true, ElementType: types.StringType},
			"pass":   resourceschema.StringAttribute{Optional: true, WriteOnly: true},
			"old":    resourceschema.BoolAttribute{Optional: true, DeprecationMessage: "Gone soon."},
			"nodes": resourceschema.MapNestedAttribute{
				Required: true,
				NestedObject: resourceschema.NestedAttributeObject{Attributes: map[string]resourceschema.Attribute{
					"ports": resourceschema.ListAttribute{
						Optional:    true,
						ElementType: types.ObjectType{AttrTypes: map[string]attr.Type{"number": types.Int64Type}},
					},
				}},
			},
		},
		Blocks: map[string]resourceschema.Block{
			"timeouts": resourceschema.SingleNestedBlock{
				MarkdownDescription: "How long.",
				Attributes:          map[string]resourceschema.Attribute{"create": resourceschema.StringAttribute{Optional: true}},
			},
			"rule": resourceschema.ListNestedBlock{
				NestedObject: resourceschema.NestedBlockObject{Attributes: map[string]resourceschema.Attribute{
					"path": resourceschema.StringAttribute{Required: true},
				}},
			},
		},
	}
}

func (thing) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Version: 1,
		Attributes: map[string]identityschema.Attribute{
			"id":     identityschema.StringAttribute{RequiredForImport: true, Description: "The id."},
			"region": identityschema.StringAttribute{OptionalForImport: true},
		},
	}
}

type things struct{ datasource.DataSource }

func (things) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "lab_things"
}

func (things) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = datasourceschema.Schema{Attributes: map[string]datasourceschema.Attribute{
		"names": datasourceschema.ListAttribute{Computed: true, ElementType: types.StringType},
	}}
}

type token struct{ ephemeral.EphemeralResource }

func (token) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "lab_token"
}

func (token) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = ephemeralschema.Schema{Attributes: map[string]ephemeralschema.Attribute{
		"value": ephemeralschema.StringAttribute{Computed: true, Sensitive: true},
	}}
}

type thingList struct{ list.ListResource }

func (thingList) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "lab_thing"
}

func (thingList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = listschema.Schema{Attributes: map[string]listschema.Attribute{
		"group": listschema.StringAttribute{Required: true, Description: "Whose things."},
	}}
}

type kick struct{ action.Action }

func (kick) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = "lab_kick"
}

func (kick) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = actionschema.Schema{
		Description: "Kicks a thing.",
		Attributes:  map[string]actionschema.Attribute{"id": actionschema.StringAttribute{Required: true}},
	}
}

type join struct{ function.Function }

func (join) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "join_things"
}

func (join) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary:             "Join",
		MarkdownDescription: "Joins things.",
		DeprecationMessage:  "Join no more.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "separator", Description: "Between them.", AllowNullValue: true},
		},
		VariadicParameter: function.Int64Parameter{Name: "things"},
		Return:            function.MapReturn{ElementType: types.NumberType},
	}
}
