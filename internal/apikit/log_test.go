package apikit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
	line := Line{Service: "SLB", Operation: "Add", Group: "rsp-1", Members: 2, Region: "cn-hangzhou", Host: "slb.test"}
	common := map[string]any{
		"@level": "debug", "@module": "provider.slb", "resource": "x", "service": "SLB", "operation": "Add", "group": "rsp-1",
		"members": 2, "region": "cn-hangzhou", "host": "slb.test", "attempt": 3, "queued_ms": 15,
	}
	for name, tt := range map[string]struct {
		status int
		failed *membership.Error
		want   map[string]any
	}{
		"success": {200, nil, map[string]any{"@message": "API call succeeded", "status": 200, "request_id": "r-1"}},
		"refused": {400, &membership.Error{Class: membership.Throttled, Code: "Throttling.User", Message: "not to be shown"},
			map[string]any{"@message": "API call failed", "status": 400, "request_id": "r-1", "error": "throttled", "code": "Throttling.User"}},
		"no answer": {0, &membership.Error{Class: membership.Unknown, Err: errors.New("EOF")},
			map[string]any{"@message": "API call failed", "status": 0, "request_id": "r-1", "error": "unknown outcome", "cause": "EOF"}},
	} {
		got := logged(t, func(ctx context.Context) {
			ctx = membership.WithAttempt(tflog.SetField(ctx, "resource", "x"), membership.Attempt{N: 3, Size: 2, Queued: 15 * time.Millisecond})
			_ = Once(ctx, nil, line, func(x *Exchange) (string, *membership.Error) {
				x.Status = tt.status
				return "r-1", tt.failed
			})
		})
		if _, ok := got["duration_ms"].(float64); !ok {
			t.Errorf("%s: duration_ms = %v", name, got["duration_ms"])
		}
		delete(got, "duration_ms")
		for _, want := range []map[string]any{common, tt.want} {
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
