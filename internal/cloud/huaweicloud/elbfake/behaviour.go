package elbfake

import (
	"fmt"
	"slices"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// Atomicity is what a batch does when one of its elements is bad.
type Atomicity string

// The four things a batch may do. The vendor does not say which it does.
const (
	AllOrNothing Atomicity = "all-or-nothing" // the default
	SkipBad      Atomicity = "skip-bad"       // the good ones land, the answer is an error
	StopAtBad    Atomicity = "stop-at-bad"    // those before the bad one land, the answer is an error
	ReportBad    Atomicity = "report-bad"     // the good ones land, the answer is 200 and tells of the bad: "failed"
)

// DeletedMarker is what a listing answers whose marker was deleted meanwhile.
type DeletedMarker string

// The three answers. The vendor's page says that a marker must not be invalid.
const (
	MarksItsPlace  DeletedMarker = "marks-its-place" // the page that follows it; the default
	MarkerNotFound DeletedMarker = "not-found"       // 404 ELB.8904 that names it, as OpenStack answers
	MarkerRefused  DeletedMarker = "refused"         // 400 ELB.8902
)

// Behaviour are the switches for what the vendor's documentation leaves open,
// and for what differs between its regions. The zero value is what is
// documented or, failing that, likeliest; FIDELITY.md tells which. The adapter's
// conformance test runs with every field set otherwise.
type Behaviour struct {
	// BatchUnpublished is a region without the three batch calls.
	BatchUnpublished bool `json:"batch_unpublished,omitempty"`
	// BatchCreateStatus and BatchUpdateStatus are the statuses of success; 0
	// is 200.
	BatchCreateStatus int `json:"batch_create_status,omitempty"`
	BatchUpdateStatus int `json:"batch_update_status,omitempty"`
	// ExistedApplies makes batch-add apply weight and name (and zone) to a
	// member that it answers "existed" for.
	ExistedApplies bool `json:"existed_applies,omitempty"`
	// Atomicity is what a batch with a bad element does.
	Atomicity Atomicity `json:"atomicity,omitempty"`
	// ShuffleResults answers a batch in another order than the request's (it
	// reverses it, so that no run differs from another).
	ShuffleResults bool `json:"shuffle_results,omitempty"`
	// ProtectionCode is the code of the 409 that refuses to remove members of
	// a protected pool; "" is ELB.8907.
	ProtectionCode string `json:"protection_code,omitempty"`
	// BusyCode, where set, is the code of the 409 that answers a write while
	// another one on the same pool is under way. "" makes the write wait.
	BusyCode string `json:"busy_code,omitempty"`
	// PageCap is the most entries a page holds, whatever limit asks for; 0 is
	// 2000.
	PageCap int `json:"page_cap,omitempty"`
	// NextMarkerAlways gives the last page a next_marker too, so that only an
	// empty page ends a listing.
	NextMarkerAlways bool `json:"next_marker_always,omitempty"`
	// DeletedMarker is what a page after a deleted marker is.
	DeletedMarker DeletedMarker `json:"deleted_marker,omitempty"`
	// NestedErrors writes errors as {"error": {"code", "message"}}, as some
	// calls do, rather than flat.
	NestedErrors bool `json:"nested_errors,omitempty"`
	// OmitStatus leaves the per-listener status array out of members.
	OmitStatus bool `json:"omit_status,omitempty"`
	// PoolNulls answers null where a pool has no health monitor, no
	// connection_drain or no slow_start, instead of "" and of the defaults of
	// what is turned off.
	PoolNulls bool `json:"pool_nulls,omitempty"`
	// PoolOmits are attributes that this region leaves out of its pools, such
	// as connection_drain or any_port_enable.
	PoolOmits []string `json:"pool_omits,omitempty"`
	// UnattachedUnknown gives the members of a pool without load balancer the
	// status UNKNOWN even where the pool has no health monitor.
	UnattachedUnknown bool `json:"unattached_unknown,omitempty"`
	// IPPoolPortOptional lets a create in an IP-protocol pool leave out the
	// port, which otherwise must be there and be 0.
	IPPoolPortOptional bool `json:"ip_pool_port_optional,omitempty"`
	// Unsupported are body attributes that this region does not know yet:
	// "availability_zone" for every call, "UpdateMember.protocol_port" for one.
	Unsupported []string `json:"unsupported,omitempty"`
	// ExpiredCode is the code of the 401 that answers a token or a temporary
	// key past its time; "" is APIGW.0301.
	ExpiredCode string `json:"expired_code,omitempty"`
	// TokenSeconds is how long a token is valid; 0 is 24 hours.
	TokenSeconds int `json:"token_seconds,omitempty"`
	// CallsPerSecond and CallsPerMinute, where positive, are how many ELB calls
	// are answered before the gateway throttles. Its answer states the limit.
	CallsPerSecond int `json:"calls_per_second,omitempty"`
	CallsPerMinute int `json:"calls_per_minute,omitempty"`
	// ThrottleWindow is how those are counted; "" is fixed.
	ThrottleWindow fakecloud.Window `json:"throttle_window,omitempty"`
	// ThrottledCalls are the calls that count, such as BatchCreateMembers; with
	// none, every call does.
	ThrottledCalls []string `json:"throttled_calls,omitempty"`
}

func (b *Behaviour) validate() error {
	if !slices.Contains([]Atomicity{"", AllOrNothing, SkipBad, StopAtBad, ReportBad}, b.Atomicity) {
		return fmt.Errorf("atomicity %q", b.Atomicity)
	}
	if !slices.Contains([]DeletedMarker{"", MarksItsPlace, MarkerNotFound, MarkerRefused}, b.DeletedMarker) {
		return fmt.Errorf("deleted_marker %q", b.DeletedMarker)
	}
	if b.ThrottleWindow != "" && !slices.Contains(fakecloud.Windows, b.ThrottleWindow) {
		return fmt.Errorf("throttle_window %q", b.ThrottleWindow)
	}
	for _, call := range b.ThrottledCalls {
		if !slices.ContainsFunc(routes, func(r route) bool { return r.op == call }) {
			return fmt.Errorf("throttled_calls: no call %q", call)
		}
	}
	return nil
}
