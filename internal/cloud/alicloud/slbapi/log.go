package slbapi

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Subsystem is the name of this package's log. Its level can be set apart with
// the environment variable TF_LOG_PROVIDER_CLOUDLB_SLB.
const Subsystem = "slb"

type loggingKey struct{}

// WithLog prepares a context for the log lines of the calls made with it. A
// call prepares its own where nobody has; a caller that adds fields or filters
// to the subsystem does so on what WithLog returns.
func WithLog(ctx context.Context) context.Context {
	if ctx.Value(loggingKey{}) != nil {
		return ctx
	}
	ctx = tflog.NewSubsystem(ctx, Subsystem, tflog.WithRootFields(),
		tflog.WithLevelFromEnv("TF_LOG_PROVIDER_CLOUDLB", Subsystem))
	return context.WithValue(ctx, loggingKey{}, true)
}

// logCall writes the one line of a call. It holds no message of the vendor's
// and nothing of the request but ids.
func (c *Client) logCall(ctx context.Context, op operation, took time.Duration, requestID string, err *membership.Error) {
	attempt := membership.AttemptOf(ctx)
	fields := map[string]any{
		"action":     op.request.GetActionName(),
		"group":      op.group,
		"batch":      op.size,
		"attempt":    attempt.N,
		"queued_ms":  attempt.Queued.Milliseconds(),
		"took_ms":    took.Milliseconds(),
		"request_id": requestID,
	}
	text := c.service + " call succeeded"
	if err != nil {
		text = c.service + " call failed"
		fields["class"] = err.Class.String()
		fields["code"] = err.Code
		fields["status"] = err.Status
	}
	tflog.SubsystemDebug(WithLog(ctx), Subsystem, text, fields)
}
