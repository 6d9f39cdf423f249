package membership

import (
	"context"
	"time"
)

// The looks at a member that was taken over. One who takes it out in another
// process, which knows nothing of this one, does so within moments, or lowers its
// weight for a drain first.
const (
	confirmGap = time.Second
	confirmFor = 30 * time.Second
)

// Confirm looks again at members that were taken over, before their creation is
// told to be a success: whoever gave them up, in a process that knows nothing of
// this one, may have taken them out since. One that is gone is added again. As
// long as somebody keeps one below its weight, as a drain does, it looks once a
// second, for half a minute at most. Outcomes that took nothing over are returned
// as they are.
func (h *Handle) Confirm(ctx context.Context, outcomes []Outcome) []Outcome {
	end := time.Now().Add(confirmFor)
	for anyAdopted(outcomes) && pause(ctx, confirmGap) == nil {
		listed, err := h.list(ctx, 0)
		if err != nil {
			return outcomes // what was known before stands
		}
		var missing []int
		lowered := false
		for i, o := range outcomes {
			if !o.Adopted || o.Err != nil {
				continue
			}
			now, ok := listed.find(listed.current(o.Member))
			switch {
			case !ok:
				missing = append(missing, i)
			case now.Weight < o.Member.Weight:
				lowered = true
			}
		}
		if len(missing) > 0 {
			h.addAgain(ctx, outcomes, missing)
			continue
		}
		if !lowered || time.Now().After(end) {
			break
		}
	}
	return outcomes
}

// addAgain adds members that were taken over and are gone. They are this
// caller's own then.
func (h *Handle) addAgain(ctx context.Context, outcomes []Outcome, which []int) {
	members := make([]Member, len(which))
	for n, i := range which {
		members[n] = outcomes[i].Member
		members[n].ID = ""
	}
	for n, o := range h.AddAll(ctx, members, true) {
		outcomes[which[n]] = o
	}
}

func anyAdopted(outcomes []Outcome) bool {
	for _, o := range outcomes {
		if o.Adopted && o.Err == nil {
			return true
		}
	}
	return false
}
