package tfkit

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The timeouts of a verb whose configuration names none. A drain comes on top.
const (
	DefaultReadTimeout  = 5 * time.Minute
	DefaultWriteTimeout = 10 * time.Minute
)

// timeoutsBlock is the schema of timeouts, with one argument for each verb.
func timeoutsBlock(lingers bool) schema.Block {
	create, drain := "", "the drain"
	if lingers {
		own := fmt.Sprintf("`%dm` for the draining of the group's own", int(mostLingering.Minutes()))
		create, drain = " and "+own+", which a member that is put in again may have to wait for", drain+", and "+own
	}
	attributes := map[string]schema.Attribute{}
	for _, t := range []struct {
		verb, what string
		usual      time.Duration
		more       string
	}{
		{"create", "A creation", DefaultWriteTimeout, create},
		{"read", "A read", DefaultReadTimeout, ""},
		{"update", "A change", DefaultWriteTimeout, "; where it removes members also " + drain},
		{"delete", "A removal", DefaultWriteTimeout, " and " + drain},
	} {
		attributes[t.verb] = schema.StringAttribute{
			Optional: true,
			MarkdownDescription: fmt.Sprintf("%s may take this long, retries included: a duration such as `30s` or `5m`. Defaults to `%dm`%s.",
				t.what, int(t.usual.Minutes()), t.more),
			Validators: []validator.String{duration{least: 1}},
		}
	}
	return schema.SingleNestedBlock{
		MarkdownDescription: "How long each operation may take. A removal goes by what the last apply recorded.",
		Attributes:          attributes,
	}
}

// timeout is how long a verb may take: what timeouts says of it, or else the
// fallback.
func (b *Base) timeout(verb string, fallback time.Duration) time.Duration {
	text, _ := b.Timeouts.Attributes()[verb].(types.String)
	if d, err := time.ParseDuration(text.ValueString()); err == nil {
		return d
	}
	return fallback // not configured; what is no duration, its validation has refused
}

// duration validates a duration. "" counts as left out.
type duration struct {
	least time.Duration // the shortest that is accepted
}

func (duration) Description(context.Context) string { return "must be a duration such as 30s or 5m" }

func (v duration) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v duration) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	text := req.ConfigValue.ValueString()
	if text == "" {
		return
	}
	fault := func(format string, args ...any) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+req.Path.String(), req.Path.String()+" "+fmt.Sprintf(format, args...))
	}
	switch d, err := time.ParseDuration(text); {
	case err != nil:
		fault(`is %q, which is not a duration: write a number with its unit, such as "30s", "5m" or "1h30m".`, text)
	case d < 0:
		fault("is %s: a duration cannot be negative.", text)
	case d < v.least:
		fault("is %s: nothing can be done in no time.", text)
	}
}

// durationOf is a validated duration; 0 where there is none.
func durationOf(s types.String) time.Duration {
	d, _ := time.ParseDuration(s.ValueString())
	return d
}

// checkDrain says where a drain does not fit into the verbs that it is a part
// of: removal and, where updates says so, a change.
func (b *Base) checkDrain(updates bool, add func(at path.Path, summary, detail string)) {
	d := b.Drain()
	if d <= 0 {
		return
	}
	fits := func(what, verb string) {
		if limit := b.timeout(verb, DefaultWriteTimeout+d); d >= limit {
			add(path.Root("drain_duration"), "drain_duration is longer than timeouts."+verb, fmt.Sprintf(
				"%s drains for %s and may take %s in all. Raise timeouts.%s, or shorten the drain.", what, d, limit, verb))
		}
	}
	fits("A removal", "delete")
	if updates {
		fits("An update that removes members", "update")
	}
}
