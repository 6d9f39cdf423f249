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
