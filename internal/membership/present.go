package membership

import (
	"context"
)

// Present are those of some members that are in the group now, as they are
// listed, for a caller that is to refuse a creation before anything is written.
// That a member is not there is believed of a listing that others share; that
// one is there, which may be news of yesterday, of a fresh one only.
func (h *Handle) Present(ctx context.Context, members []Member) ([]Member, error) {
	if len(members) == 0 {
		return nil, nil
	}
	l, err := h.list(ctx, maxAge)
	if err != nil {
		return nil, err
	}
	if there := l.present(members); len(there) == 0 {
		return nil, nil
	}
	if l, err = h.list(ctx, 0); err != nil {
		return nil, err
	}
	return l.present(members), nil
}

// present are those of some members that are listed.
func (r *roster) present(members []Member) (there []Member) {
	for _, m := range members {
		if found, ok := r.find(m); ok {
			there = append(there, found)
		}
	}
	return there
}
