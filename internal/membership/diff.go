package membership

// Diff is what turns a member, as it is, into the one wished for, as far as a
// member can be changed in place at all: nothing else of it is written. A wish
// does not speak of the zone unless it names one. Whether a vendor changes a
// port in place is the caller's to know.
func Diff(is, wish Member) Change {
	c := Change{Member: is}
	if is.Weight != wish.Weight {
		c.Weight = &wish.Weight
	}
	if is.Name != wish.Name {
		c.Name = &wish.Name
	}
	if is.Key.Port != wish.Key.Port {
		c.Port = &wish.Key.Port
	}
	if wish.Zone != "" && is.Zone != wish.Zone {
		c.Zone = &wish.Zone
	}
	return c
}
