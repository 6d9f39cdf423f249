// Oldprovider stands in for the providers whose members move here, in acceptance
// tests: it has the schemas of their resources, which Terraform wants to see, and
// refuses to change anything. Which of them it is its own name says, as
// in terraform-provider-alicloud.
package main

import (
	"context"
	"log"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func main() {
	name := strings.TrimPrefix(filepath.Base(os.Args[0]), "terraform-provider-")
	err := providerserver.Serve(context.Background(), func() provider.Provider { return old{name} }, providerserver.ServeOpts{
		Address: "registry.terraform.io/hashicorp/" + name, ProtocolVersion: 6,
	})
	if err != nil {
		log.Fatal(err)
	}
}

// kinds are the resource types by what they have. Whether an attribute is
// optional or computed does not matter to a move.
var kinds = map[string]schema.Schema{
	"alicloud_slb_backend_server": {
		Attributes: attributes("id load_balancer_id", "", "delete_protection_validation"),
		Blocks: map[string]schema.Block{
			"backend_servers": schema.SetNestedBlock{NestedObject: schema.NestedBlockObject{Attributes: attributes("server_id server_ip type", "weight", "")}},
			"timeouts":        timeouts,
		},
	},
	"alicloud_slb_attachment": {Attributes: with(attributes("id load_balancer_id server_type backend_servers", "weight", "delete_protection_validation"),
		"instance_ids", schema.SetAttribute{ElementType: types.StringType, Optional: true})},
	"alicloud_slb_server_group_server_attachment": {
		Attributes: attributes("id server_group_id server_id type description", "port weight", ""),
		Blocks:     map[string]schema.Block{"timeouts": timeouts},
	},
	"alicloud_slb_server_group": {Attributes: with(attributes("id load_balancer_id name", "", ""),
		"servers", schema.SetAttribute{Optional: true, Computed: true, ElementType: types.ObjectType{AttrTypes: map[string]attr.Type{
			"server_ids": types.ListType{ElemType: types.StringType}, "port": types.Int64Type, "weight": types.Int64Type, "type": types.StringType,
		}}})},
	"alicloud_nlb_server_group_server_attachment": {
		Attributes: attributes("id server_group_id server_id server_ip server_type description zone_id status", "port weight", ""),
		Blocks:     map[string]schema.Block{"timeouts": timeouts},
	},
	// Its members are blocks that are not computed: what is there and not listed is
	// planned for removal.
	"alicloud_alb_server_group": {
		Attributes: attributes("id server_group_name vpc_id protocol", "", ""),
		Blocks: map[string]schema.Block{
			"health_check_config": schema.SetNestedBlock{NestedObject: schema.NestedBlockObject{Attributes: attributes("", "", "health_check_enabled")}},
			"servers": schema.SetNestedBlock{NestedObject: schema.NestedBlockObject{
				Attributes: attributes("server_id server_type server_ip description", "port weight", "")}},
		},
	},
	"alicloud_vpc":                {Attributes: attributes("id", "", "")},
	"alicloud_instance":           {Attributes: attributes("id", "", "")},
	"huaweicloud_elb_member":      member,
	"sbercloud_elb_member":        member,
	"g42cloud_elb_member":         member,
	"flexibleengine_lb_member_v3": member,
	"opentelekomcloud_lb_member_v3": {
		Attributes: attributes("id pool_id member_id address name project_id subnet_id operating_status ip_version", "protocol_port weight", ""),
	},
}

var timeouts = schema.SingleNestedBlock{Attributes: attributes("create update delete", "", "")}

var reasons = types.ListType{ElemType: types.ObjectType{AttrTypes: map[string]attr.Type{"reason_code": types.StringType}}}

var member = schema.Schema{
	Attributes: with(with(
		attributes("id region pool_id name address subnet_id instance_id ip_version member_type operating_status created_at updated_at",
			"protocol_port weight", ""),
		"reason", schema.ListAttribute{Computed: true, ElementType: reasons.ElemType}),
		"status", schema.ListAttribute{Computed: true, ElementType: types.ObjectType{AttrTypes: map[string]attr.Type{
			"listener_id": types.StringType, "operating_status": types.StringType, "reason": reasons,
		}}}),
	Blocks: map[string]schema.Block{"timeouts": timeouts},
}

func attributes(texts, numbers, bools string) map[string]schema.Attribute {
	all := map[string]schema.Attribute{}
	for _, name := range strings.Fields(texts) {
		all[name] = schema.StringAttribute{Optional: true, Computed: true}
	}
	for _, name := range strings.Fields(numbers) {
		all[name] = schema.Int64Attribute{Optional: true, Computed: true}
	}
	for _, name := range strings.Fields(bools) {
		all[name] = schema.BoolAttribute{Optional: true}
	}
	return all
}

func with(all map[string]schema.Attribute, name string, a schema.Attribute) map[string]schema.Attribute {
	all = maps.Clone(all)
	all[name] = a
	return all
}

type old struct{ name string }

func (o old) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = o.name
}

func (old) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (old) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (old) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (o old) Resources(context.Context) (all []func() resource.Resource) {
	for kind := range kinds {
		if strings.HasPrefix(kind, o.name+"_") {
			all = append(all, func() resource.Resource { return oldResource{kind} })
		}
	}
	return all
}

type oldResource struct{ kind string }

func (r oldResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.kind
}

func (r oldResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = kinds[r.kind]
}

func (oldResource) Create(_ context.Context, _ resource.CreateRequest, resp *resource.CreateResponse) {
	resp.Diagnostics.AddError("Created by the old provider", "")
}

// Read finds everything as it was. OpenTofu refreshes what a removed block lets go
// of; what moves, nobody reads.
func (oldResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (oldResource) Update(_ context.Context, _ resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.Diagnostics.AddError("Changed by the old provider", "")
}

func (oldResource) Delete(_ context.Context, _ resource.DeleteRequest, resp *resource.DeleteResponse) {
	resp.Diagnostics.AddError("Destroyed by the old provider", "")
}
