package slbapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// balancers is a page of load balancers lb-from to lb-to, of so many.
func balancers(total any, from, to int) string {
	var rows []string
	for n := from; n < to; n++ {
		rows = append(rows, fmt.Sprintf(`{"LoadBalancerId":"lb-%d"}`, n))
	}
	return fmt.Sprintf(`{"RequestId":"r","TotalCount":%v,"LoadBalancers":{"LoadBalancer":[%s]}}`, total, strings.Join(rows, ","))
}

func TestLoadBalancersAreListedPageByPage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		pages []string
		want  int
		class membership.Meaning // of the error; nil: none
		asked int
	}{
		{"none", []string{balancers(0, 0, 0)}, 0, nil, 1},
		{"one page", []string{balancers(3, 0, 3)}, 3, nil, 1},
		{"a full page", []string{balancers(100, 0, 100)}, 100, nil, 1},
		{"three pages", []string{balancers(201, 0, 100), balancers(201, 100, 200), balancers(201, 200, 201)}, 201, nil, 3},
		{"pages cut shorter than asked for", []string{balancers(`"3"`, 0, 2), balancers(`"3"`, 2, 3)}, 3, nil, 2},
		{"one more between two pages", []string{balancers(101, 0, 100), balancers(102, 100, 102)}, 0, membership.Transient, 2},
		{"one less between two pages", []string{balancers(102, 0, 100), balancers(101, 101, 102)}, 0, membership.Transient, 2},
		{"a page that is empty", []string{balancers(101, 0, 100), balancers(101, 0, 0)}, 0, membership.Transient, 2},
		{"more than are looked through", []string{balancers(301, 0, 100)}, 0, membership.Refused, 1},
		{"no total", []string{balancers("null", 0, 3)}, 0, membership.Transient, 1},
		{"no ids", []string{`{"TotalCount":1,"LoadBalancers":{"LoadBalancer":[{"LoadBalancerName":"a"}]}}`}, 0, membership.Transient, 1},
		{"no list", []string{`{"RequestId":"r","TotalCount":0}`}, 0, membership.Transient, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			got, err := newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				q := r.URL.Query()
				asked = append(asked, q.Get("Action")+" "+q.Get("PageNumber")+" of "+q.Get("PageSize"))
				return answer(200, tt.pages[min(len(asked), len(tt.pages))-1]), nil
			})).LoadBalancers(t.Context(), 300)
			if len(got) != tt.want || tt.class == nil && err != nil || tt.class != nil && !membership.Is(err, tt.class) {
				t.Errorf("%d load balancers, %v; want %d, %v", len(got), err, tt.want, tt.class)
			}
			if slices.Sort(got); len(slices.Compact(got)) != tt.want {
				t.Errorf("some are there twice: %v", got)
			}
			for i, a := range asked {
				if want := fmt.Sprintf("DescribeLoadBalancers %d of 100", i+1); a != want {
					t.Errorf("asked %q, want %q", a, want)
				}
			}
			if len(asked) != tt.asked {
				t.Errorf("asked %d times, want %d", len(asked), tt.asked)
			}
		})
	}
}
