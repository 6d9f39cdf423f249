package membership

// roster is a listing, in which many members are found in the time that few
// take. Those that depart from it are not among its members.
type roster struct {
	members   []Member
	index     Index
	departing []Member
	goes      Index // of departing
}

func newRoster(listed []Member) *roster {
	var departing []Member
	members := listed
	for i, m := range listed {
		if m.Phase == Departing && departing == nil {
			members = append([]Member(nil), listed[:i]...)
		}
		switch {
		case m.Phase == Departing:
			departing = append(departing, m)
		case departing != nil:
			members = append(members, m)
		}
	}
	return &roster{members, IndexOf(members), departing, IndexOf(departing)}
}

// current is m as a caller means it: where its id is gone and its key is there,
// somebody has taken it out and put it in again, and it has a new id. From here
// on it goes by that one; find does not guess.
func (r *roster) current(m Member) Member {
	if m.ID == "" || r.index.byID.has(m.ID) {
		return m
	}
	if at, ok := r.at(m.Key); ok && at.ID != "" {
		m.ID = at.ID
	}
	return m
}

// at is the first listed member with a key.
func (r *roster) at(key Key) (Member, bool) {
	for i := range r.index.ByKey(key) {
		return r.members[i], true
	}
	return Member{}, false
}

// find is the listed member that is m; see [Member.Is].
func (r *roster) find(m Member) (Member, bool) {
	for i := range r.index.Of(m) {
		return r.members[i], true
	}
	return Member{}, false
}

// departs tells whether m is in the group no more and still listed, because the
// vendor lets it finish what it has begun.
func (r *roster) departs(m Member) bool {
	if _, in := r.find(m); in {
		return false
	}
	for range r.goes.Of(m) {
		return true
	}
	return false
}
