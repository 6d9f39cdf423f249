package slbfake

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// Rules are the behaviours that may differ: limits, and what the vendor's
// documents leave open. The zero value of each field is the documented
// behaviour or, where nothing is documented, the one that a careless client
// trips over. The one exception is WritesPerMinute, which is documented as 90
// and off until it is set, so that tests need not count their calls. The
// adapter's conformance test runs with every field set otherwise.
type Rules struct {
	// AnyServer accepts servers that the seed does not list.
	AnyServer bool `json:"any_server,omitempty"`
	// NoIMDSv2 makes the metadata service know no tokens, as before they were
	// brought in.
	NoIMDSv2 bool `json:"no_imdsv2,omitempty"`
	// OnlyIMDSv2 makes the metadata service refuse what carries no token.
	OnlyIMDSv2 bool `json:"only_imdsv2,omitempty"`
	// BatchLimit is the number of members per call; 0 is 20.
	BatchLimit int `json:"batch_limit,omitempty"`
	// MemberQuota is the number of members per load balancer, its default
	// group and its vserver groups together; 0 is 200.
	MemberQuota int `json:"member_quota,omitempty"`
	// QuotaPerGroup counts the quota in each group alone.
	QuotaPerGroup bool `json:"quota_per_group,omitempty"`
	// DefaultAddPresent and VServerAddPresent say what becomes of an Add of a
	// member that is present; "" is refuse.
	DefaultAddPresent PresentPolicy `json:"default_add_present,omitempty"`
	VServerAddPresent PresentPolicy `json:"vserver_add_present,omitempty"`
	// SetAbsent says what becomes of a Set that names an absent member; "" is
	// refuse.
	SetAbsent AbsentPolicy `json:"set_absent,omitempty"`
	// SetResetsOmitted makes a Set restore weight 100 and drop the description
	// where an item leaves them out, rather than keep them.
	SetResetsOmitted bool `json:"set_resets_omitted,omitempty"`
	// SetIgnoresDescription makes a Set change weights alone.
	SetIgnoresDescription bool `json:"set_ignores_description,omitempty"`
	// RefuseEmptyDescription makes "" an invalid description, rather than none.
	RefuseEmptyDescription bool `json:"refuse_empty_description,omitempty"`
	// RefuseMissingIP makes an Add of an eni or eci without ServerIp an error,
	// rather than taking its primary address.
	RefuseMissingIP bool `json:"refuse_missing_ip,omitempty"`
	// MissingIPIsPrimary makes a Remove or Set of an eni or eci without
	// ServerIp mean the primary address, rather than every address.
	MissingIPIsPrimary bool `json:"missing_ip_is_primary,omitempty"`
	// AbsentVoidsRemove makes a Remove that names an absent server do nothing,
	// for the present ones too, and answer with success.
	AbsentVoidsRemove bool `json:"absent_voids_remove,omitempty"`
	// RemoveUnknownServer makes a Remove of a server that the account does not
	// have the error InvalidServerId.NotFound, rather than ignoring it.
	RemoveUnknownServer bool `json:"remove_unknown_server,omitempty"`
	// UnknownServerStatus is the HTTP status of InvalidServerId.NotFound: 404
	// or 400, both of which are documented; 0 is 404.
	UnknownServerStatus int `json:"unknown_server_status,omitempty"`
	// WrongRegionNotFound makes a write that names another region find no such
	// load balancer or group, as a read does, rather than fail: InternalError.
	WrongRegionNotFound bool `json:"wrong_region_not_found,omitempty"`
	// HideIP makes listings and answers to writes leave out the address of ecs
	// members.
	HideIP bool `json:"hide_ip,omitempty"`
	// HealthInEniHost makes DescribeHealthStatus name the address of eni and
	// eci members as EniHost, rather than ServerIp.
	HealthInEniHost bool `json:"health_in_eni_host,omitempty"`
	// HealthEchoIP makes DescribeHealthStatus name the address of ecs members
	// too.
	HealthEchoIP bool `json:"health_echo_ip,omitempty"`
	// HealthNoType makes DescribeHealthStatus leave out the type of members.
	HealthNoType bool `json:"health_no_type,omitempty"`
	// HealthNoListener is the code of DescribeHealthStatus's answer, with 404,
	// on a load balancer without any listener; "" is an empty list.
	HealthNoListener string `json:"health_no_listener,omitempty"`
	// NoAssociatedObjects makes DescribeVServerGroups leave out what forwards
	// to a group, even when asked.
	NoAssociatedObjects bool `json:"no_associated_objects,omitempty"`
	// WriteEcho is the list of members in the answer to a write; "" is group.
	WriteEcho EchoPolicy `json:"write_echo,omitempty"`
	// BusyCodes are the answers, in rotation, to a write while another is
	// under way on the load balancer: a code of [BusyCodes], after a space with
	// another status than its usual one ("SystemBusy 400"). Empty:
	// ServiceIsConfiguring, and VServerGroupProcessing for a call that names a
	// vserver group.
	BusyCodes []string `json:"busy_codes,omitempty"`
	// BusyWaits makes such a write wait rather than be refused.
	BusyWaits bool `json:"busy_waits,omitempty"`
	// BusyReads is the code that a read gets while a write is under way on its
	// load balancer: OperationBusy or LocationServiceTimeout; "" lets it pass.
	BusyReads string `json:"busy_reads,omitempty"`
	// VPCBusyEvery, where positive, is which of the Adds to vserver groups, as
	// the second, fourth, ... for 2, does half of its members and answers
	// VpcSystemBusy.
	VPCBusyEvery int `json:"vpc_busy_every,omitempty"`
	// WritesPerMinute is the limit of each writing action by itself; 0 is none,
	// 90 is what the vendor documents.
	WritesPerMinute int `json:"writes_per_minute,omitempty"`
	// WriteWindow is how those are counted; "" is fixed.
	WriteWindow fakecloud.Window `json:"write_window,omitempty"`
	// ThrottleCode is the code of a throttled call; "" is Throttling.User.
	ThrottleCode string `json:"throttle_code,omitempty"`
	// XMLErrors makes errors XML whatever format was asked for.
	XMLErrors bool `json:"xml_errors,omitempty"`
}

// PresentPolicy is what an Add does to a member that is in the group already.
type PresentPolicy string

// The policies for present members.
const (
	PresentRefused     PresentPolicy = "refuse"    // error, and nothing of the request is done
	PresentIgnored     PresentPolicy = "ignore"    // left as it is
	PresentOverwritten PresentPolicy = "overwrite" // weight and description are the request's
)

// AbsentPolicy is what a Set does about a member that is not in the group.
type AbsentPolicy string

// The policies for absent members.
const (
	AbsentRefused AbsentPolicy = "refuse" // error, and nothing of the request is done
	AbsentIgnored AbsentPolicy = "ignore"
)

// EchoPolicy is which members the answer to a write lists.
type EchoPolicy string

// The policies for answers to writes.
const (
	EchoGroup EchoPolicy = "group" // the whole group as it is after the write
	EchoNamed EchoPolicy = "named" // the members that the request named
	EchoNone  EchoPolicy = "none"  // an empty list
)

// busyStatus are the codes for a change that another change holds up, with
// their HTTP statuses.
var busyStatus = map[string]int{
	"ServiceIsConfiguring":      400,
	"VServerGroupProcessing":    400,
	"OperationBusy":             400,
	"ProcessingSameRequest":     400,
	"BackendServer.configuring": 409,
	"ServiceIsStopping":         409,
	"SystemBusy":                449,
	"BackendServerProcessing":   400,
	"LbStatusNotSupport":        400,

	"OperationFailed.ServiceGroupProcessing":   400,
	"OperationFailed.ListenerStatusNotSupport": 400,
}

// BusyCodes are the codes that a write may get while another is under way.
func BusyCodes() []string { return slices.Sorted(maps.Keys(busyStatus)) }

// busyRefusal is the refusal that an entry of Rules.BusyCodes stands for.
func busyRefusal(entry string) (*refusal, error) {
	code, status, other := strings.Cut(entry, " ")
	r := &refusal{Status: busyStatus[code], Code: code}
	if r.Status == 0 {
		return nil, fmt.Errorf("busy code %q is unknown", code)
	}
	if other {
		n, err := strconv.Atoi(status)
		if err != nil || n < 400 || n > 499 {
			return nil, fmt.Errorf("busy code %q has no status from 400 to 499", entry)
		}
		r.Status = n
	}
	return r, nil
}

func (r *Rules) validate() error {
	for _, p := range []PresentPolicy{r.DefaultAddPresent, r.VServerAddPresent} {
		switch p {
		case "", PresentRefused, PresentIgnored, PresentOverwritten:
		default:
			return fmt.Errorf("rule for present members %q is none of refuse, ignore, overwrite", p)
		}
	}
	switch r.SetAbsent {
	case "", AbsentRefused, AbsentIgnored:
	default:
		return fmt.Errorf("set_absent %q is none of refuse, ignore", r.SetAbsent)
	}
	switch r.WriteEcho {
	case "", EchoGroup, EchoNamed, EchoNone:
	default:
		return fmt.Errorf("write_echo %q is none of group, named, none", r.WriteEcho)
	}
	switch r.UnknownServerStatus {
	case 0, 400, 404:
	default:
		return fmt.Errorf("unknown_server_status %d is neither 400 nor 404", r.UnknownServerStatus)
	}
	switch r.HealthNoListener {
	case "", "ListenerNotFound", "CheckedListenerNotFound":
	default:
		return fmt.Errorf("health_no_listener %q is none of ListenerNotFound, CheckedListenerNotFound", r.HealthNoListener)
	}
	for _, entry := range r.BusyCodes {
		if _, err := busyRefusal(entry); err != nil {
			return err
		}
	}
	switch r.BusyReads {
	case "", "OperationBusy", "LocationServiceTimeout":
	default:
		return fmt.Errorf("busy_reads %q is none of OperationBusy, LocationServiceTimeout", r.BusyReads)
	}
	if r.WriteWindow != "" && !slices.Contains(fakecloud.Windows, r.WriteWindow) {
		return fmt.Errorf("write_window %q is none of %v", r.WriteWindow, fakecloud.Windows)
	}
	if min(r.BatchLimit, r.MemberQuota, r.WritesPerMinute, r.VPCBusyEvery) < 0 {
		return fmt.Errorf("batch_limit %d, member_quota %d, writes_per_minute %d and vpc_busy_every %d must not be negative",
			r.BatchLimit, r.MemberQuota, r.WritesPerMinute, r.VPCBusyEvery)
	}
	return nil
}

func (r *Rules) batchLimit() int  { return orDefault(r.BatchLimit, 20) }
func (r *Rules) memberQuota() int { return orDefault(r.MemberQuota, 200) }

// imds is which versions of the metadata service there are.
func (r *Rules) imds() acsfake.IMDS {
	switch {
	case r.NoIMDSv2:
		return acsfake.OnlyIMDSv1
	case r.OnlyIMDSv2:
		return acsfake.OnlyIMDSv2
	}
	return acsfake.BothIMDS
}
