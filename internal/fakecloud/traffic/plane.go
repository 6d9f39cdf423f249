package traffic

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"strconv"
)

// Plane is all listeners of a cloud, by names that the cloud gives them.
type Plane struct{ listeners map[string]*Listener }

// Open serves all of them, or none.
func Open(ctx context.Context, configs map[string]Config) (*Plane, error) {
	p := &Plane{listeners: map[string]*Listener{}}
	for name, cfg := range configs {
		l, err := Listen(ctx, cfg)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("listener %s: %w", name, err), p.Close())
		}
		p.listeners[name] = l
	}
	return p, nil
}

// Addresses are the hosts and ports that the listeners listen on.
func (p *Plane) Addresses() map[string]string {
	out := map[string]string{}
	for name, l := range p.listeners {
		out[name] = l.Address()
	}
	return out
}

// Listener is the one of a name; nil where there is none.
func (p *Plane) Listener(name string) *Listener { return p.listeners[name] }

// Close closes all of them.
func (p *Plane) Close() error {
	var errs []error
	for l := range maps.Values(p.listeners) {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}

// Places tell where servers really are: host:port on this machine, by what the
// cloud calls a server, with a port of the server's ("i-a:8080", "10.0.0.1:80")
// or without, for all ports ("i-a").
type Places map[string]string

// Find is where a port of a server is, under the first of its names that has a
// place; "" where none has.
func (p Places) Find(port int, names ...string) string {
	for _, name := range names {
		if place := p[net.JoinHostPort(name, strconv.Itoa(port))]; place != "" {
			return place
		}
	}
	for _, name := range names {
		if place := p[name]; place != "" {
			return place
		}
	}
	return ""
}

// Validate tells which place is no host:port.
func (p Places) Validate() error {
	for name, place := range p {
		host, port, err := net.SplitHostPort(place)
		if n, bad := strconv.Atoi(port); err != nil || host == "" || bad != nil || n < 1 || n > 65535 {
			return fmt.Errorf("address of %s: %q is not host:port", name, place)
		}
	}
	return nil
}
