package traffic

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
