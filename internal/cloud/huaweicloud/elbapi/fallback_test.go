package elbapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

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

func TestWithoutBatchCallsItemsGoOneByOneAndItIsRemembered(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"gateway":             {404, elbError("APIGW.0101", "The API does not exist or has not been published")},
		"HTML":                {404, "<html>Not Found</html>"},
		"method":              {405, ""},
		"taken for member id": {404, elbError("ELB.8904", "member batch-add could not be found.")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, w := testGroup(t, noBatch(answer.status, answer.body, oneMember))
			for range 2 {
				if err := g.Add(t.Context(), three()); err != nil {
					t.Fatal(err)
				}
			}
			want := []string{"POST members/batch-add"}
			for range 6 {
				want = append(want, "POST members")
			}
			if got := w.calls(); !slices.Equal(got, want) {
				t.Errorf("calls %q", got)
			}
		})
	}
}

func TestEachKindOfBatchIsRememberedApart(t *testing.T) {
	t.Parallel()
	c := "3b9ee1f4-0000-4c5a-9d0a-5f0d6a1b2c3d"
	g, w := testGroup(t, noBatch(404, elbError("APIGW.0101", "no"), func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == "DELETE" && strings.HasSuffix(r.URL.Path, memberB):
			write(w, 404, elbError("ELB.8904", "member "+memberB+" could not be found."))
		case r.Method == "DELETE":
			w.WriteHeader(204)
		case r.Method == "GET":
			write(w, 200, `{"members":[`+memberJSON(c, "10.0.0.9", "80")+`]}`)
		default:
			oneMember(w, r)
		}
	}))
	if err := g.Update(t.Context(), []membership.Change{{Member: withID(memberA), Weight: ptr(0)}, {Member: withID(memberB), Weight: ptr(0)}}); err != nil {
		t.Fatal(err)
	}
	err := g.Remove(t.Context(), []membership.Member{withID(memberA), withID(memberB), ipMember("10.0.0.9", 80), ipMember("10.0.0.8", 80)})
	if got, want := classes(t, err), []string{"", "member not found", "", ""}; !slices.Equal(got, want) {
		t.Errorf("outcomes %q, want %q", got, want)
	}
	want := []string{"POST members/batch-update", "PUT members/" + memberA, "PUT members/" + memberB,
		"POST members/batch-delete", "DELETE members/" + memberA, "DELETE members/" + memberB,
		"GET members", "DELETE members/" + c, "GET members"}
	if got := w.calls(); !slices.Equal(got, want) {
		t.Errorf("calls %q\nwant  %q", got, want)
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
	if err := g.Remove(t.Context(), three()[:1]); err != nil {
		t.Fatal(err)
	}
	if got, want := w.calls(), []string{"POST members/batch-delete", "GET members", "DELETE members/" + memberA}; !slices.Equal(got, want) {
		t.Errorf("calls %q", got)
	}
}

func TestAGatewayThatAnswers404ToEverythingTeachesNothing(t *testing.T) {
	t.Parallel()
	broken := true
	g, w := testGroup(t, func(w http.ResponseWriter, r *http.Request) {
		if broken {
			write(w, 404, elbError("APIGW.0101", "The API does not exist"))
			return
		}
		write(w, 200, `{"members":[{"address":"10.0.0.1","protocol_port":80,"ret_status":"successful"},`+
			`{"address":"10.0.0.2","protocol_port":80,"ret_status":"successful"},{"address":"10.0.0.3","protocol_port":80,"ret_status":"successful"}]}`)
	})
	if got, want := classes(t, g.Add(t.Context(), three())), []string{"denied", "denied", "denied"}; !slices.Equal(got, want) {
		t.Errorf("outcomes %q", got)
	}
	broken = false
	if err := g.Add(t.Context(), three()); err != nil {
		t.Fatal(err)
	}
	if got, want := w.calls(), []string{"POST members/batch-add", "POST members", "POST members/batch-add"}; !slices.Equal(got, want) {
		t.Errorf("calls %q", got)
	}
}

func TestAPoolThatIsGoneIsNoMissingBatchCall(t *testing.T) {
	t.Parallel()
	g, w := testGroup(t, answers(404, elbError("ELB.8904", "pool "+testPool+" could not be found.")))
	wantClass(t, g.Add(t.Context(), three()), membership.NotFound)
	if n := len(w.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestWhatStopsOneItemOfAFallback(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		body   string
		want   [3]string // outcome where the second item gets this answer
		calls  int       // single calls sent
	}{
		{429, "", [3]string{"", "throttled", "throttled"}, 2},
		{403, "", [3]string{"", "denied", "denied"}, 2},
		{409, elbError("ELB.8999", "load balancer is not ACTIVE"), [3]string{"", "busy", "busy"}, 2},
		{404, elbError("ELB.8904", "pool "+testPool+" could not be found."), [3]string{"", "not found", "not found"}, 2},
		{409, elbError("ELB.8907", "exists"), [3]string{"", "already exists", ""}, 3},
		{400, elbError("ELB.8902", "bad"), [3]string{"", "refused", ""}, 3},
		{409, elbError("ELB.8905", "quota"), [3]string{"", "quota exceeded", ""}, 3},
		{500, "", [3]string{"", "unknown outcome", ""}, 3},
		{0, "", [3]string{"", "unknown outcome", "transient"}, 2}, // connection cut
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.status, " ", tt.want[1]), func(t *testing.T) {
			t.Parallel()
			n := 0
			g, _ := testGroup(t, noBatch(404, "", func(w http.ResponseWriter, r *http.Request) {
				n++
				switch {
				case n != 2:
					oneMember(w, r)
				case tt.status == 0:
					panic(http.ErrAbortHandler)
				default:
					write(w, tt.status, tt.body)
				}
			}))
			if got := classes(t, g.Add(t.Context(), three())); !slices.Equal(got, tt.want[:]) || n != tt.calls {
				t.Errorf("outcomes %q after %d calls, want %q after %d", got, n, tt.want, tt.calls)
			}
		})
	}
}

func TestAFallbackStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	g, _ := testGroup(t, noBatch(404, "", func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 2 {
			cancel()
			<-r.Context().Done()
			return
		}
		oneMember(w, r)
	}))
	if got, want := classes(t, g.Add(ctx, three())), []string{"", "unknown outcome", "transient"}; !slices.Equal(got, want) || n != 2 {
		t.Errorf("outcomes %q after %d calls, want %q after 2", got, n, want)
	}
}
