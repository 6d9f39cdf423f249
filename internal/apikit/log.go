package apikit

import (
	"context"
	"log/slog"
	"maps"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Line is what is known of a call before it is made, for its log line and for
// its errors.
type Line struct {
	Service   string   // "SLB", "STS", "ELB", "IAM"
	Operation string   // the vendor's name of the call
	Group     string   // the id that it concerns; "" for none
	Members   []string // in a write, as [membership.LogNames] has them; nil for a read
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

// Logger writes to the log of a service, such as "ELB", what goes on in a region
// beside the calls. The context of a line says whose work it is.
func Logger(service, region string) *slog.Logger {
	return slog.New(handler{name: strings.ToLower(service), fields: map[string]any{"service": service, "region": region}})
}

// handler hands lines to tflog. Terraform's level is applied there.
type handler struct {
	name   string
	fields map[string]any
}

// Enabled implements [slog.Handler].
func (handler) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements [slog.Handler].
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	fields := maps.Clone(h.fields)
	r.Attrs(func(a slog.Attr) bool {
		fields[a.Key] = a.Value.Any()
		return true
	})
	write(WithLog(ctx, h.name), r.Level, r.Message, fields)
	return nil
}

// WithAttrs implements [slog.Handler].
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	h.fields = maps.Clone(h.fields)
	for _, a := range attrs {
		h.fields[a.Key] = a.Value.Any()
	}
	return h
}

// WithGroup implements [slog.Handler]. Fields have no groups here.
func (h handler) WithGroup(string) slog.Handler { return h }

// write writes a line to the log that ctx names, where it names one.
func write(ctx context.Context, level slog.Level, text string, fields map[string]any) {
	name, ok := ctx.Value(logKey{}).(string)
	switch {
	case !ok:
	case level >= slog.LevelWarn:
		tflog.SubsystemWarn(ctx, name, text, fields)
	case level >= slog.LevelInfo:
		tflog.SubsystemInfo(ctx, name, text, fields)
	default:
		tflog.SubsystemDebug(ctx, name, text, fields)
	}
}

// write writes the one line of a call: level WARN where it failed, INFO where it
// has changed something, and DEBUG else. Of the request it holds nothing but ids,
// members and weights; of an answer, what an error shows a user too.
func (l Line) write(ctx context.Context, x *Exchange, took time.Duration, requestID string, failed *membership.Error) {
	attempt := membership.AttemptOf(ctx)
	fields := map[string]any{
		"service":     l.Service,
		"operation":   l.Operation,
		"region":      l.Region,
		"host":        l.Host,
		"attempt":     attempt.N,
		"queued_ms":   attempt.Queued.Milliseconds(),
		"duration_ms": took.Milliseconds(),
		"status":      x.Status,
	}
	for name, v := range map[string]string{"group": l.Group, "request_id": requestID} {
		if v != "" {
			fields[name] = v
		}
	}
	level, text := slog.LevelDebug, "API call succeeded"
	if len(l.Members) > 0 {
		level, fields["members"] = slog.LevelInfo, l.Members
	}
	if failed != nil {
		level, text = slog.LevelWarn, "API call failed"
		for _, f := range membership.LogFailure(failed) {
			fields[f.Key] = f.Value.Any()
		}
	}
	write(WithLog(ctx, strings.ToLower(l.Service)), level, text, fields)
}
