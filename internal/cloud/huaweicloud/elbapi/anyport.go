package elbapi

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// A pool with any_port_enable forwards to the port that a request came in by.
// A port that is sent for a new member "does not take effect" there (CreateMember,
// https://support.huaweicloud.com/intl/en-us/api-elb/CreateMember.html), and that
// of a present one cannot be changed (UpdateMember). Assumed: the answer, like
// any listing after it, shows the port that was stored, which is 0. Under the
// port that was asked for nobody would ever find such a member again, so it must
// not stay.

const (
	takeBackTries = 5
	takeBackPause = 200 * time.Millisecond // after the first try, doubled each time
	takeBackGrace = 5 * time.Second        // how long it goes on after the caller's context has ended
)

// portIgnored is the refusal of a port that the vendor took and did not store.
// then says what became of the member.
func portIgnored(action string, status int, requestID string, sent, stored int, then string) *membership.Error {
	return &membership.Error{
		Class: membership.Refused, Action: action, Status: status, RequestID: requestID,
		Message: fmt.Sprintf("the answer has protocol_port %d where %d was sent: a pool that forwards to any port "+
			"(any_port_enable) ignores it, so that protocol_port must be left out or 0; %s", stored, sent, then),
	}
}

// takeBack takes members out that have just been put in, each by its id alone,
// and tells what became of each. It is tried a few times and outlives its
// caller for a moment, because a member that stays is in nobody's state.
func (p *pool) takeBack(ctx context.Context, ids []string) (fate map[string]string) {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), apikit.CallTimeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(takeBackGrace, cancel) })()
	fate = map[string]string{}
	pause := takeBackPause
	for n := 1; len(ids) > 0; n++ {
		var again []string
		errs := p.removeAll(own, ids)
		for i, id := range ids {
			switch e := errs[i]; {
			case e == nil, membership.Is(e, membership.MemberNotFound), membership.Is(e, membership.NotFound):
				fate[id] = "member " + id + " was taken out again"
			case membership.Is(e, membership.Refused), membership.Is(e, membership.Denied):
				fate[id] = stays(id, "is", e)
			default:
				fate[id] = stays(id, "may be", e)
				again = append(again, id)
			}
		}
		if ids = again; len(ids) == 0 || n == takeBackTries {
			break
		}
		t := time.NewTimer(pause)
		pause *= 2
		select {
		case <-t.C:
		case <-own.Done():
			t.Stop()
			return fate
		}
	}
	return fate
}

// removeAll takes members out by their ids, as many in a call as the endpoint
// takes, and returns the outcome of each.
func (p *pool) removeAll(ctx context.Context, ids []string) (errs []error) {
	for len(ids) > 0 {
		members := make([]membership.Member, min(len(ids), p.Limits().Batch))
		for i := range members {
			members[i].ID = ids[i]
		}
		err := p.Remove(ctx, members)
		for i := range members {
			errs = append(errs, errorOf(err, i))
		}
		ids = ids[len(members):]
	}
	return errs
}

// stays tells of a member that could not be taken out. It ends with words for
// the status and request id of the call that put it in, which follow.
func stays(id, is string, err error) string {
	return "member " + id + " could not be taken out again and " + is + " left in the pool: " + err.Error() +
		"; the add itself was answered with success"
}

// errorOf is what the outcome of a call says of its item i.
func errorOf(err error, i int) error {
	if errs, ok := errors.AsType[membership.ItemErrors](err); ok && i < len(errs) {
		return errs[i]
	}
	return err
}
