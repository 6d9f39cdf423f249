package membership

// roster is a listing by key and by id, so that many members are found in it
// in the time that few take.
type roster struct {
	members []Member
	byKey   map[Key]int
	byID    map[string]int
}

func newRoster(members []Member) *roster {
	r := &roster{members: members, byKey: make(map[Key]int, len(members)), byID: make(map[string]int, len(members))}
	for i, m := range members {
		if _, ok := r.byKey[m.Key]; !ok {
			r.byKey[m.Key] = i
		}
		if m.ID != "" {
			r.byID[m.ID] = i
		}
	}
	return r
}

// current is m as a caller means it: where its id is gone and its key is there,
// somebody has taken it out and put it in again, and it has a new id. From here
// on it goes by that one; find does not guess.
func (r *roster) current(m Member) Member {
	if m.ID == "" {
		return m
	}
	if _, ok := r.byID[m.ID]; ok {
		return m
	}
	if i, ok := r.byKey[m.Key]; ok && r.members[i].ID != "" {
		m.ID = r.members[i].ID
	}
	return m
}

// find is the listed member that is m; see [Member.Is].
func (r *roster) find(m Member) (Member, bool) {
	if m.ID != "" {
		if i, ok := r.byID[m.ID]; ok {
			return r.members[i], true
		}
	}
	i, ok := r.byKey[m.Key]
	if !ok || !r.members[i].Is(m) {
		return Member{}, false
	}
	return r.members[i], true
}
