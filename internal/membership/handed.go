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

// passes tells whether a member passes from one instance to another without
// being taken out: the one that comes has it already, by what it did in this
// session, or because the one that goes is a leftover of its own replacement, or
// of one that has failed, so that it goes back.
func (cs *claims) passes(k Key, comes, goes Claim) bool {
	leftover := goes.Part == Leaving && comes.By == goes.By
	return cs.held[k] == comes.Token || leftover && (comes.Took[k] || comes.Adopts[k] && cs.goesBack(comes, goes))
}

// goesBack tells whether a replacement under create_before_destroy whose creation
// has failed is planned to be what it was before. Terraform destroys what is left of
// that, the deposed object, after the new one has taken its members over; it says of
// no object that it is deposed.
func (cs *claims) goesBack(comes, goes Claim) bool {
	if comes.Resumes || goes.Unbegun {
		return true
	}
	for _, c := range cs.plans {
		if c.Unfinished && c.Part == Seen && c.By == comes.By {
			return true
		}
	}
	return false
}
