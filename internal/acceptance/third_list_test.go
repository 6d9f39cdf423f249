package acceptance_test

import (
	"context"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// The things of the attic are listed by their shelf, or by their name on whichever
// shelf they are. Of the two shelves that it finds then, one has gone.
func (r *atticMember) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = tfkit.ListBlock{
		Of: "a shelf", Group: "shelf", Object: "shelf", Shown: "box-1 (shelf-1)", Or: "server",
		Filters: map[string]schema.Attribute{"server": schema.StringAttribute{Optional: true}},
	}.Schema()
}

func (r *atticMember) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var server types.String
	if diags := req.Config.GetAttribute(ctx, path.Root("server"), &server); diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	r.Verbs.List(ctx, req, stream, tfkit.Listing[*atticModel]{
		Group:  "shelf",
		Groups: func(context.Context, string) ([]string, diag.Diagnostics) { return []string{"shelf-0", shelfName}, nil },
		Wanted: func(m membership.Member) bool { return server.IsNull() || server.ValueString() == m.Key.Server },
	})
}

// A list that may look into every group asks for a group or for what is in one.
// A group that goes while it looks has no members; one that the list names is an
// error.
func TestAListOfSeveralGroups(t *testing.T) {
	t.Parallel()
	w := newAttic(t)
	w.foreign(1, 1)
	w.foreign(2, 1)
	c := w.core(t)
	for name, tt := range map[string]struct {
		config map[string]any
		want   []string
		err    string
	}{
		"by name":             {map[string]any{"server": "box-2"}, []string{"box-2 (shelf-1)"}, ""},
		"nowhere":             {map[string]any{"server": "box-3"}, nil, ""},
		"of a shelf":          {map[string]any{"shelf": shelfName, "server": "box-1"}, []string{"box-1 (shelf-1)"}, ""},
		"of a shelf, all":     {map[string]any{"shelf": shelfName}, []string{"box-0 (shelf-1)", "box-1 (shelf-1)", "box-2 (shelf-1)"}, ""},
		"of one that is gone": {map[string]any{"shelf": "shelf-0", "server": "box-1"}, nil, "No such shelf"},
		"of nothing":          {nil, nil, "At least one"},
	} {
		all, err := c.List(t.Context(), acctest.Query{Type: w.kind, Config: tt.config, Limit: 9})
		if tt.err != "" {
			says(t, err, tt.err)
			continue
		}
		var names []string
		for _, l := range all {
			names = append(names, l.Name)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.Equal(names, tt.want) {
			t.Errorf("%s: listed are %q, want %q", name, names, tt.want)
		}
	}
}
