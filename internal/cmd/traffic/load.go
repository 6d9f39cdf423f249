package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// What a request takes: one in slowEvery takes long.
const (
	slowEvery = 50 // 2 %
	slowTake  = 2 * time.Second
	fastTake  = 4 * time.Millisecond
)

// requestTimeout is far more than any request takes.
const requestTimeout = 20 * time.Second

// load is a steady open-loop load: requests are sent when they are due, whether
// or not earlier ones have been answered.
type load struct {
	client *http.Client
	url    string
	rate   int // a second
	began  time.Time
	opened atomic.Int64 // connections
	end    atomic.Int64 // nanoseconds; what is due from then on is not sent; 0: none

	mu   sync.Mutex
	sent []sent
}

// sent is a request and what came of it.
type sent struct {
	due     time.Duration // since the load began
	took    time.Duration // since it was due
	target  string        // the server that got it, as the data plane calls it; "": none did
	failure string        // "": none
}

// newLoad is a load on an address. Where the listener shares out connections, and
// not requests, each request has its own.
func newLoad(address string, rate int, connections bool, began time.Time) *load {
	l := &load{url: "http://" + address + "/?" + takeParam + "=", rate: rate, began: began}
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	l.client = &http.Client{Timeout: requestTimeout, Transport: &http.Transport{
		MaxIdleConnsPerHost: 4096,
		DisableCompression:  true,
		DisableKeepAlives:   connections,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			l.opened.Add(1)
			return dialer.DialContext(ctx, network, address)
		},
	}}
	return l
}

// run sends from the time that it began until ctx ends, and returns when all that was sent has ended.
func (l *load) run(ctx context.Context) {
	var under sync.WaitGroup
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for n := 0; ; {
		ended := false
		select {
		case <-ctx.Done():
			ended = true // what is due by now is sent
		case <-ticker.C:
		}
		for ; ; n++ {
			due := time.Duration(n) * time.Second / time.Duration(l.rate)
			if end := time.Duration(l.end.Load()); due > time.Since(l.began) || end > 0 && due >= end {
				break
			}
			take := fastTake
			if n%slowEvery == slowEvery-1 {
				take = slowTake
			}
			under.Go(func() { l.send(context.WithoutCancel(ctx), due, take) })
		}
		if ended {
			under.Wait()
			l.client.CloseIdleConnections()
			return
		}
	}
}

// send sends one request. It is never sent again.
func (l *load) send(ctx context.Context, due, take time.Duration) {
	s := sent{due: due}
	defer func() {
		s.took = time.Since(l.began) - due
		l.mu.Lock()
		defer l.mu.Unlock()
		l.sent = append(l.sent, s)
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url+take.String(), http.NoBody)
	if err != nil {
		s.failure = err.Error()
		return
	}
	resp, err := l.client.Do(req)
	if err != nil {
		s.failure = "connection: " + rootOf(err).Error()
		return
	}
	s.target = resp.Header.Get(traffic.TargetHeader)
	_, err = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	switch {
	case resp.StatusCode != http.StatusOK:
		s.failure = fmt.Sprint(resp.StatusCode)
	case err != nil:
		s.failure = "answer broke off"
	}
}

// rootOf is an error without the method and URL around it.
func rootOf(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
