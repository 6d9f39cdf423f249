package apikit

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Line is what is known of a call before it is made, for its log line and for
// its errors.
type Line struct {
	Service   string // "SLB", "STS", "ELB", "IAM"
	Operation string // the vendor's name of the call
	Group     string // the id that it concerns; "" for none
	Members   int    // in the call
	Region    string
	Host      string
}

type logKey struct{}

// WithLog names the log, in small letters, that the calls made with ctx are
// written to, unless it is named already: so a login appears in the log of the
// calls that it is for. The log is a tflog subsystem; its level can be set apart
// with the environment variable TF_LOG_PROVIDER_CLOUDLB_ and its name. A caller
// that adds fields or filters does so on what WithLog returns.
func WithLog(ctx context.Context, name string) context.Context {
	if ctx.Value(logKey{}) != nil {
		return ctx
	}
	ctx = tflog.NewSubsystem(ctx, name, tflog.WithRootFields(), tflog.WithLevelFromEnv("TF_LOG_PROVIDER_CLOUDLB", name))
	return context.WithValue(ctx, logKey{}, name)
}

// write writes the one line of a call. It holds no message of the vendor's and
// nothing of the request but ids.
func (l Line) write(ctx context.Context, x *Exchange, took time.Duration, requestID string, failed *membership.Error) {
	attempt := membership.AttemptOf(ctx)
	fields := map[string]any{
		"service":     l.Service,
		"operation":   l.Operation,
		"members":     l.Members,
		"region":      l.Region,
		"host":        l.Host,
		"attempt":     attempt.N,
		"queued_ms":   attempt.Queued.Milliseconds(),
		"duration_ms": took.Milliseconds(),
		"status":      x.Status,
		"request_id":  requestID,
	}
	if l.Group != "" {
		fields["group"] = l.Group
	}
	text := "API call succeeded"
	if failed != nil {
		text = "API call failed"
		fields["error"] = failed.Class.String()
		if failed.Code != "" {
			fields["code"] = failed.Code
		}
		if failed.Err != nil {
			fields["cause"] = failed.Err.Error()
		}
	}
	ctx = WithLog(ctx, strings.ToLower(l.Service))
	name, _ := ctx.Value(logKey{}).(string)
	tflog.SubsystemDebug(ctx, name, text, fields)
}

// warn writes of what goes on beside the calls, where a log is named.
func warn(ctx context.Context, text string, err error) {
	if name, ok := ctx.Value(logKey{}).(string); ok {
		tflog.SubsystemWarn(ctx, name, text, map[string]any{"error": err.Error()})
	}
}
