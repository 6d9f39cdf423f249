package sgapi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// The pace at which a job is read.
const minPoll, maxPoll = 500 * time.Millisecond, 3 * time.Second

// sayEvery is how often the log says that a job goes on.
const sayEvery = 30 * time.Second

// removalPatience is how long the job of a removal is waited for: whether one goes on
// while what it removed ends what it has begun is not documented, and then the
// listing has told long before.
const removalPatience = 10 * time.Second

// maxAbsent is how often a job may be read that is not listed: it is not there yet,
// or forgotten.
const maxAbsent = 3

// Words of job states, in small letters.
const (
	jobSucceeded = "succeeded"
	jobFailed    = "failed"
	jobAbsent    = ""  // it is not listed
	jobUnread    = "?" // it cannot be read
)

// job is the state of a job.
type job struct {
	state string
	fault acs.Fault // why it failed
}

// await waits for the job of a write that was accepted under a request id. A job
// that cannot be read is left to the listing to tell of.
func (c *Client) await(ctx context.Context, action, concerns, id, requestID string) error {
	absent, began := 0, time.Now()
	var j job
	var said int // how many times 30 s have been over when it was last said that it goes on
	say := func() {
		waited := time.Since(began)
		c.log.InfoContext(ctx, fmt.Sprintf("job %s of %s: %s after %s", id, action, j, waited.Round(100*time.Millisecond)),
			"job", id, "operation", action, "group", concerns, "request_id", requestID, "waited_ms", waited.Milliseconds())
	}
	defer say()
	for pause := minPoll; ; pause = min(pause*3/2, maxPoll) {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return overdue(ctx, action, id, requestID)
		}
		if membership.Read(ctx, func(ctx context.Context) (err error) {
			j, err = c.job(ctx, concerns, id)
			return err
		}) != nil {
			j.state = jobUnread
		}
		if n := int(time.Since(began) / sayEvery); n > said {
			said = n
			say()
		}
		switch {
		case j.state == jobUnread && ctx.Err() != nil:
			return overdue(ctx, action, id, requestID)
		case j.state == jobUnread, j.state == jobSucceeded:
			return nil
		case j.state == jobFailed:
			return j.failure(action, id, requestID)
		case action == actionRemove && time.Since(began) > removalPatience:
			return nil
		case j.state == jobAbsent:
			if absent++; absent == maxAbsent {
				return nil
			}
		}
	}
}

// String is the job's state as the log has it.
func (j job) String() string {
	switch j.state {
	case jobAbsent:
		return "not listed"
	case jobUnread:
		return "not readable"
	}
	return j.state
}

func overdue(ctx context.Context, action, id, requestID string) error {
	return &membership.Error{Class: membership.Unknown, Action: action, RequestID: requestID, Err: context.Cause(ctx),
		Message: "its job " + id + " was not over yet"}
}

// failure is the error of a job that failed. Its code is classified like that of a
// direct answer; one that is a number, or none, is a refusal. How much of the write
// was done by then is not documented.
func (j job) failure(action, id, requestID string) error {
	e := &membership.Error{Class: membership.Refused, Action: action, RequestID: requestID, Partly: true,
		Code: apikit.Word(j.fault.Code), Message: apikit.Shorten(apikit.OneLine(j.fault.Message), apikit.MaxMessage)}
	if e.Message == "" {
		e.Message = "no reason is given"
	}
	e.Message += fmt.Sprintf(" (job %s failed)", id)
	if j.fault.Code != "" {
		e.Class = codes.Classify(400, j.fault, membership.Unknown)
	}
	return e
}

// job reads a job: ListAsynJobs, or, where the endpoint does not know that and the
// product has it, GetJobStatus, which does not tell why one failed:
// https://www.alibabacloud.com/help/en/slb/application-load-balancer/developer-reference/api-alb-2020-06-16-listasynjobs,
// https://www.alibabacloud.com/help/en/slb/network-load-balancer/developer-reference/api-nlb-2022-04-30-getjobstatus.
func (c *Client) job(ctx context.Context, concerns, id string) (j job, err error) {
	if !c.noJobList.Load() {
		call := c.call("ListAsynJobs", concerns, form{}.list("JobIds", id))
		call.Accept = func(o acs.Object) error {
			jobs, err := entries(o, "Jobs")
			for _, one := range jobs {
				if one.Text("Id") == id {
					j = job{strings.ToLower(one.Text("Status")), acs.Fault{Code: one.Text("ErrorCode"), Message: one.Text("ErrorMessage")}}
				}
			}
			return err
		}
		if err = c.rpc.Do(ctx, call); err == nil || !c.jobStatus || !unknownAction(err) {
			return j, err
		}
		c.noJobList.Store(true)
	}
	call := c.call("GetJobStatus", concerns, form{"JobId": id})
	call.Accept = func(o acs.Object) error {
		if j.state = strings.ToLower(o.Text("Status")); j.state == "" {
			return errors.New("it lacks the Status")
		}
		return nil
	}
	return j, c.rpc.Do(ctx, call)
}

func unknownAction(err error) bool {
	e, ok := errors.AsType[*membership.Error](err)
	code := ""
	if ok {
		code = strings.ToLower(e.Code)
	}
	return strings.HasPrefix(code, "invalidaction") || strings.HasPrefix(code, "unsupportedaction")
}
