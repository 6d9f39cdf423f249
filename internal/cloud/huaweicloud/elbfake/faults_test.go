package elbfake_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	elb "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// meanwhile runs two creates that overlap and returns their errors.
func meanwhile(client *elb.ElbClient, poolA, poolB string) (errs [2]error) {
	var wg sync.WaitGroup
	for i, pool := range []string{poolA, poolB} {
		wg.Go(func() {
			<-time.After(time.Duration(i) * time.Millisecond)
			_, errs[i] = create(client, pool, "10.0.0.5", int32(80+i))
		})
	}
	wg.Wait()
	return errs
}

func TestWritesToOnePoolWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, client := inProcess(t)
		r.Server.SetLatency(fakecloud.Latency{Write: time.Second})
		begin := time.Now()
		if errs := meanwhile(client, plain, plain); errs != [2]error{} {
			t.Error(errs)
		}
		equal(t, "two writes of a second", time.Since(begin), 2*time.Second)
		equal(t, "in flight", r.Server.Log.MaxInFlight(plain), 2)
		begin = time.Now()
		if errs := meanwhile(client, web, affinity); errs[0] != nil {
			t.Error(errs)
		}
		equal(t, "on two pools", time.Since(begin), time.Second+time.Millisecond)
	})
}

func TestWritesToOnePoolMayBeRefusedAsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, client := inProcess(t, elbfake.With(func(b *behaviour) { b.BusyCode = "ELB.9006" }))
		r.Server.SetLatency(fakecloud.Latency{Write: time.Second})
		errs := meanwhile(client, plain, plain)
		if errs[0] != nil {
			t.Error(errs[0])
		}
		refused(t, errs[1], 409, "ELB.9006", "pool pool-plain is being changed")
		equal(t, "busy answers", r.Server.Log.All().BusyAnswers(), 1)
		equal(t, "members", text(r, plain), "10.0.0.5:80=1")
	})
}

func TestThrottling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, client := inProcess(t, elbfake.With(func(b *behaviour) { b.CallsPerSecond = 2 }))
		req := &model.ShowPoolRequest{PoolId: plain}
		ok(client.ShowPool(req))(t)
		ok(client.ShowPool(req))(t)
		_, err := client.ShowPool(req)
		refused(t, err, 429, "APIGW.0308", "The throttling threshold has been reached")
		<-time.After(time.Second)
		ok(client.ShowPool(req))(t)

		var after string
		look := roundTripper(func(q *http.Request) (*http.Response, error) {
			res, err := r.Server.Transport().RoundTrip(q)
			if err == nil {
				after = res.Header.Get("Retry-After")
			}
			return res, err
		})
		client = connect(t, r.URL, look, key("AK", "SK", ""))
		r.Server.Faults.On("ShowPool").Do(fakecloud.Throttle(3 * time.Second))
		_, err = client.ShowPool(req)
		refused(t, err, 429, "APIGW.0308", "throttling")
		equal(t, "Retry-After", after, "3")
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAStaleReadShowsThePoolBeforeItsLastWrite(t *testing.T) {
	t.Parallel()
	r, client := inProcess(t)
	stale := func() { r.Server.Faults.On("ListMembers").Do(fakecloud.StaleRead()) }
	list := func() int {
		return len(*ok(client.ListMembers(&model.ListMembersRequest{PoolId: plain}))(t).Members)
	}
	one := ok(create(client, plain, "10.0.0.5", 80))(t)
	ok(create(client, plain, "10.0.0.6", 80))(t)
	ok(create(client, web, "10.0.0.6", 80))(t) // a write to another pool changes nothing here
	stale()
	equal(t, "stale", list(), 1)
	equal(t, "now", list(), 2)
	if err := remove(client, plain, one.Id); err != nil {
		t.Fatal(err)
	}
	r.Server.Faults.On("ShowMember").Do(fakecloud.StaleRead())
	ok(show(client, plain, one.Id))(t)
	_, err := show(client, plain, one.Id)
	refused(t, err, 404, "ELB.8904", "member")
	r.DeletePool(plain)
	stale()
	equal(t, "stale, the pool being gone", list(), 1)
	_, err = client.ListMembers(&model.ListMembersRequest{PoolId: plain})
	refused(t, err, 404, "ELB.8904", "pool")
	equal(t, "unused faults", len(r.Server.Faults.Unused()), 0)
}

func TestABatchMayBeCarriedOutInPart(t *testing.T) {
	t.Parallel()
	r, client := inProcess(t)
	r.Server.Faults.On("BatchCreateMembers").Do(fakecloud.PartialBatch(2, 500, "ELB.8906", "internal"))
	_, err := batchAdd(client, plain, option("10.0.0.5", 80), option("10.0.0.6", 80), option("10.0.0.7", 80))
	refused(t, err, 500, "ELB.8906", "internal")
	equal(t, "members", text(r, plain), "10.0.0.5:80=1 10.0.0.6:80=1")
}

func TestAnAnswerMayBeLostAfterTheWrite(t *testing.T) {
	r, client := start(t)
	r.Server.Faults.On("CreateMember").Do(fakecloud.ResetAfterCommit())
	if _, err := create(client, plain, "10.0.0.5", 80); err == nil {
		t.Error("no error")
	}
	r.Server.Faults.On("CreateMember").Do(fakecloud.ResetBeforeCommit())
	if _, err := create(client, plain, "10.0.0.6", 80); err == nil {
		t.Error("no error")
	}
	r.Server.Faults.On("CreateMember").Do(fakecloud.FailAfterCommit(502, "APIGW.0201", "Backend unavailable."))
	_, err := create(client, plain, "10.0.0.7", 80)
	refused(t, err, 502, "APIGW.0201", "Backend unavailable.")
	r.Server.Faults.On("CreateMember").Do(fakecloud.Raw(502, "text/html", "<html>Bad Gateway</html>"))
	if _, err = create(client, plain, "10.0.0.8", 80); err == nil {
		t.Error("no error")
	}
	equal(t, "members", text(r, plain), "10.0.0.5:80=1 10.0.0.7:80=1")
}

func TestACancelledRequestReturnsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := elbfake.InProcess(t, seed())
		r.Server.Faults.On("CreateMember").Do(fakecloud.HangAfterCommit())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		with := roundTripper(func(q *http.Request) (*http.Response, error) {
			return r.Server.Transport().RoundTrip(q.WithContext(ctx))
		})
		_, err := create(connect(t, r.URL, with, key("AK", "SK", "")), plain, "10.0.0.5", 80)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		equal(t, "members", text(r, plain), "10.0.0.5:80=1")
	})
}

func TestAFaultThatNeverFiresIsReported(t *testing.T) {
	says := &recorder{TB: t}
	t.Run("a test that forgot a call", func(t *testing.T) {
		says.TB = t
		r := elbfake.Start(says, seed())
		r.Server.Faults.On("DeleteMember").Do(fakecloud.Hang())
		r = elbfake.InProcess(says, seed())
		r.Server.Faults.On("ShowMember").Do(fakecloud.Hang())
	})
	equal(t, "reports", len(says.reports()), 2)
}
