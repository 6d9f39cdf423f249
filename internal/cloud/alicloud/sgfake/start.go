package sgfake

import "github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"

// Running is a cloud that is being served. The server has the request log, the
// fault script and the latency.
type Running struct {
	*fakecloud.Server
	Cloud *Cloud
	URL   string // "" in process
}

// Start serves a cloud on a loopback port until the test ends, and checks then
// that every scripted fault fired. Requests that no correct client sends fail
// the test.
func Start(t fakecloud.TB, p *Product, seed Seed, opts ...Option) *Running {
	r := serve(t, p, seed, opts)
	r.URL = r.Server.Start(t)
	return r
}

// InProcess serves a cloud without a socket, through its Transport alone, so
// that it works in a testing/synctest bubble. It checks what Start does.
func InProcess(t fakecloud.TB, p *Product, seed Seed, opts ...Option) *Running {
	r := serve(t, p, seed, opts)
	t.Cleanup(r.CheckFaults)
	return r
}

func serve(t fakecloud.TB, p *Product, seed Seed, opts []Option) *Running {
	c := New(p, seed, append([]Option{ReportTo(t)}, opts...)...)
	return &Running{Server: fakecloud.NewServer(c, t, fakecloud.Latency{}), Cloud: c}
}
