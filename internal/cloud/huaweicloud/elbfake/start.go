package elbfake

import "github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"

// Running is a cloud that serves one test.
type Running struct {
	*Cloud
	Server *fakecloud.Server // its log, faults and latency
	// URL is the base of both the ELB and the IAM endpoint.
	URL string
}

// Start serves a seed on a loopback port until the test ends, and checks then
// that every scripted fault fired.
func Start(t fakecloud.TB, seed Seed, options ...Option) *Running {
	r := serve(t, seed, options)
	r.URL = r.Server.Start(t)
	return r
}

// InProcess serves a seed through Server.Transport alone, without a socket, so
// that it works in a testing/synctest bubble. Any URL reaches it.
func InProcess(t fakecloud.TB, seed Seed, options ...Option) *Running {
	r := serve(t, seed, options)
	r.URL = "http://elb.invalid"
	t.Cleanup(r.Server.CheckFaults)
	return r
}

func serve(t fakecloud.TB, seed Seed, options []Option) *Running {
	c := New(seed, append([]Option{ReportTo(t)}, options...)...)
	return &Running{Cloud: c, Server: fakecloud.NewServer(c, t, fakecloud.Latency{})}
}
