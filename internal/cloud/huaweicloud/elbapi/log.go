package elbapi

import (
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// subsystem is the name under which calls are logged.
const subsystem = "elb"

// log writes one line for the call: what was asked and how it ended, never a
// message of the vendor's, a header or a body. The subsystem is made for each
// line, because a context does not tell whether it has one.
func (x *exchange) log(took time.Duration, failed *membership.Error) {
	attempt := membership.AttemptOf(x.parent)
	fields := map[string]any{
		"action":    x.op.action,
		"pool":      x.op.pool,
		"batch":     x.op.size,
		"queued_ms": attempt.Queued.Milliseconds(),
		"took_ms":   took.Milliseconds(),
		"attempt":   attempt.N,
		"status":    x.status,
	}
	if failed != nil {
		fields["request_id"] = failed.RequestID
		fields["class"] = failed.Class.String()
		fields["code"] = failed.Code
	} else {
		fields["request_id"] = x.successID()
	}
	ctx := tflog.NewSubsystem(x.parent, subsystem, tflog.WithRootFields())
	tflog.SubsystemDebug(ctx, subsystem, "ELB API call", fields)
}

// successID is the request id of an answer of success; that of a long body, a
// page of a listing, only where a header has it.
func (x *exchange) successID() string {
	return x.requestID(parseFault(x.body).requestID)
}
