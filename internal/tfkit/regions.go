package tfkit

import "sync"

// Regions are what a session keeps for each region in use, made when it is
// needed first. The zero value is ready.
type Regions[R any] struct {
	mu sync.Mutex
	in map[string]R
}

// In is what is kept for a region. What could not be made is tried again.
func (r *Regions[R]) In(region string, open func() (R, error)) (R, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if kept, ok := r.in[region]; ok {
		return kept, nil
	}
	made, err := open()
	if err != nil {
		return made, err
	}
	if r.in == nil {
		r.in = map[string]R{}
	}
	r.in[region] = made
	return made, nil
}
