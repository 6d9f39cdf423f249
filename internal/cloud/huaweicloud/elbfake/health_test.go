package elbfake_test

import (
	"fmt"
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

func health(m *model.Member) string {
	s := m.OperatingStatus
	for _, l := range m.Status {
		s += " " + l.ListenerId + "=" + l.OperatingStatus
	}
	return s
}

func TestAMonitoredMemberIsInitialForSomeReadingsThenOnline(t *testing.T) {
	_, client := start(t)
	m := ok(create(client, web, "10.0.0.5", 80))(t)
	equal(t, "on create", health(m), "INITIAL l1=INITIAL l2=INITIAL")
	equal(t, "first reading", health(ok(show(client, web, m.Id))(t)), "INITIAL l1=INITIAL l2=INITIAL")
	list := ok(client.ListMembers(&model.ListMembersRequest{PoolId: web}))(t)
	equal(t, "second reading, in a listing", health(&(*list.Members)[0]), "INITIAL l1=INITIAL l2=INITIAL")
	equal(t, "third reading", health(ok(show(client, web, m.Id))(t)), "ONLINE l1=ONLINE l2=ONLINE")
}

func TestWithoutAMonitorHealthIsNotWatched(t *testing.T) {
	r, client := start(t)
	m := ok(create(client, plain, "10.0.0.5", 80))(t)
	equal(t, "no monitor, no listener", health(m), "NO_MONITOR")
	r.SetBehaviour(func(b *behaviour) { b.UnattachedUnknown = true })
	equal(t, "switched", health(ok(show(client, plain, m.Id))(t)), "UNKNOWN")
}

func TestHealthIsUnknownWithoutAListenerOrAServer(t *testing.T) {
	t.Parallel()
	s := seed()
	s.Pools = append(s.Pools, elbfake.Pool{ID: "lonely", Protocol: "TCP", HealthMonitor: true})
	r := elbfake.Start(t, s)
	client := connect(t, r.URL, nil, key("AK", "SK", ""))
	equal(t, "no listener", health(ok(create(client, "lonely", "10.0.0.5", 80))(t)), "UNKNOWN")
	equal(t, "no server", health(ok(create(client, web, "10.0.0.200", 80, in(subnetA)))(t)), "UNKNOWN l1=UNKNOWN l2=UNKNOWN")
}

func TestHealthAndReasonsAreTheTestsToSet(t *testing.T) {
	r, client := start(t)
	m := ok(create(client, web, "10.0.0.5", 80))(t)
	r.SetHealth(web, "10.0.0.5", 80, elbfake.Health{
		Condition: elbfake.Condition{Status: elbfake.Online},
		Listeners: map[string]elbfake.Condition{"l2": {Status: elbfake.Offline,
			Reason: &elbfake.Reason{Code: "RESPONSE_MISMATCH", Expected: new("200"), Actual: new("503")}}},
	})
	m = ok(show(client, web, m.Id))(t)
	equal(t, "health", health(m), "ONLINE l1=ONLINE l2=OFFLINE")
	equal(t, "reason", fmt.Sprint(*m.Status[1].Reason), fmt.Sprint(model.MemberHealthCheckFailedReason{
		ReasonCode: "RESPONSE_MISMATCH", ExpectedResponse: "200", HealthcheckResponse: "503"}))
	if m.Status[0].Reason != nil || m.Reason != nil {
		t.Error("a reason where all is well")
	}
	r.SetHealth(web, "10.0.0.5", 80, elbfake.Health{Condition: elbfake.Condition{Status: elbfake.Offline, Reason: &elbfake.Reason{Code: "CONNECT_TIMEOUT"}}})
	m = ok(show(client, web, m.Id))(t)
	equal(t, "health", health(m), "OFFLINE l1=OFFLINE l2=OFFLINE")
	equal(t, "null responses", *m.Reason, model.MemberHealthCheckFailedReason{ReasonCode: "CONNECT_TIMEOUT"})
}

func TestTheStatusArrayMayBeMissing(t *testing.T) {
	_, client := start(t, elbfake.With(func(b *behaviour) { b.OmitStatus = true }))
	equal(t, "health", health(ok(create(client, web, "10.0.0.5", 80))(t)), "INITIAL")
}

func TestHealthFollowsWhatIsDoneToThePool(t *testing.T) {
	r, client := start(t)
	m := ok(create(client, web, "10.0.0.5", 80))(t)
	now := func() string { return health(ok(show(client, web, m.Id))(t)) }
	r.SetListeners(web)
	equal(t, "bound to nothing", now(), "UNKNOWN")
	r.SetHealthMonitor(web, false)
	equal(t, "nor watched", now(), "NO_MONITOR")
	r.SetListeners(web, "l2")
	equal(t, "one listener, not watched", now(), "NO_MONITOR l2=NO_MONITOR")
	r.SetHealthMonitor(web, true)
	equal(t, "one listener", now(), "ONLINE l2=ONLINE")
}
