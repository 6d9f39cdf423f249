package membership

import (
	"context"
	"slices"
	"time"
)

// settled is how far apart two listings must be begun that agree that a member
// is missing. One alone may lag behind.
const settled = time.Second

// Seek finds a member the way locate picks it out of the group's members; see
// [Handle.List] for how fresh these are. What locate does not find, class
// MemberNotFound, is missing when two listings begun a second apart agree.
// Other errors, those of the group among them, are returned as they come.
func (h *Handle) Seek(ctx context.Context, locate func([]Member) (Member, error)) (Member, error) {
	l, err := h.listing(ctx, maxAge)
	if err != nil {
		return Member{}, err
	}
	found, err := locate(l.Value.members)
	if !Is(err, MemberNotFound) {
		return found, err
	}
	again, err := h.another(ctx, l, func(r *roster) bool {
		_, err := locate(r.members)
		return Is(err, MemberNotFound)
	})
	if err != nil {
		return Member{}, err
	}
	return locate(again.members)
}

// Survey is every member of the group as a listing shows it; see
// [Handle.List] for how fresh it is. One of those wanted that the listing lacks
// is missing when another, begun a second apart, agrees; otherwise the survey
// has it.
func (h *Handle) Survey(ctx context.Context, wanted []Member) ([]Member, error) {
	l, err := h.listing(ctx, maxAge)
	if err != nil {
		return nil, err
	}
	var missing []Member
	for _, m := range wanted {
		if _, ok := l.Value.find(l.Value.current(m)); !ok {
			missing = append(missing, m)
		}
	}
	members := slices.Clone(l.Value.members)
	if len(missing) == 0 {
		return members, nil
	}
	again, err := h.another(ctx, l, func(r *roster) bool {
		return !slices.ContainsFunc(missing, func(m Member) bool { _, ok := r.find(r.current(m)); return ok })
	})
	if err != nil {
		return nil, err
	}
	for _, m := range missing {
		if found, ok := again.find(again.current(m)); ok {
			members = append(members, found)
		}
	}
	return members, nil
}

// another is a second listing to ask about what l lacks: one begun at least
// settled before, if it agrees, or else one begun as long after.
func (h *Handle) another(ctx context.Context, l *listing, agrees func(*roster) bool) (*roster, error) {
	if before := h.before(l); before != nil && agrees(before.Value) {
		return before.Value, nil
	}
	second := l.At.Add(settled)
	if pause(ctx, time.Until(second)) != nil {
		return nil, h.gaveUp(ctx, nil)
	}
	return h.list(ctx, max(time.Since(second), 1))
}

// before is a listing begun at least settled before l, and after the last
// write; nil where there is none.
func (h *Handle) before(l *listing) *listing {
	r := &h.reads
	r.shared.mu.Lock()
	defer r.shared.mu.Unlock()
	if o := r.older; o != nil && o.begun > r.shared.outdated && l.At.Sub(o.At) >= settled {
		return o
	}
	return nil
}
