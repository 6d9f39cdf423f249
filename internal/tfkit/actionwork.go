package tfkit

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// deed is what an action does to members.
type deed struct {
	name, verb string // of the type, and in an error
	about      string // a description, with a place for the load balancer and one for its groups
	argument   string // the attribute that says how
	usual      string // and what it is where it is left out
	schema     schema.Attribute
	// do does it, with as few calls as can be, and returns what became of each member.
	do func(ctx context.Context, how argument, all chosen, p *progress) [][]membership.Outcome
	// past is what was done: "drained".
	past func(how argument) string
	// sparesGone: what somebody else takes out meanwhile is no failure.
	sparesGone bool
}

const drift = " What the action changes is not in any resource's state: the next plan of a resource that manages the member shows the " +
	"weight as changed outside of Terraform, and its apply puts it back."

var drains = deed{
	name: "drain", verb: "drain", argument: "duration", usual: "30s",
	about: "Takes a server out of service behind %s without removing it: its members get no new requests (weight 0) in one group, or in " +
		"all %s that it is in, and the action returns when that has been so for `duration`. The weight stays 0 then. Interrupted, the old " +
		"weights are put back." + drift,
	schema: schema.StringAttribute{
		Optional: true,
		MarkdownDescription: "How long the members get no new requests before the action returns, as a duration such as `30s`; all wait " +
			"together. As long as the longest request, and less than `timeouts.invoke`. Defaults to `30s`.",
		Validators: []validator.String{duration{least: 1}},
	},
	do:         drainThem,
	past:       func(argument) string { return "drained" },
	sparesGone: true,
}

var setsWeight = deed{
	name: "set_weight", verb: "set the weight of", argument: "weight",
	about: "Sets the weight of a server's members behind %s, in one group or in all %s that it is in." + drift,
	schema: schema.NumberAttribute{
		Required: true, MarkdownDescription: "Share of new requests, 0 to 100; with 0 the members get none.",
		Validators: []validator.Number{Whole(0, 100)},
	},
	do:   weighThem,
	past: func(how argument) string { return fmt.Sprintf("at weight %d", Int(how.number)) },
}

func drainThem(ctx context.Context, how argument, all chosen, p *progress) [][]membership.Outcome {
	long := durationOf(how.text)
	p.while(func() string { return "setting " + all.String() + " to weight 0" })
	return membership.DrainAll(ctx, all.selections, long, func(until time.Time, soFar [][]membership.Outcome) {
		p.while(func() string {
			left := time.Until(until)
			if left < progressEvery {
				return "" // the end is told
			}
			return fmt.Sprintf("draining: %s of %s", max(long-left, 0).Round(time.Second), long)
		})
		text := fmt.Sprintf("%s at weight 0, draining for %s", all.succeeded(soFar), max(time.Until(until), 0).Round(time.Second))
		p.reached(strings.Join(append([]string{text}, all.notes...), ". "))
	})
}

func weighThem(ctx context.Context, how argument, all chosen, p *progress) [][]membership.Outcome {
	weight := int(Int(how.number))
	p.while(func() string { return fmt.Sprintf("setting %s to weight %d", all, weight) })
	outcomes := make([][]membership.Outcome, len(all.selections))
	var writing sync.WaitGroup
	for i, s := range all.selections {
		changes := make([]membership.Change, len(s.Members))
		for k, m := range s.Members {
			changes[k] = membership.Change{Member: m, Weight: &weight}
		}
		writing.Go(func() { outcomes[i] = s.Group.UpdateAll(ctx, changes) })
	}
	writing.Wait()
	return outcomes
}

// report says what became of the members: what was done as progress, and what was not
// as errors, one for all members of a group that failed for one reason. Where only
// some failed, a warning says who has what.
func (a *memberAction[C, M, P]) report(
	region string, order order[M, P], all chosen, outcomes [][]membership.Outcome, p *progress, diags *diag.Diagnostics,
) {
	var done, gone, failed []string
	var left []undone
	for i, s := range all.selections {
		var well, out []membership.Member
		for k, o := range outcomes[i] {
			m := s.Members[k]
			switch {
			case o.Err == nil:
				well = append(well, o.Member)
			case a.deed.sparesGone && (membership.Is(o.Err, membership.MemberNotFound) || membership.Is(o.Err, membership.NotFound)):
				out = append(out, m)
			default:
				failed = append(failed, fmt.Sprintf("%s in %s (weight %d before)", m.Key, s.Group.Name(), m.Weight))
				left = append(left, undone{verb: a.deed.verb, member: m, group: s.Group.Name(), err: o.Err})
			}
		}
		if well != nil {
			done = append(done, names(well)+" in "+s.Group.Name())
		}
		if out != nil {
			gone = append(gone, names(out)+" in "+s.Group.Name())
		}
	}
	for _, some := range byCause(left) {
		f := failureOf(a.Noun, some)
		f.Advice = a.advice(some[0].err, region, order.model)
		diags.Append(f.Diagnostic())
	}
	for _, note := range all.notes {
		diags.AddWarning("Weights do nothing", note)
	}
	past := a.deed.past(order.argument)
	var said []string
	if done != nil {
		said = append(said, past+": "+shortened(done))
	}
	if gone != nil {
		said = append(said, "taken out by somebody else meanwhile: "+shortened(gone))
	}
	if said != nil {
		p.done(strings.Join(said, "; "))
	}
	if done != nil && failed != nil {
		diags.AddWarning("Not all "+a.Noun+"s are "+past, fmt.Sprintf("Are %s: %s.\n\nAre not: %s.", past, shortened(done), shortened(failed)))
	}
}

// advice is the cloud's advice, or what holds for an action, which leaves no state.
func (a *memberAction[C, M, P]) advice(err error, region string, model P) Advice {
	advice := a.Advise(err, region, model)
	switch {
	case membership.Is(err, membership.MemberNotFound): // it was there just before
		return Advice{Text: "Somebody else took it out meanwhile."}
	case advice.Text != "":
	case membership.Is(err, membership.Unknown):
		advice.Text = "It may or may not have taken effect. Invoke the action again."
	case membership.Is(err, membership.NotSent):
		advice.Text = "Invoke the action again, with a longer timeouts.invoke where its time was over."
	}
	return advice
}

// logUndelivered logs what an action that was cancelled has to say: Terraform does not
// take it any more.
func logUndelivered(ctx context.Context, diags diag.Diagnostics) {
	for _, d := range diags {
		tflog.Warn(ctx, "the action was cancelled: "+d.Summary(), map[string]any{"detail": d.Detail()})
	}
}
