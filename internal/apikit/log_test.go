package apikit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// logged is the one line that f writes.
func logged(t *testing.T, f func(context.Context)) map[string]any {
	t.Helper()
	var out bytes.Buffer
	f(tflogtest.RootLogger(t.Context(), &out))
	lines, err := tflogtest.MultilineJSONDecode(&out)
	if err != nil || len(lines) != 1 {
		t.Fatalf("lines %v, %v; want one", lines, err)
	}
	return lines[0]
}

func TestTheLineOfACall(t *testing.T) {
	t.Parallel()
	line := Line{Service: "SLB", Operation: "Add", Group: "rsp-1", Region: "cn-hangzhou", Host: "slb.test"}
	common := map[string]any{
		"@module": "provider.slb", "resource": "x", "service": "SLB", "operation": "Add", "group": "rsp-1", "region": "cn-hangzhou",
		"host": "slb.test", "attempt": 3, "queued_ms": 15, "request_id": "r-1",
	}
	for name, tt := range map[string]struct {
		members []string
		status  int
		failed  *membership.Error
		want    map[string]any
	}{
		"read":  {nil, 200, nil, map[string]any{"@level": "debug", "@message": "API call succeeded", "status": 200}},
		"write": {[]string{"i-1=5", "i-2=0"}, 200, nil, map[string]any{"@level": "info", "@message": "API call succeeded", "status": 200, "members": "[i-1=5 i-2=0]"}},
		"refused": {nil, 400, &membership.Error{Class: membership.Throttled, Code: "Throttling.User", Message: "too many", RequestID: "r-1"}, map[string]any{
			"@level": "warn", "@message": "API call failed", "status": 400, "class": "throttled", "code": "Throttling.User", "error": "too many",
		}},
		"no answer": {[]string{"i-1=5"}, 0, &membership.Error{Class: membership.Unknown, Err: errors.New("EOF")}, map[string]any{
			"@level": "warn", "@message": "API call failed", "status": 0, "members": "[i-1=5]", "class": "unknown outcome", "error": "EOF",
		}},
	} {
		got := logged(t, func(ctx context.Context) {
			ctx = membership.WithAttempt(tflog.SetField(ctx, "resource", "x"), membership.Attempt{N: 3, Size: 2, Queued: 15 * time.Millisecond})
			line.Members = tt.members
			_ = Once(ctx, nil, line, func(x *Exchange) (string, *membership.Error) {
				x.Status = tt.status
				return "r-1", tt.failed
			})
		})
		if _, ok := got["duration_ms"].(float64); !ok {
			t.Errorf("%s: duration_ms = %v", name, got["duration_ms"])
		}
		delete(got, "duration_ms")
		hasExactly(t, name, got, common, tt.want)
	}
}

// hasExactly checks all fields of a line.
func hasExactly(t *testing.T, name string, got map[string]any, want ...map[string]any) {
	t.Helper()
	for _, want := range want {
		for k, v := range want {
			if fmt.Sprint(got[k]) != fmt.Sprint(v) {
				t.Errorf("%s: %s = %v, want %v", name, k, got[k], v)
			}
			delete(got, k)
		}
	}
	if len(got) != 0 {
		t.Errorf("%s: unexpected fields %v", name, got)
	}
}

// What goes on beside the calls is in the same log, in the same words.
func TestTheLinesBesideTheCalls(t *testing.T) {
	t.Parallel()
	for level, want := range map[slog.Level]string{slog.LevelDebug: "debug", slog.LevelInfo: "info", slog.LevelWarn: "warn"} {
		got := logged(t, func(ctx context.Context) {
			log := Logger("ELB", "cn-north-4")
			log.With("group", "pool-1").Log(tflog.SetField(ctx, "resource", "x"), level, "draining", "until", "tomorrow")
			log.Log(t.Context(), level, "where no log is") // and nothing happens
		})
		hasExactly(t, want, got, map[string]any{
			"@module": "provider.elb", "@level": want, "@message": "draining", "resource": "x", "service": "ELB", "region": "cn-north-4",
			"group": "pool-1", "until": "tomorrow",
		})
	}
}

// A login is written to the log of the call that it is for.
func TestALoginIsInTheLogOfItsCall(t *testing.T) {
	t.Parallel()
	got := logged(t, func(ctx context.Context) {
		ctx = tflog.SubsystemSetField(WithLog(ctx, "alb"), "alb", "mine", 1)
		_ = Once(ctx, nil, Line{Service: "STS"}, func(*Exchange) (string, *membership.Error) { return "", nil })
	})
	if got["@module"] != "provider.alb" || got["service"] != "STS" || got["mine"] == nil {
		t.Errorf("%v", got)
	}
}

// The level of one cloud's log can be set apart. Not parallel: it sets the
// environment.
func TestTheLevelOfOneLog(t *testing.T) {
	t.Setenv("TF_LOG_PROVIDER_CLOUDLB_ELB", "off")
	t.Setenv("TF_LOG_PROVIDER_CLOUDLB_SLB", "debug")
	got := logged(t, func(ctx context.Context) {
		for _, service := range []string{"ELB", "SLB"} {
			_ = Once(ctx, nil, Line{Service: service}, func(*Exchange) (string, *membership.Error) { return "", nil })
		}
	})
	if got["service"] != "SLB" {
		t.Errorf("%v", got)
	}
}
