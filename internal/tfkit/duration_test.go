package tfkit

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// timeoutsOf are timeouts as a configuration has them.
func timeoutsOf(texts map[string]string) types.Object {
	typ, all := map[string]attr.Type{}, map[string]attr.Value{}
	for _, verb := range []string{"create", "read", "update", "delete"} {
		typ[verb], all[verb] = types.StringType, types.StringNull()
		if s, ok := texts[verb]; ok {
			all[verb] = types.StringValue(s)
		}
	}
	return types.ObjectValueMust(typ, all)
}

func TestHowLongAVerbMayTake(t *testing.T) {
	t.Parallel()
	b := Base{Timeouts: timeoutsOf(map[string]string{"create": "90s", "update": ""})}
	for verb, want := range map[string]time.Duration{"create": 90 * time.Second, "update": time.Hour, "delete": time.Hour, "none": time.Hour} {
		same(t, verb, b.timeout(verb, time.Hour), want)
	}
	same(t, "no timeouts", new(Base).timeout("create", time.Minute), time.Minute)
	same(t, "a duration", durationOf(types.StringValue("1m30s")), 90*time.Second)
	same(t, "an unknown one", durationOf(types.StringUnknown()), 0)
}

// A drain must end within the verb that it is a part of, before the call that
// follows it.
func TestADrainFitsIntoItsVerbs(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		drain    string
		timeouts map[string]string
		updates  bool
		want     string // the verbs that it does not fit into
	}{
		"no drain":                      {"", map[string]string{"delete": "1s"}, true, ""},
		"within the default":            {"1h", nil, true, ""}, // the default has the drain on top
		"shorter":                       {"29s", map[string]string{"delete": "30s"}, true, ""},
		"as long":                       {"30s", map[string]string{"delete": "30s"}, false, "delete"},
		"longer than both":              {"1m", map[string]string{"delete": "30s", "update": "30s"}, true, "delete update"},
		"longer than what is not asked": {"1m", map[string]string{"update": "30s"}, false, ""},
		"longer than a change":          {"1m", map[string]string{"update": "30s"}, true, "update"},
	} {
		b := Base{DrainDuration: types.StringValue(tt.drain), Timeouts: timeoutsOf(tt.timeouts)}
		var verbs []string
		b.checkDrain(tt.updates, func(at path.Path, summary, detail string) {
			verb := summary[strings.LastIndex(summary, ".")+1:]
			verbs = append(verbs, verb)
			same(t, name+": path", at.String(), "drain_duration")
			if !strings.Contains(detail, "Raise timeouts."+verb+", or shorten the drain.") {
				t.Errorf("%s: %s", name, detail)
			}
		})
		same(t, name, strings.Join(verbs, " "), tt.want)
	}
}

// What a creation plans or an import leaves out has its default.
func TestWhatTheBaseFillsIn(t *testing.T) {
	t.Parallel()
	var b Base
	b.fill("cn-north-4")
	same(t, "region", written(b.Region)+" "+written(b.InRegion()), "cn-north-4 cn-north-4")
	same(t, "the rest", b.AdoptExisting.Equal(types.BoolValue(false)) && b.WaitForHealthy.Equal(types.BoolValue(false)) && written(b.DrainDuration) == "", true)
	b = Base{Region: value("own"), home: "a"}
	same(t, "a region of its own is the one in use", written(b.InRegion()), "own")
	b = Base{Region: value(""), AdoptExisting: types.BoolValue(true), WaitForHealthy: types.BoolUnknown(), DrainDuration: value("5s")}
	b.fill("cn-north-4")
	same(t, "an empty region stays, and stands for the one in use", written(b.Region)+"|"+written(b.InRegion()), "|cn-north-4")
	same(t, "what is there", b.AdoptExisting.ValueBool() && !b.WaitForHealthy.IsUnknown() && b.Drain() == 5*time.Second, true)
}
