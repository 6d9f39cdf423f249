package elbapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const memberC = "3b9ee1f4-0000-4c5a-9d0a-5f0d6a1b2c3d"

// anyPort answers an add with success and stored, and removals with the
// answers of gone, one after the other, the last of them again and again.
func anyPort(stored string, gone ...http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "DELETE" && !strings.HasSuffix(r.URL.Path, "/batch-delete") {
			write(w, 201, stored)
			return
		}
		answer := gone[0]
		if len(gone) > 1 {
			gone = gone[1:]
		}
		answer(w, r)
	}
}

func out(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }

func reset(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// stored is CreateMember's answer for a member whose port was ignored.
func stored() string {
	return `{"request_id":"req-1","member":` + memberJSON(memberA, "10.0.0.1", "0") + `}`
}

// inBatch is one member of BatchCreateMembers' answer.
func inBatch(id, address string, port int, ret string) string {
	return fmt.Sprintf(`{"id":%q,"address":%q,"protocol_port":%d,"ret_status":%q}`, id, address, port, ret)
}

func TestAMemberWhosePortWasIgnoredIsTakenOutAgainByItsID(t *testing.T) {
	t.Parallel()
	g, w := testGroup(t, anyPort(stored(), out))
	e := wantClass(t, g.Add(t.Context(), []membership.Member{ipMember("10.0.0.1", 8080)}), membership.Refused)
	if got, want := calls(w), []string{"POST members", "DELETE members/" + memberA}; !slices.Equal(got, want) {
		t.Errorf("calls %q, want %q", got, want)
	}
	want := "CreateMember: the answer has protocol_port 0 where 8080 was sent: a pool that forwards to any port (any_port_enable) " +
		"ignores it, so that protocol_port must be left out or 0; member " + memberA + " was taken out again (HTTP 201, request id req-1)"
	if e.Error() != want {
		t.Errorf("says  %s\nwant %s", e, want)
	}
}

func TestWhatBecomesOfAMemberThatMustBeTakenOutAgain(t *testing.T) {
	t.Parallel()
	const is, maybe = "is left in the pool: DeleteMember: ", "may be left in the pool: DeleteMember: "
	busy := answers(409, elbError("ELB.8907", "an earlier change is in progress"))
	for name, tt := range map[string]struct {
		gone  []http.HandlerFunc
		says  string
		tries int
		took  time.Duration
	}{
		"gone meanwhile":      {[]http.HandlerFunc{answers(404, elbError("ELB.8904", "member "+memberA+" could not be found."))}, "was taken out again", 1, 0},
		"gone with its pool":  {[]http.HandlerFunc{answers(404, elbError("ELB.8904", "pool "+testPool+" could not be found."))}, "was taken out again", 1, 0},
		"busy at first":       {[]http.HandlerFunc{busy, busy, out}, "was taken out again", 3, 600 * time.Millisecond},
		"throttled at first":  {[]http.HandlerFunc{answers(429, ""), out}, "was taken out again", 2, 200 * time.Millisecond},
		"no answer at first":  {[]http.HandlerFunc{reset, answers(404, elbError("ELB.8904", "member "+memberA+" could not be found."))}, "was taken out again", 2, 200 * time.Millisecond},
		"always busy":         {[]http.HandlerFunc{busy}, maybe + "ELB.8907", 5, 3 * time.Second},
		"no answer ever":      {[]http.HandlerFunc{hang}, maybe, 1, 30 * time.Second},
		"protected":           {[]http.HandlerFunc{answers(409, elbError("ELB.8907", "member_deletion_protection_enable"))}, is + "ELB.8907", 1, 0},
		"not allowed to":      {[]http.HandlerFunc{answers(403, elbError("APIGW.0302", "forbidden"))}, is + "APIGW.0302", 1, 0},
		"no such call at all": {[]http.HandlerFunc{answers(404, elbError("APIGW.0101", "no such API"))}, is, 1, 0},
		"a proxy's page":      {[]http.HandlerFunc{answers(404, "")}, maybe, 5, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, w := testGroup(t, anyPort(stored(), tt.gone...))
				start := time.Now()
				e := wantClass(t, g.Add(t.Context(), []membership.Member{ipMember("10.0.0.1", 8080)}), membership.Refused)
				for _, part := range []string{"protocol_port must be left out or 0", "member " + memberA, tt.says} {
					if !strings.Contains(e.Error(), part) {
						t.Errorf("does not say %q: %s", part, e)
					}
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				calls := calls(w)
				for _, c := range calls[1:] {
					if c != "DELETE members/"+memberA {
						t.Errorf("called %s", c)
					}
				}
				if len(calls) != 1+tt.tries {
					t.Errorf("%d tries, want %d", len(calls)-1, tt.tries)
				}
			})
		})
	}
}

// The answer to the add is there, so the member is too, whether or not anybody
// still waits for it.
func TestAMemberIsTakenOutAgainAfterItsCallerIsGone(t *testing.T) {
	t.Parallel()
	for name, hangs := range map[string]bool{"it answers": false, "it hangs": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				g, w := testGroup(t, anyPort(stored(), func(w http.ResponseWriter, r *http.Request) {
					cancel()
					if hangs {
						hang(w, r)
					}
					out(w, r)
				}))
				start := time.Now()
				e := wantClass(t, g.Add(ctx, []membership.Member{ipMember("10.0.0.1", 8080)}), membership.Refused)
				want, says := time.Duration(0), "was taken out again"
				if hangs {
					want, says = takeBackGrace, "may be left in the pool"
				}
				if took := time.Since(start); took != want || len(calls(w)) != 2 || !strings.Contains(e.Message, says) {
					t.Errorf("took %v, want %v; calls %q; %s", took, want, calls(w), e)
				}
			})
		})
	}
}

func TestTheMembersOfABatchAreJudgedOnTheirOwnWhereAPortIsIgnored(t *testing.T) {
	t.Parallel()
	const took, found, nothing, stays = "was taken out again", "already exists", "nothing was added for it", "is left in the pool"
	for name, tt := range map[string]struct {
		members []membership.Member
		answer  []string
		classes []string
		says    []string // part of each item's error
		out     []string // ids
	}{
		"one of two": {
			[]membership.Member{ipMember("10.0.0.1", 8080), ipMember("10.0.0.2", 0)},
			[]string{inBatch(memberB, "10.0.0.2", 0, "successful"), inBatch(memberA, "10.0.0.1", 0, "successful")},
			[]string{"refused", ""}, []string{"member " + memberA + " " + took, ""}, []string{memberA},
		},
		"two of three": {
			[]membership.Member{ipMember("10.0.0.1", 8080), ipMember("10.0.0.2", 0), ipMember("10.0.0.3", 81)},
			[]string{inBatch(memberA, "10.0.0.1", 0, "successful"), inBatch(memberB, "10.0.0.2", 0, "successful"), inBatch(memberC, "10.0.0.3", 0, "successful")},
			[]string{"refused", "", "refused"}, []string{memberA + " " + took, "", memberC + " " + took}, []string{memberA, memberC},
		},
		"one that existed": {
			[]membership.Member{ipMember("10.0.0.1", 8080), ipMember("10.0.0.2", 0)},
			[]string{inBatch(memberA, "10.0.0.1", 0, "existed"), inBatch(memberB, "10.0.0.2", 0, "existed")},
			[]string{"refused", found}, []string{nothing, "was in the pool already"}, nil,
		},
		"one address, with a port and without": {
			[]membership.Member{ipMember("10.0.0.1", 8080), ipMember("10.0.0.1", 0)},
			[]string{inBatch(memberA, "10.0.0.1", 0, "existed"), inBatch(memberA, "10.0.0.1", 0, "successful")},
			[]string{"refused", ""}, []string{nothing, ""}, nil,
		},
		"one address, both said to be new": {
			[]membership.Member{ipMember("10.0.0.1", 8080), ipMember("10.0.0.1", 0)},
			[]string{inBatch(memberA, "10.0.0.1", 0, "successful"), inBatch(memberA, "10.0.0.1", 0, "successful")},
			[]string{"refused", ""}, []string{nothing, ""}, nil,
		},
		"one address, two ports": {
			[]membership.Member{ipMember("10.0.0.1", 80), ipMember("10.0.0.1", 81)},
			[]string{inBatch(memberA, "10.0.0.1", 0, "existed"), inBatch(memberA, "10.0.0.1", 0, "successful")},
			[]string{"refused", "refused"}, []string{took, nothing}, []string{memberA},
		},
		"one without an id, one of a foreign status": {
			[]membership.Member{ipMember("10.0.0.1", 80), ipMember("10.0.0.2", 80)},
			[]string{inBatch("", "10.0.0.1", 0, "successful"), inBatch(memberB, "10.0.0.2", 0, "odd")},
			[]string{"refused", "refused"}, []string{"address 10.0.0.1 (id \"\"", memberB + `", ret_status "odd") ` + stays}, nil,
		},
		"ports that are not ignored": {
			[]membership.Member{ipMember("10.0.0.1", 80), ipMember("10.0.0.1", 81)},
			[]string{inBatch(memberA, "10.0.0.1", 81, "successful")},
			[]string{"unknown outcome", ""}, []string{"does not mention 10.0.0.1:80", ""}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var gone []string
			for _, id := range tt.out {
				gone = append(gone, `{"id":"`+id+`","ret_status":"successful"}`)
			}
			remove := out
			if len(gone) > 1 {
				remove = answers(200, `{"members":[`+strings.Join(gone, ",")+`]}`)
			}
			g, w := testGroup(t, anyPort(`{"request_id":"req-1","members":[`+strings.Join(tt.answer, ",")+`]}`, remove))
			err := g.Add(t.Context(), tt.members)
			if got := classes(t, err); !slices.Equal(got, tt.classes) {
				t.Fatalf("outcomes %q, want %q", got, tt.classes)
			}
			for i, says := range tt.says {
				if e := errorOf(err, i); e != nil && (!strings.Contains(e.Error(), says) || !strings.Contains(e.Error(), "request id req-1")) {
					t.Errorf("of %s it does not say %q: %s", tt.members[i].Key, says, e)
				}
			}
			calls, want := calls(w), []string{"POST members/batch-add"}
			switch len(tt.out) {
			case 0:
			case 1:
				want = append(want, "DELETE members/"+tt.out[0])
			default:
				want = append(want, "POST members/batch-delete")
				body := `{"members":[{"id":"` + strings.Join(tt.out, `"},{"id":"`) + `"}]}`
				if s := w.Requests(); len(s) > 1 && strings.TrimSpace(s[1].Body) != body {
					t.Errorf("took out %s, want %s", s[1].Body, body)
				}
			}
			if !slices.Equal(calls, want) {
				t.Errorf("calls %q, want %q", calls, want)
			}
		})
	}
}

func TestIgnoredPortsWithoutBatchCalls(t *testing.T) {
	t.Parallel()
	n := 0
	g, w := testGroup(t, noBatch(404, elbError("APIGW.0101", "no such API"), func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "DELETE" {
			out(w, r)
			return
		}
		n++
		write(w, 201, `{"member":`+memberJSON([]string{memberA, memberB}[n-1], fmt.Sprintf("10.0.0.%d", n), "0")+`}`)
	}))
	two := []membership.Member{ipMember("10.0.0.1", 8080), ipMember("10.0.0.2", 0)}
	wantClass(t, g.Add(t.Context(), two), membership.Transient)
	wantClass(t, g.Add(t.Context(), two[:1]), membership.Refused)
	if err := g.Add(t.Context(), two[1:]); err != nil {
		t.Error(err)
	}
	if got, want := calls(w), []string{"POST members/batch-add", "POST members", "DELETE members/" + memberA, "POST members"}; !slices.Equal(got, want) {
		t.Errorf("calls %q, want %q", got, want)
	}
}

func TestAChangeOfPortThatIsIgnoredIsRefused(t *testing.T) {
	t.Parallel()
	portless := withID(memberA)
	portless.Key.Port = 0
	other := withID(memberB)
	change := membership.Change{Member: portless, Port: ptr(8080), Weight: ptr(5)}
	g, w := testGroup(t, answers(200, stored()))
	e := wantClass(t, g.Update(t.Context(), []membership.Change{change}), membership.Refused)
	for _, part := range []string{"UpdateMember: ", "protocol_port 0 where 8080 was sent", "must be left out or 0", "keeps the port", "req-1"} {
		if !strings.Contains(e.Error(), part) {
			t.Errorf("does not say %q: %s", part, e)
		}
	}
	if n := len(w.Requests()); n != 1 {
		t.Errorf("calls %q", calls(w))
	}
	g, w = testGroup(t, answers(200, `{"members":[{"id":"`+memberA+`","protocol_port":0},{"id":"`+memberB+`","protocol_port":81}]}`))
	err := g.Update(t.Context(), []membership.Change{change, {Member: other, Port: ptr(81)}})
	if got, want := classes(t, err), []string{"refused", ""}; !slices.Equal(got, want) || len(w.Requests()) != 1 {
		t.Errorf("outcomes %q, want %q; calls %q", got, want, calls(w))
	}
	// An answer without the port proves nothing.
	g, _ = testGroup(t, answers(200, `{"member":{"id":"`+memberB+`"}}`))
	if err := g.Update(t.Context(), []membership.Change{{Member: other, Port: ptr(81)}}); err != nil {
		t.Error(err)
	}
}

// An answer that says nothing of ports is not one that shows another port.
func TestAnAnswerWithoutPortsTakesNothingBack(t *testing.T) {
	t.Parallel()
	g, w := testGroup(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "batch-add") {
			write(w, 200, `{"members":[{"id":"m-1","address":"10.0.0.1","ret_status":"successful"},{"id":"m-2","address":"10.0.0.2","ret_status":"successful"}]}`)
			return
		}
		write(w, 201, `{"member":{"id":"m-1","address":"10.0.0.1"}}`)
	})
	one := membership.Member{Key: membership.Key{Address: "10.0.0.1", Port: 80}, Weight: 1}
	two := membership.Member{Key: membership.Key{Address: "10.0.0.2"}, Weight: 1}
	if err := g.Add(t.Context(), []membership.Member{one}); err != nil {
		t.Errorf("one: %v", err)
	}
	if err := g.Add(t.Context(), []membership.Member{one, two}); err != nil {
		t.Errorf("two: %v", err)
	}
	if n := len(w.Requests()); n != 2 {
		t.Errorf("%d calls, want the two adds alone: %v", n, calls(w))
	}
}
