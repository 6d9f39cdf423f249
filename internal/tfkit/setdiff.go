package tfkit

import (
	"context"
	"maps"
	"slices"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// step is what becomes of one label's member.
type step struct {
	label  string // of the wish, or of the member that goes; "" for one of others
	index  int    // in the goal's list of its kind
	before string // the label in state of a member that stays; "" for a new one
}

// difference is the way from the members of state to those wished for.
type difference struct {
	goal          membership.Goal
	adds, changes []step            // labels of the wish
	awaited       []step            // those of members that stay and are waited for
	removals      []step            // labels of state
	released      []string          // labels of state whose member leaves it and stays in the group
	rekeyed       int               // labels whose member gives way to another
	stays         map[string]string // label of the wish to that of state, of members that stay
	wished, had   map[string]membership.Member
}

// changer is what turns one member into another; false where that cannot be
// done in place.
type changer func(from, to membership.Member) (membership.Change, bool)

// gently is a changer for members that are waited for or drained: a member on
// another port is another member then, which is added and waited for before the
// old one is drained and removed. In place, every request would go to the new
// port at once, healthy or not.
func (change changer) gently() changer {
	return func(from, to membership.Member) (membership.Change, bool) {
		c, ok := change(from, to)
		return c, ok && c.Port == nil
	}
}

// differ compares by natural key, so that a renamed label or a reordered map
// makes no call. change turns a member into the one wished for, if that can be
// done in place; own tells of a member that is no longer wished for whether it
// is to be removed, or let go.
func differ(
	had, wished map[string]membership.Member, change changer, own func(membership.Member) bool,
) difference {
	d := difference{stays: map[string]string{}, wished: wished, had: had}
	keys := byKey(had)
	gone := maps.Clone(had)
	var rest []string
	match := func(label, before string) bool {
		c, inPlace := change(had[before], wished[label])
		if !inPlace {
			return false
		}
		delete(gone, before)
		d.stays[label] = before
		if c.Empty() {
			return true
		}
		d.changes = append(d.changes, step{label: label, index: len(d.goal.Update), before: before})
		d.goal.Update = append(d.goal.Update, c)
		return true
	}
	for _, label := range slices.Sorted(maps.Keys(wished)) {
		if before, ok := keys[wished[label].Key]; !ok || !match(label, before) {
			rest = append(rest, label)
		}
	}
	for _, label := range rest {
		// Under the same label the key itself may be what changes.
		if _, ok := gone[label]; ok && match(label, label) {
			continue
		}
		if _, ok := had[label]; ok {
			d.rekeyed++
		}
		d.adds = append(d.adds, step{label: label, index: len(d.goal.Add)})
		m := wished[label]
		m.ID = "" // a new member has none
		d.goal.Add = append(d.goal.Add, m)
	}
	for _, label := range slices.Sorted(maps.Keys(gone)) {
		if !own(gone[label]) {
			d.released = append(d.released, label)
			continue
		}
		d.removals = append(d.removals, step{label: label, index: len(d.goal.Remove)})
		d.goal.Remove = append(d.goal.Remove, gone[label])
	}
	return d
}

// await adds the wait for members that stay, that are to get requests, and that
// were never seen healthy since they were added or moved, whichever apply did
// that: a retry of one that failed waits again.
func (d *difference) await(pending *listed) {
	for _, label := range slices.Sorted(maps.Keys(d.stays)) {
		if m := d.had[d.stays[label]]; pending.has(m) && d.wished[label].Weight > 0 {
			d.awaited = append(d.awaited, step{label: label, index: len(d.goal.Await)})
			d.goal.Await = append(d.goal.Await, m)
		}
	}
}

// unseen are the members that are in and were not seen healthy since they were
// added or moved. What was taken over is among them only where it was waited for
// in vain: else how it does is its own past.
func (d *difference) unseen(report membership.Report, before listed) (unseen listed) {
	seen := map[membership.Key]bool{}
	for _, s := range d.awaited {
		seen[d.goal.Await[s.index].Key] = d.goal.Healthy && report.Awaited[s.index].Err == nil
	}
	for _, s := range d.adds {
		o := report.Added[s.index]
		healthy := d.goal.Healthy && o.Err == nil
		in := o.Err == nil || membership.Is(o.Err, membership.NotHealthy) || membership.Is(o.Err, membership.Unknown)
		waited := !o.Adopted || membership.Is(o.Err, membership.NotHealthy)
		if m := d.wished[s.label]; in && !healthy && waited {
			m.ID = o.Member.ID
			unseen.add(m)
		}
	}
	for _, s := range d.changes {
		if o := report.Updated[s.index]; o.Err == nil && d.goal.Update[s.index].Port != nil {
			unseen.add(o.Member)
		}
	}
	for _, from := range d.stays {
		if m := d.had[from]; before.has(m) && !seen[m.Key] {
			unseen.add(m)
		}
	}
	return unseen
}

// displace adds the removal of members of others, by their keys. One that is no
// longer there is out.
func (d *difference) displace(ctx context.Context, group *membership.Handle, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	listed, err := group.List(ctx)
	if err != nil {
		return err
	}
	for _, m := range listed {
		if slices.Contains(keys, m.Key.String()) {
			d.removals = append(d.removals, step{index: len(d.goal.Remove)})
			d.goal.Remove = append(d.goal.Remove, m)
		}
	}
	return nil
}

// relabelled is how many members stay as they are under another label.
func (d difference) relabelled() (n int) {
	changed := map[string]bool{}
	for _, s := range d.changes {
		changed[s.label] = true
	}
	for label, before := range d.stays {
		if label != before && !changed[label] {
			n++
		}
	}
	return n
}

// empty tells whether nothing is to be done in the cloud.
func (d difference) empty() bool {
	return len(d.goal.Add) == 0 && len(d.goal.Update) == 0 && len(d.goal.Remove) == 0
}
