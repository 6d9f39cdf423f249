// Package traffic is the data plane of a simulated cloud: a small load balancer
// that serves on a loopback port and forwards real requests to real backends.
// It knows no vendor; who the backends are, and with what weights, it asks the
// cloud.
package traffic

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"
	"time"
)

// Mode is what a listener balances.
type Mode string

const (
	// HTTP balances each request anew, over connections that are kept alive on
	// both sides.
	HTTP Mode = "http"
	// TCP balances connections, and copies bytes both ways.
	TCP Mode = "tcp"
)

// Target is a backend as the cloud's API tells it.
type Target struct {
	Key     string // what tells it from others, such as "i-a:8080"
	Address string // host:port where it really is; "" is nowhere: it never becomes healthy
	Weight  int    // share of new requests or connections; 0 gets none
	// Said is its health whatever probes find; Unwatched: what they find.
	Said Status
}

// Removal is what becomes of the requests and connections of a target that is
// removed.
type Removal int

const (
	// Keep lets them go on until they end by themselves.
	Keep Removal = iota
	// Cut ends them at once.
	Cut
)

// Options are what does not depend on a listener's protocol.
type Options struct {
	// Health is how targets are probed; nil: they are not, and all are used.
	Health *Check
	// OnRemove is what becomes of requests and connections under way.
	OnRemove Removal
	// Propagation is how long a change through the API takes to reach the
	// listener; 0 is at once.
	Propagation time.Duration
}

// Config is a listener to be.
type Config struct {
	Mode    Mode
	Address string // to listen on; "" is a free port of 127.0.0.1
	// Targets is asked at each request or connection, and some hundred times a
	// second besides. Of two with one key the first counts.
	Targets func() []Target
	Options
}

// TargetHeader is the header in which answers by HTTP name the target's key.
// An answer of the listener's own that follows from a target's failure has it
// too; one that says that no target can be used has not.
const TargetHeader = "X-Target"

const (
	// lookAgain is how long a change goes unnoticed while no request comes.
	lookAgain = 10 * time.Millisecond
	// connectTimeout bounds how long a target may take to accept a connection.
	connectTimeout = 5 * time.Second
)

// Listener is a load balancer's port that is being served.
type Listener struct {
	cfg    Config
	socket net.Listener
	stop   context.CancelFunc
	active sync.WaitGroup // goroutines and requests

	server    *http.Server // by HTTP
	proxy     *httputil.ReverseProxy
	transport *http.Transport

	// asking is held while Targets is asked, so that an older answer never
	// follows a newer one. The cloud may call Health with locks of its own held
	// that Targets takes: mu is never held meanwhile.
	asking sync.Mutex
	mu     sync.Mutex
	roster roster
	wheel  wheel
	probes map[string]*probe
	flows  map[*flow]struct{}
	closed bool
}

// Listen serves until Close.
func Listen(ctx context.Context, cfg Config) (*Listener, error) {
	if cfg.Mode != HTTP && cfg.Mode != TCP {
		return nil, fmt.Errorf("traffic: mode %q is neither http nor tcp", cfg.Mode)
	}
	if cfg.Address == "" {
		cfg.Address = "127.0.0.1:0"
	}
	if cfg.Health != nil {
		check := cfg.Health.filled(cfg.Mode)
		cfg.Health = &check
	}
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Address)
	if err != nil {
		return nil, fmt.Errorf("traffic: %w", err)
	}
	own, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &Listener{
		cfg: cfg, socket: socket, stop: stop,
		roster: roster{delay: cfg.Propagation}, wheel: wheel{}, probes: map[string]*probe{}, flows: map[*flow]struct{}{},
	}
	l.look(own)
	l.active.Go(func() { l.keepLooking(own) })
	if cfg.Mode == HTTP {
		l.serveHTTP(own)
	} else {
		l.active.Go(func() { l.serveTCP(own) })
	}
	return l, nil
}

// Address is the host and port that it listens on.
func (l *Listener) Address() string { return l.socket.Addr().String() }

// Close ends all that is under way and waits until it has ended.
func (l *Listener) Close() error {
	l.mu.Lock()
	l.closed = true
	for f := range l.flows {
		f.cut()
	}
	l.mu.Unlock()
	l.stop()
	err := l.socket.Close()
	if l.server != nil {
		err = l.server.Close()
	}
	l.active.Wait()
	if l.transport != nil {
		l.transport.CloseIdleConnections()
	}
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// keepLooking notices changes while no request does.
func (l *Listener) keepLooking(ctx context.Context) {
	ticker := time.NewTicker(lookAgain)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			l.look(ctx)
		}
	}
}

// look asks who the targets are and acts on what has changed.
func (l *Listener) look(ctx context.Context) {
	l.asking.Lock()
	defer l.asking.Unlock()
	targets := l.cfg.Targets()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || !l.roster.see(time.Now(), targets) {
		return
	}
	there := map[string]bool{}
	for _, t := range l.roster.current {
		there[t.Key] = true
		l.watch(ctx, t)
	}
	for key := range l.wheel {
		if !there[key] {
			delete(l.wheel, key)
		}
	}
	for key, p := range l.probes {
		if !there[key] {
			p.stop()
			delete(l.probes, key)
		}
	}
	if l.cfg.OnRemove == Cut {
		for f := range l.flows {
			if !there[f.target.Key] {
				f.cut()
			}
		}
	}
}

// flow is a request or a connection on its way through.
type flow struct {
	target Target
	cut    func()
}

// begin picks a target for a request or a connection that cut ends. It is
// false where no target can be used. end must follow.
func (l *Listener) begin(ctx context.Context, cut func()) (*flow, bool) {
	l.look(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, false
	}
	t, ok := l.wheel.next(l.roster.current, l.usable)
	if !ok {
		return nil, false
	}
	f := &flow{target: t, cut: cut}
	l.flows[f] = struct{}{}
	l.active.Add(1)
	return f, true
}

// UnderWay is how many requests or connections the target with a key has now.
func (l *Listener) UnderWay(key string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for f := range l.flows {
		if f.target.Key == key {
			n++
		}
	}
	return n
}

func (l *Listener) end(f *flow) {
	l.mu.Lock()
	delete(l.flows, f)
	l.mu.Unlock()
	l.active.Done()
}
