package elbapi

import (
	"errors"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// over is a group at a real address.
func over(t *testing.T, endpoint string, rt http.RoundTripper) membership.Group {
	return testClient(t, nil, func(c *Config) { c.ELBEndpoint = endpoint; c.Transport = rt }).Pool(testPool)
}

type fails struct{ err error }

func (f fails) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// A call that got no answer may have been carried out, unless it never left.
func TestCallsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err         error
		write, read membership.Class
	}{
		"no such host": {&net.DNSError{Err: "no such host", Name: "h", IsNotFound: true}, membership.Denied, membership.Denied},
		"refused":      {&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}, membership.Transient, membership.Transient},
		"lost":         {io.ErrUnexpectedEOF, membership.Unknown, membership.Transient},
	} {
		g := over(t, "http://elb.test", fails{tt.err})
		e := wantClass(t, g.Add(t.Context(), []membership.Member{withID(memberA)}), tt.write)
		if !errors.Is(e, tt.err) || e.Action != "CreateMember" {
			t.Errorf("%s: %v", name, e)
		}
		_, err := g.List(t.Context())
		wantClass(t, err, tt.read)
	}
}
