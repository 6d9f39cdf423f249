package membership

import "maps"

// Unfinished are those of the members that a new instance claims which a failed
// creation has put in: an instance of the same type that was read, and of which
// nothing else is planned.
func (h *Handle) Unfinished(c Claim) map[Key]bool {
	cs := &h.claims
	cs.mu.Lock()
	defer cs.mu.Unlock()
	keys := map[Key]bool{}
	for k := range c.Members {
		for token := range cs.byKey[k] {
			if other := cs.plans[token]; other.Unfinished && other.Part == Seen && other.By == c.By {
				keys[k] = true
			}
		}
	}
	return keys
}

// HandOver leaves members in that the next one who adds them is to have as its
// own, and ends the claims of those who had them.
func (h *Handle) HandOver(members []Member) {
	cs := &h.claims
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.handed == nil {
		cs.handed = map[Key]bool{}
	}
	for _, m := range members {
		cs.handed[m.Key] = true
		for token := range maps.Clone(cs.byKey[m.Key]) {
			if c := cs.plans[token]; c.Unfinished && c.Part == Seen {
				cs.drop(token)
			}
		}
	}
}

// HandedOver tells whether a member was left in for the next one who adds it, and
// nobody has done so yet.
func (h *Handle) HandedOver(k Key) bool {
	h.claims.mu.Lock()
	defer h.claims.mu.Unlock()
	return h.claims.handed[k]
}
