package elbapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

func TestListMapsEveryField(t *testing.T) {
	t.Parallel()
	g, _ := testGroup(t, answers(200, `{"request_id":"r","page_info":{"previous_marker":"a","current_count":3},"members":[
		{"id":"`+memberA+`","name":"web","weight":0,"address":"10.0.0.5","protocol_port":8080,"subnet_cidr_id":"s1","availability_zone":"z1",
		 "operating_status":"ONLINE","ip_version":"v4","member_type":"instance","instance_id":"i1","unheard_of":{"x":[1]},
		 "status":[{"listener_id":"l","operating_status":"ONLINE"}],"admin_state_up":true},
		{"id":"b","address":"2001:DB8:0:0::5","protocol_port":0,"weight":100,"subnet_cidr_id":null,"availability_zone":null,"name":null,"status":null,"member_type":null},
		{"id":"c","address":"10.0.0.6","protocol_port":1,"weight":1}]}`))
	got, err := g.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []membership.Member{
		{Key: membership.Key{Address: "10.0.0.5", Port: 8080}, ID: memberA, Name: "web", Subnet: "s1", Zone: "z1",
			Observed: membership.Observed{Status: "ONLINE", IPVersion: "v4", MemberType: "instance", Instance: "i1"}},
		{Key: membership.Key{Address: "2001:db8::5"}, ID: "b", Weight: 100, Observed: membership.Observed{IPVersion: "v6"}},
		{Key: membership.Key{Address: "10.0.0.6", Port: 1}, ID: "c", Weight: 1, Observed: membership.Observed{IPVersion: "v4"}},
	}
	if len(got) != len(want) {
		t.Fatalf("%d members", len(got))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("member %d: %+v\nwant %+v", i, got[i], want[i])
		}
	}
}

// page is a page of n members numbered from first, with a marker where given.
func page(first, n int, marker string) string {
	var b strings.Builder
	b.WriteString(`{"members":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(memberJSON(fmt.Sprintf("m%d", first+i), fmt.Sprintf("10.0.%d.%d", (first+i)/250, (first+i)%250), "80"))
	}
	b.WriteString(`],"page_info":{"previous_marker":"x","current_count":` + fmt.Sprint(n))
	if marker != "" {
		b.WriteString(`,"next_marker":"` + marker + `"`)
	}
	b.WriteString("}}")
	return b.String()
}

func TestListReadsEveryPage(t *testing.T) {
	t.Parallel()
	const full = pageSize
	tests := []struct {
		name    string
		pages   map[string]string // by marker
		members int
		calls   int
		fails   bool
	}{
		{"none", map[string]string{"": page(0, 0, "")}, 0, 1, false},
		{"a short page that is not the last", map[string]string{"": page(0, 3, "m2"), "m2": page(3, 2, "")}, 5, 2, false},
		{"a short last page with a marker", map[string]string{"": page(0, 3, "m2"), "m2": page(0, 0, "")}, 3, 2, false},
		{"a short page whose marker is ignored", map[string]string{"": page(0, 3, "m2"), "m2": page(0, 3, "m2")}, 3, 2, false},
		{"a full page without a marker is the last", map[string]string{"": page(0, full, "")}, full, 1, false},
		{"two pages", map[string]string{"": page(0, full, "m1999"), "m1999": page(full, 5, "")}, full + 5, 2, false},
		{"an empty second page", map[string]string{"": page(0, full, "m1999"), "m1999": page(0, 0, "m1999")}, full, 2, false},
		{"pages that overlap", map[string]string{"": page(0, full, "m1999"), "m1999": page(full-7, 10, "")}, full + 3, 2, false},
		{"a marker that stays", map[string]string{"": page(0, full, "m1999"), "m1999": page(full, full, "m1999")}, 2 * full, 2, false},
		{"pages that go in a circle", map[string]string{"": page(0, full, "a"), "a": page(full, full, "b"), "b": page(0, full, "a")}, 0, 3, true},
		{"a marker that is ignored", map[string]string{"": page(0, full, "a"), "a": page(0, full, "a")}, 0, 2, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, w := testGroup(t, func(w http.ResponseWriter, r *http.Request) {
				write(w, 200, tt.pages[r.URL.Query().Get("marker")])
			})
			got, err := g.List(t.Context())
			if tt.fails {
				wantClass(t, err, membership.Transient)
			} else if err != nil {
				t.Fatal(err)
			}
			if len(got) != tt.members || len(w.Requests()) != tt.calls {
				t.Errorf("%d members in %d calls, want %d in %d", len(got), len(w.Requests()), tt.members, tt.calls)
			}
			for _, s := range w.Requests() {
				verifySignature(t, s, testKeys)
			}
		})
	}
}

func TestASecondPageThatFailsIsNoShortList(t *testing.T) {
	t.Parallel()
	g, _ := testGroup(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("marker") != "" {
			write(w, 500, `{"error_code":"ELB.8906","error_msg":"internal"}`)
			return
		}
		write(w, 200, page(0, pageSize, "m1999"))
	})
	got, err := g.List(t.Context())
	wantClass(t, err, membership.Transient)
	if got != nil {
		t.Errorf("%d members beside the error", len(got))
	}
}

// A page that is refused says only that the listing is to be started over:
// whether the credentials are good and the pool is there, the first page said.
func TestAPageThatIsRefusedStartsTheListingOver(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   membership.Class
	}{
		"404 naming the marker": {404, elbError("ELB.8904", "Member m1 could not be found."), membership.Transient},
		"404 naming the pool":   {404, elbError("ELB.8904", "pool "+testPool+" could not be found."), membership.Transient},
		"404 of another code":   {404, elbError("ELB.9800", "The resource could not be found."), membership.Transient},
		"404 of the gateway":    {404, elbError("APIGW.0101", "The API does not exist"), membership.Transient},
		"400":                   {400, elbError("ELB.8902", "Invalid input for marker."), membership.Transient},
		"403":                   {403, elbError("ELB.8903", "Forbidden"), membership.Transient},
		"500":                   {500, "", membership.Transient},
		"429":                   {429, "", membership.Throttled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, w := testGroup(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("marker") == "" {
					write(w, 200, page(0, 2, "m1"))
					return
				}
				write(w, tt.status, tt.body)
			})
			got, err := g.List(t.Context())
			e := wantClass(t, err, tt.want)
			if got != nil || e.Status != tt.status || len(w.Requests()) != 2 {
				t.Errorf("%d members beside %+v after %d requests", len(got), e, len(w.Requests()))
			}
			if refused := tt.status < 429; refused != strings.Contains(e.Message, "page after m1") {
				t.Errorf("message %q", e.Message)
			}
		})
	}
	g, _ := testGroup(t, answers(404, elbError("ELB.8904", "pool "+testPool+" could not be found.")))
	_, err := g.List(t.Context())
	wantClass(t, err, membership.NotFound)
}

// unreadable are answers of success that say nothing.
var unreadable = map[string]string{
	"empty":          "",
	"null":           "null",
	"empty object":   "{}",
	"null members":   `{"members":null}`,
	"other object":   `{"request_id":"r"}`,
	"list":           "[]",
	"string":         `"ok"`,
	"HTML":           "<html><head><title>Welcome</title></head><body>Sign in</body></html>",
	"truncated":      `{"members":[{"id":"m1","address":"10.0.0.1","protocol_port":80,"weight":1},`,
	"wrong types":    `{"members":[{"id":"m1","address":"10.0.0.1","protocol_port":"eighty"}]}`,
	"two values":     `{"members":[]}{"members":[]}`,
	"no identity":    `{"members":[{}]}`,
	"members object": `{"members":{"id":"m1"}}`,
}

func TestListNeverTakesAnUnreadableAnswerForAnEmptyPool(t *testing.T) {
	t.Parallel()
	for name, body := range unreadable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, _ := testGroup(t, answers(200, body))
			got, err := g.List(t.Context())
			e := wantClass(t, err, membership.Transient)
			if got != nil || e.Status != 200 || e.Action != "ListMembers" || !strings.Contains(e.Message, "cannot be read") {
				t.Errorf("members %v, error %+v", got, e)
			}
		})
	}
}

func TestAWriteWithAnUnreadableAnswerIsUnknown(t *testing.T) {
	t.Parallel()
	two := []membership.Member{withID(memberA), withID(memberB)}
	calls := map[string]func(membership.Group) error{
		"add one":    func(g membership.Group) error { return g.Add(t.Context(), two[:1]) },
		"add two":    func(g membership.Group) error { return g.Add(t.Context(), two) },
		"remove one": func(g membership.Group) error { return g.Remove(t.Context(), two[:1]) },
		"remove two": func(g membership.Group) error { return g.Remove(t.Context(), two) },
		"update one": func(g membership.Group) error {
			return g.Update(t.Context(), []membership.Change{{Member: two[0], Weight: ptr(1)}})
		},
		"update two": func(g membership.Group) error {
			return g.Update(t.Context(), []membership.Change{{Member: two[0], Weight: ptr(1)}, {Member: two[1], Weight: ptr(1)}})
		},
	}
	for kind, call := range calls {
		for name, body := range unreadable {
			g, w := testGroup(t, answers(200, body))
			if err := call(g); !membership.Is(err, membership.Unknown) {
				t.Errorf("%s, %s: %v", kind, name, err)
			}
			if n := len(w.Requests()); n != 1 {
				t.Errorf("%s, %s: sent %d times", kind, name, n)
			}
		}
	}
}
