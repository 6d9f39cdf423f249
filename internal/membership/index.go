package membership

import "iter"

// Index finds the members of a list, or what belongs to members, by their
// places in the list: many in the time that few take. The zero value finds
// nothing.
type Index struct {
	ids   []string // by place
	byKey chains[Key]
	byID  chains[string]
}

// NewIndex indexes a list of some length; of is whose member is at a place, the
// id empty where the vendor has none.
func NewIndex(length int, of func(place int) (Key, string)) Index {
	x := Index{
		ids:   make([]string, length),
		byKey: newChains[Key](length), byID: newChains[string](length),
	}
	for i := length - 1; i >= 0; i-- { // so that chains begin with the first place
		key, id := of(i)
		x.byKey.add(key, i)
		if id != "" {
			x.ids[i] = id
			x.byID.add(id, i)
		}
	}
	return x
}

// IndexOf indexes members.
func IndexOf(members []Member) Index {
	return NewIndex(len(members), func(i int) (Key, string) { return members[i].Key, members[i].ID })
}

// ByID are the places of an id, in order.
func (x Index) ByID(id string) iter.Seq[int] { return x.byID.of(id) }

// ByKey are the places of a key, in order.
func (x Index) ByKey(key Key) iter.Seq[int] { return x.byKey.of(key) }

// Of are the places of a member in order, as [Member.Is] tells members apart:
// by the vendor's id where both have one, by key otherwise.
func (x Index) Of(m Member) iter.Seq[int] {
	if m.ID != "" && x.byID.has(m.ID) {
		return x.byID.of(m.ID)
	}
	return func(yield func(int) bool) {
		for i := range x.byKey.of(m.Key) {
			if (m.ID == "" || x.ids[i] == "") && !yield(i) {
				return
			}
		}
	}
}

// chains are the places of each key: the first in a map, each further one
// behind the one before it, so that a key costs no slice of its own.
type chains[K comparable] struct {
	first map[K]int
	next  []int // by place; 0 ends a chain, for no place comes before the first
}

func newChains[K comparable](length int) chains[K] {
	return chains[K]{first: make(map[K]int, length), next: make([]int, length)}
}

// add puts a place before those that the key has.
func (c chains[K]) add(key K, place int) {
	c.next[place] = c.first[key]
	c.first[key] = place
}

func (c chains[K]) has(key K) bool {
	_, ok := c.first[key]
	return ok
}

func (c chains[K]) of(key K) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, ok := c.first[key]; ok; i, ok = c.next[i], c.next[i] != 0 {
			if !yield(i) {
				return
			}
		}
	}
}

// Find is a member in a listing as a user of Terraform means it: by the
// vendor's id, and where that is not known or gone, by key. A member that
// somebody has taken out and put in again is the same one with a new id. One
// without a server and an address, as after an import by id, has no key.
func Find(listed []Member, m Member) (Member, bool) {
	again := -1
	for i, is := range listed {
		switch {
		case m.ID != "" && is.ID == m.ID:
			return is, true
		case again < 0 && is.Key == m.Key && (m.Key.Server != "" || m.Key.Address != ""):
			again = i
		}
	}
	if again < 0 {
		return Member{}, false
	}
	return listed[again], true
}
