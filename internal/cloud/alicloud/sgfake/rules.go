package sgfake

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// Rules are the behaviours that may differ: limits, and what the vendor's
// documents leave open. The zero value of each field is the documented behaviour
// or, where nothing is documented, the one that a careless client trips over;
// times that are 0 are none. The adapters' conformance tests run with every field
// set otherwise. Times are in seconds.
type Rules struct {
	// AnyServer accepts servers that the seed does not list.
	AnyServer bool `json:"any_server,omitempty"`

	// BatchLimit is the number of members of every writing call, such as 40 of
	// older documents; 0 is 200, and what the product says for updates.
	BatchLimit int `json:"batch_limit,omitempty"`
	// GroupQuota is the number of members of a group; 0 is the product's.
	GroupQuota int `json:"group_quota,omitempty"`
	// BalancerQuota is that of a load balancer, where members count once for
	// each listener and rule that their group serves; 0 is none.
	BalancerQuota int `json:"balancer_quota,omitempty"`
	// LeavingAreFree makes members that leave not count against the quotas.
	LeavingAreFree bool `json:"leaving_are_free,omitempty"`
	// WritesPerMinute is the limit of each writing action by itself; 0 is none.
	WritesPerMinute int `json:"writes_per_minute,omitempty"`
	// WriteWindow is how those are counted; "" is fixed.
	WriteWindow fakecloud.Window `json:"write_window,omitempty"`
	// ThrottleCode is the code of a throttled call; "" is Throttling.User.
	ThrottleCode string `json:"throttle_code,omitempty"`

	// SuccessOtherwise leaves Success=true out of NLB's answers, and puts it
	// into ALB's.
	SuccessOtherwise bool `json:"success_otherwise,omitempty"`
	// RefusalsAre200 makes errors answers of 200 with Success=false.
	RefusalsAre200 bool `json:"refusals_are_200,omitempty"`

	// JobSeconds is how long a job takes; 0: it is over when it is answered.
	JobSeconds float64 `json:"job_seconds,omitempty"`
	// JobMemory is how long after its end a job can be asked for; 0: for ever.
	JobMemory float64 `json:"job_memory,omitempty"`
	// FailedJobs is what a job that fails has done; "" is nothing.
	FailedJobs FailedPolicy `json:"failed_jobs,omitempty"`
	// NoListAsynJobs makes ListAsynJobs an unknown action: GetJobStatus, which
	// NLB has, does not tell why a job failed.
	NoListAsynJobs bool `json:"no_list_asyn_jobs,omitempty"`
	// ListingLag is for how long after a job has ended listings tell what was
	// before its end.
	ListingLag float64 `json:"listing_lag,omitempty"`

	// BusyCodes are the answers, in rotation, to a write to a group that is
	// being configured (see [BusyCodes]); empty: IncorrectStatus of the group.
	BusyCodes []string `json:"busy_codes,omitempty"`
	// BusyQueues makes such a write another job, which waits for the one before.
	BusyQueues bool `json:"busy_queues,omitempty"`
	// TokenProcessing refuses a repeated ClientToken with IdempotenceProcessing
	// until the job of the first call has ended.
	TokenProcessing bool `json:"token_processing,omitempty"`

	// AddPresent says what becomes of an Add of a member that is there.
	AddPresent PresentPolicy `json:"add_present,omitempty"`
	// Absent says what becomes of a Remove or an Update of one that is not.
	Absent AbsentPolicy `json:"absent,omitempty"`
	// HidesCulprit makes the refusal of a server that does not exist not name it.
	HidesCulprit bool `json:"hides_culprit,omitempty"`
	// KeepsDescription makes an Update with an empty description keep what there
	// is, rather than clear it.
	KeepsDescription bool `json:"keeps_description,omitempty"`
	// AddressNeeded makes an Eni or Eci without ServerIp an error, rather than
	// taking its primary address.
	AddressNeeded bool `json:"address_needed,omitempty"`
	// AnyPortTakesPorts lets members with a port into a group of any port.
	AnyPortTakesPorts bool `json:"any_port_takes_ports,omitempty"`

	// ShowsDraining gives a member that drains the status Draining, rather than
	// Removing.
	ShowsDraining bool `json:"shows_draining,omitempty"`
	// HidesDraining makes a member that drains be absent to listings, removals
	// and updates.
	HidesDraining bool `json:"hides_draining,omitempty"`
	// DrainHoldsJob makes a removal's job, and with it the group's being
	// configured, last until the members have drained.
	DrainHoldsJob bool `json:"drain_holds_job,omitempty"`

	// UnknownGroupIsEmpty makes a listing of the members of a group that does
	// not exist an empty one.
	UnknownGroupIsEmpty bool `json:"unknown_group_is_empty,omitempty"`
	// PageCap is the most that a page has, whatever was asked for; 0: no more
	// than the action allows.
	PageCap int `json:"page_cap,omitempty"`
	// EmptyPages begins every listing with a page that has nothing but a
	// NextToken.
	EmptyPages bool `json:"empty_pages,omitempty"`
	// Strangers adds fields to listings that no document tells of. Members of
	// types and statuses that none tells of are a seed's.
	Strangers bool `json:"strangers,omitempty"`
	// NoRelations makes ListServerGroups of ALB never tell which listeners and
	// rules a group serves, even when asked.
	NoRelations bool `json:"no_relations,omitempty"`

	// HealthGap is for how long after it is Available a member is not yet told
	// of as not healthy.
	HealthGap float64 `json:"health_gap,omitempty"`
	// HidesUnchecked makes GetListenerHealthStatus tell nothing of members that
	// nothing checks, rather than Unavailable.
	HidesUnchecked bool `json:"hides_unchecked,omitempty"`
}

// PresentPolicy is what an Add does to a member that is in the group already.
type PresentPolicy string

// The policies for present members. Refused, nothing of the request is done.
const (
	PresentDuplicated PresentPolicy = "DuplicatedParam.Server" // the code; also ""
	PresentExists     PresentPolicy = "ResourceAlreadyExist.Server"
	PresentIgnored    PresentPolicy = "ignore" // left as it is
)

// AbsentPolicy is what a Remove or an Update does about a member that is not in
// the group.
type AbsentPolicy string

// The policies for absent members.
const (
	AbsentRefused AbsentPolicy = "refuse" // and nothing of the request is done; also ""
	AbsentRest    AbsentPolicy = "rest"   // refused, but the rest is done
	AbsentIgnored AbsentPolicy = "ignore"
)

// FailedPolicy is what a job that fails has done.
type FailedPolicy string

// The policies for failed jobs.
const (
	FailedNothing FailedPolicy = "nothing" // also ""
	FailedPart    FailedPolicy = "part"    // all but the members to blame, or the first half
	FailedWhole   FailedPolicy = "whole"   // all
)

// BusyCodes are the codes that a write may get while the group is being
// configured, beside IncorrectStatus of the group.
func BusyCodes() []string {
	return []string{
		"Conflict.Lock", "OperationFailed.ResourceIsConfiguring", "OperationFailed.ResourceGroupStatusCheckFail",
		"ResourceInConfiguring.ServerGroup", "IncorrectStatus.LoadBalancer", "IncorrectStatus.Listener", "SystemBusy",
		"IncorrectStatus.serverGroup", "IncorrectStatus.ServerGroup",
	}
}

func (r *Rules) validate() error {
	for _, p := range []struct {
		name, value string
		known       []string
	}{
		{"add_present", string(r.AddPresent), []string{string(PresentDuplicated), string(PresentExists), string(PresentIgnored)}},
		{"absent", string(r.Absent), []string{string(AbsentRefused), string(AbsentRest), string(AbsentIgnored)}},
		{"failed_jobs", string(r.FailedJobs), []string{string(FailedNothing), string(FailedPart), string(FailedWhole)}},
		{"write_window", string(r.WriteWindow), []string{
			string(fakecloud.FixedWindow), string(fakecloud.SlidingWindow), string(fakecloud.SilenceWindow),
		}},
	} {
		if p.value != "" && !slices.Contains(p.known, p.value) {
			return fmt.Errorf("%s %q is none of %v", p.name, p.value, p.known)
		}
	}
	for _, code := range r.BusyCodes {
		if !slices.Contains(BusyCodes(), code) {
			return fmt.Errorf("busy code %q is unknown", code)
		}
	}
	if min(r.BatchLimit, r.GroupQuota, r.BalancerQuota, r.WritesPerMinute, r.PageCap) < 0 ||
		min(r.JobSeconds, r.JobMemory, r.ListingLag, r.HealthGap) < 0 {
		return errors.New("a number or time of the rules is negative")
	}
	return nil
}

// batchLimit is how many members a writing action takes in one call.
func (c *Cloud) batchLimit(action string) int {
	most := 200
	if action == updateServers {
		most = c.updates
	}
	if c.rules.BatchLimit > 0 {
		most = min(most, c.rules.BatchLimit)
	}
	return most
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
