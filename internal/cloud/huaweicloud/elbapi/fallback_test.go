package elbapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// noBatch answers as an endpoint without batch calls does, and with single for
// the rest.
func noBatch(status int, body string, single http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/batch-") {
			write(w, status, body)
			return
		}
		single(w, r)
	}
}

var oneMember = answers(200, `{"member":`+memberJSON(memberA, "10.0.0.1", "80")+`}`)

func three() []membership.Member {
	return []membership.Member{ipMember("10.0.0.1", 80), ipMember("10.0.0.2", 80), ipMember("10.0.0.3", 80)}
}

// An endpoint without batch calls does nothing when it is asked for one, and the
// limit says from then on that members go one by one, in every pool of the client.
func TestAnEndpointWithoutBatchCallsTakesOneMember(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		status int
		body   string
		class  membership.Class
	}{
		"gateway":             {404, elbError("APIGW.0101", "The API does not exist or has not been published"), membership.Transient},
		"HTML":                {404, "<html>Not Found</html>", membership.Unknown},
		"method":              {405, "", membership.Unknown},
		"taken for member id": {404, elbError("ELB.8904", "member batch-add could not be found."), membership.Transient},
	} {
		for kind, call := range map[string]func(g membership.Group) error{
			"add": func(g membership.Group) error { return g.Add(t.Context(), three()) },
			"update": func(g membership.Group) error {
				return g.Update(t.Context(), []membership.Change{{Member: withID(memberA), Weight: ptr(0)}, {Member: withID(memberB), Weight: ptr(0)}})
			},
			"remove": func(g membership.Group) error {
				return g.Remove(t.Context(), []membership.Member{withID(memberA), withID(memberB)})
			},
		} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				w := &wire{Handler: noBatch(answer.status, answer.body, oneMember)}
				c := testClient(t, w)
				g, other := c.Pool(testPool), c.Pool("46ce7086-a496-4666-9064-5ba0e6840c75")
				if n := g.Limits().Batch; n != MaxBatch {
					t.Errorf("%d members in a call before it is known", n)
				}
				wantClass(t, call(g), answer.class)
				if n := len(w.Requests()); n != 1 || g.Limits().Batch != 1 || other.Limits().Batch != 1 {
					t.Errorf("%d requests; %d and %d members in a call", n, g.Limits().Batch, other.Limits().Batch)
				}
				if err := g.Add(t.Context(), three()[:1]); err != nil || g.Limits().Batch != 1 {
					t.Errorf("%v; %d members in a call", err, g.Limits().Batch)
				}
			})
		}
	}
}

func TestRemovalByAddressWithoutBatchCallsFindsTheID(t *testing.T) {
	t.Parallel()
	g, w := testGroup(t, noBatch(404, "", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "DELETE" {
			w.WriteHeader(204)
			return
		}
		write(w, 200, `{"members":[`+memberJSON(memberB, "10.0.0.1", "81")+`,`+memberJSON(memberA, "10.0.0.1", "80")+`]}`)
	}))
	for range 2 {
		if err := g.Remove(t.Context(), three()[:1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Remove(t.Context(), three()[1:2]); err != nil { // it is not there
		t.Fatal(err)
	}
	want := []string{"POST members/batch-delete", "GET members", "DELETE members/" + memberA,
		"GET members", "DELETE members/" + memberA, "GET members"}
	if got := calls(w); !slices.Equal(got, want) {
		t.Errorf("calls %q", got)
	}
}

func TestAGatewayThatAnswers404ToEverythingTeachesNothing(t *testing.T) {
	t.Parallel()
	g, _ := testGroup(t, answers(404, elbError("APIGW.0101", "The API does not exist")))
	wantClass(t, g.Add(t.Context(), three()), membership.Transient)
	wantClass(t, g.Add(t.Context(), three()[:1]), membership.Denied)
	if n := g.Limits().Batch; n != MaxBatch {
		t.Errorf("%d members in a call from then on", n)
	}
}

func TestAPoolThatIsGoneIsNoMissingBatchCall(t *testing.T) {
	t.Parallel()
	g, w := testGroup(t, answers(404, elbError("ELB.8904", "pool "+testPool+" could not be found.")))
	wantClass(t, g.Add(t.Context(), three()), membership.NotFound)
	if n := len(w.Requests()); n != 1 || g.Limits().Batch != MaxBatch {
		t.Errorf("%d requests, %d members in a call", n, g.Limits().Batch)
	}
}

// slowPool is an endpoint without batch calls whose single calls take a time.
// It notes when each request came.
func slowPool(takes time.Duration, came *[]time.Time) http.HandlerFunc {
	type entry struct {
		ID      string `json:"id"`
		Address string `json:"address"`
		Port    int    `json:"protocol_port"`
		Weight  int    `json:"weight"`
		Name    string `json:"name"`
	}
	var mu sync.Mutex
	all := []entry{}
	return noBatch(404, elbError("APIGW.0101", "no such API"), func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		*came = append(*came, time.Now())
		mu.Unlock()
		if r.Method == "GET" {
			mu.Lock()
			defer mu.Unlock()
			b, _ := json.Marshal(map[string]any{"members": all})
			write(w, 200, string(b))
			return
		}
		var in struct{ Member entry }
		_ = json.NewDecoder(r.Body).Decode(&in)
		select {
		case <-r.Context().Done():
			return
		case <-time.After(takes):
		}
		mu.Lock()
		defer mu.Unlock()
		in.Member.ID = fmt.Sprintf("%08d-0000-0000-0000-000000000000", len(all))
		all = append(all, in.Member)
		b, _ := json.Marshal(map[string]any{"member": in.Member})
		write(w, 201, string(b))
	})
}

func twoHundred() (ms []membership.Member) {
	for n := range 200 {
		ms = append(ms, ipMember(fmt.Sprintf("10.0.0.%d", n+1), 80))
	}
	return ms
}

// The engine bounds and paces each single call: two hundred slow ones all land,
// and the user's cap holds.
func TestManyMembersAtAnEndpointWithoutBatchCalls(t *testing.T) {
	t.Parallel()
	for _, takes := range []time.Duration{10 * time.Millisecond, 1500 * time.Millisecond, 2500 * time.Millisecond} {
		t.Run(takes.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var came []time.Time
				g, _ := testGroup(t, slowPool(takes, &came))
				h := membership.New(membership.Options{}).Open("p", func() membership.Group { return g })
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				for _, o := range h.AddAll(ctx, twoHundred(), false) {
					if o.Err != nil {
						t.Error(o.Err)
					}
				}
				if n := len(came); n > 210 {
					t.Errorf("%d single calls and listings for 200 members", n)
				}
			})
		})
	}
}

func TestTheUsersCapHoldsWithoutBatchCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var came []time.Time
		g, _ := testGroup(t, slowPool(10*time.Millisecond, &came))
		h := membership.New(membership.Options{RequestsPerSecond: 2}).Open("p", func() membership.Group { return g })
		h.AddAll(t.Context(), twoHundred()[:50], false)
		for i := 1; i < len(came); i++ {
			if gap := came[i].Sub(came[i-1]); gap < 500*time.Millisecond {
				t.Errorf("a call %v after the one before, and the cap is two a second", gap)
			}
		}
	})
}
