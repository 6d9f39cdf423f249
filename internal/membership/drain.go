package membership

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// restoreTimeout bounds the calls that give members their weight back after a
// drain that did not end in their removal. The caller's own time may be over. Of
// several groups, which may share a lock and a limit of writes a minute, each adds to
// it.
const (
	restoreTimeout      = 15 * time.Second
	restoreTimeoutGroup = 2 * time.Second
)

// sickTimeout bounds the look at the health before a drain, which may save a
// wait and must not cost one.
const sickTimeout = 5 * time.Second

// leaving is one member on its way out.
type leaving struct {
	member Member
	out    *Outcome // an error there keeps it from being removed
	// Of the drain.
	listed  *Member // the member as it was in the group; nil where it was not
	inDoubt bool    // whether it was set to 0 is not known
	undo    Change  // what gives its weight back
	note    string  // what became of that
}

// drain is the time in which members get no new requests: their weight is 0, the
// vendors' own procedure. Established connections go on. It goes before a removal,
// unless the members stay.
type drain struct {
	handle *Handle
	all    []*leaving
	lasts  time.Duration
	by     string // the resource instance that asks
	stays  bool   // nobody is taken out after it
	cut    bool   // it was interrupted
	beside int    // other groups that are drained with this one
}

// lower lowers the weight of the members and waits.
func (d *drain) lower(ctx context.Context) {
	if !d.wait(ctx, d.begin(ctx)) {
		d.giveUp(ctx)
	}
}

// wait waits until the drain is over; false where it was interrupted.
func (d *drain) wait(ctx context.Context, until time.Time) bool {
	lasts := time.Until(until)
	if lasts <= 0 {
		return until.IsZero() || ctx.Err() == nil
	}
	var some []Member
	for _, l := range d.all {
		if l.out.Err == nil && l.out.Member != (Member{}) {
			some = append(some, *l.listed)
		}
	}
	d.handle.say(ctx, some, "draining "+brief(some)+" until "+logTime(until), slog.String("until", logTime(until)))
	if pause(ctx, lasts) != nil {
		return false
	}
	d.handle.say(ctx, some, fmt.Sprintf("%s drained for %s", brief(some), rounded(lasts)))
	return true
}

// begin lowers the weight of the members and returns until when the drain goes
// on. A member that is not in the group, that nobody sends requests to because it
// fails its checks everywhere, or that this run has seen at weight 0 for as long,
// does not make it wait. One that stays is lowered also where it fails its checks:
// it may pass them again.
func (d *drain) begin(ctx context.Context) (until time.Time) {
	listed, err := d.handle.list(ctx, maxAge)
	switch {
	case Is(err, NotFound) && !d.stays:
		return until // the removal finds the same, and knows what it means
	case err != nil:
		for _, l := range d.all {
			l.out.Err = notSent(ctx, 0, err)
		}
		return until
	}
	return d.setToZero(ctx, d.join(ctx, listed))
}

// giveUp says of the members that are drained that the drain was interrupted.
func (d *drain) giveUp(ctx context.Context) {
	for _, l := range d.all {
		if l.out.Err == nil {
			l.out.Err = &Error{Finding: NotSent, Class: Transient, Err: context.Cause(ctx),
				Message: because(context.Cause(ctx)) + " during the drain"}
		}
	}
}

// join begins the drain of the members that are in the group, and returns those
// to wait for.
func (d *drain) join(ctx context.Context, listed *roster) (serving []*leaving) {
	for _, l := range d.all {
		l.member = listed.current(l.member)
	}
	var sick map[*leaving]bool
	var ill []Member
	if !d.stays {
		sick = d.sick(ctx, listed)
	}
	for _, l := range d.all {
		is, ok := listed.find(l.member)
		if !ok && d.stays {
			l.out.Err = errMissing
		}
		if !ok || d.spares(l.member) {
			continue
		}
		l.listed = &is
		d.handle.drains.join(is.Key, is.Weight)
		if sick[l] {
			ill = append(ill, is)
		} else {
			serving = append(serving, l)
		}
	}
	if len(ill) > 0 {
		d.handle.say(ctx, ill, "no drain of "+brief(ill)+": every health check fails, so that nobody sends requests")
	}
	return serving
}

// setToZero lowers members, and returns when all that are at 0 will have been so
// for long enough.
func (d *drain) setToZero(ctx context.Context, some []*leaving) (until time.Time) {
	var lowered []*leaving
	var ops []*op
	zero := 0
	for _, l := range some {
		if l.listed.Weight == 0 {
			since, known := d.handle.idleSince(l.listed.Key)
			if !known {
				since = time.Now()
			}
			until = latest(until, since.Add(d.lasts))
			l.out.Member = *l.listed
			continue
		}
		o := changing(Change{Member: *l.listed, Weight: &zero})
		o.drains, o.goes = true, !d.stays
		lowered, ops = append(lowered, l), append(ops, o)
	}
	for i, o := range d.handle.many(ctx, ops) {
		switch l := lowered[i]; {
		case d.spares(l.member): // it was put in meanwhile
		case o.Err == nil:
			d.handle.drains.lower(l.listed.Key)
			until = latest(until, time.Now().Add(d.lasts))
			l.out.Member = o.Member
		case !d.stays && (Is(o.Err, NotFound) || Is(o.Err, MemberNotFound)):
		default:
			if l.out.Err, l.inDoubt = o.Err, Is(o.Err, Unknown); l.inDoubt {
				d.handle.drains.lower(l.listed.Key)
			}
		}
	}
	return until
}

// spares tells whether a member is left alone because it has passed on to another
// resource instance, which is no reason not to drain what stays.
func (d *drain) spares(m Member) bool { return !d.stays && d.handle.passedOn(m, d.by) }

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// sick are the members that fail every check there is of them. Where that
// cannot be read, nobody is.
func (d *drain) sick(ctx context.Context, listed *roster) map[*leaving]bool {
	serves := func(l *leaving) bool { is, ok := listed.find(l.member); return ok && is.Weight > 0 }
	if !slices.ContainsFunc(d.all, serves) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, sickTimeout)
	defer cancel()
	health, err := d.handle.Health(ctx)
	if err != nil {
		return nil
	}
	sick := map[*leaving]bool{}
	found := health.index()
	for _, l := range d.all {
		checks := found.of(l.member)
		sick[l] = len(checks) > 0
		for _, c := range checks {
			sick[l] = sick[l] && c.Verdict == Unhealthy
		}
	}
	return sick
}

// restore ends the drain. Those members get their weight back that are in the
// group after all, because the removal failed or was given up, and that a fresh
// listing still shows at 0: a weight that somebody else has set meanwhile
// stands.
func (d *drain) restore(ctx context.Context) {
	var back []*leaving
	for _, l := range d.all {
		if l.listed == nil {
			continue
		}
		weight, lowered, others := d.handle.drains.leave(l.listed.Key)
		switch {
		case l.out.Err == nil:
		case d.spares(l.member):
			*l.out = Outcome{Spared: true} // the removal would have done nothing
		case !lowered, weight == 0:
		case others:
			l.out.Err = noted(l.out.Err, "the weight is left at 0, because another drain of the member is under way")
		default:
			l.undo = Change{Member: *l.listed, Weight: &weight}
			back = append(back, l)
		}
	}
	if len(back) > 0 {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreTimeout+time.Duration(d.beside)*restoreTimeoutGroup)
		defer cancel()
		d.giveBack(ctx, back)
		var undone []remark
		for _, l := range back {
			undone = append(undone, remark{l.undo.Result(), cmp.Or(l.note, "somebody else has taken it out")})
		}
		d.handle.sayEach(ctx, undone, "the drain of %s is undone: %s")
	}
}

// giveBack gives members their weight back.
func (d *drain) giveBack(ctx context.Context, some []*leaving) {
	listed, err := d.look(ctx, some, (*leaving).mayYetBeLowered)
	if err != nil {
		for _, l := range some {
			d.restored(l, err)
		}
		return
	}
	var changes []Change
	var low []*leaving
	for _, l := range some {
		switch now, there := listed.find(*l.listed); {
		case !there || now.Weight == 0: // of what is not there, the change finds out more
			changes, low = append(changes, l.undo), append(low, l)
		case l.mayYetBeLowered(listed):
			l.notes(fmt.Sprintf("the weight is %d, and may still be 0, because it is not known whether it was lowered", now.Weight))
		default:
			l.notes(fmt.Sprintf("the weight is %d, which somebody else has set meanwhile, and not %d as before", now.Weight, *l.undo.Weight))
		}
	}
	for i, o := range d.handle.UpdateAll(ctx, changes) {
		d.restored(low[i], o.Err)
	}
}

// look lists the group afresh. Where the listing leaves a member in doubt, there is
// a second one.
func (d *drain) look(ctx context.Context, some []*leaving, doubtful func(*leaving, *roster) bool) (*roster, error) {
	listed, err := d.handle.list(ctx, 0)
	if err != nil || !slices.ContainsFunc(some, func(l *leaving) bool { return doubtful(l, listed) }) || pause(ctx, settled) != nil {
		return listed, err
	}
	return d.handle.list(ctx, 0)
}

// mayYetBeLowered tells whether it is not known that the member was lowered, and
// a listing does not show it.
func (l *leaving) mayYetBeLowered(listed *roster) bool {
	now, there := listed.find(*l.listed)
	return l.inDoubt && there && now.Weight != 0
}

// notes adds to the member's outcome what became of its weight.
func (l *leaving) notes(text string) { l.note, l.out.Err = text, noted(l.out.Err, text) }

// restored notes whether the member's weight could be given back.
func (d *drain) restored(l *leaving, err error) {
	weight := *l.undo.Weight
	note := fmt.Sprintf("the weight is %d again", weight)
	switch gone := Is(err, NotFound) || Is(err, MemberNotFound); {
	case gone && d.stays:
		note = "taken out by somebody else"
	case gone:
		*l.out = Outcome{} // it is out, whoever took it
		return
	case Is(err, Unknown):
		note = fmt.Sprintf("the weight may still be 0, because it is not known whether it was set back to %d: %v", weight, err)
	case err != nil:
		note = fmt.Sprintf("the weight is still 0, because it could not be set back to %d: %v", weight, err)
	}
	l.notes(note)
}

// endedBy is an error with what ended the wait for something better.
func endedBy(ctx context.Context, err error) error {
	err = noted(err, because(context.Cause(ctx)))
	if e, ok := errors.AsType[*Error](err); ok && e.Err == nil {
		e.Err = context.Cause(ctx) // noted has made it, and nobody else has it
	}
	return err
}

// noted is an error with something to add.
func noted(err error, note string) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return fmt.Errorf("%w; %s", err, note)
	}
	more := *e
	if more.Message = note; e.text() != "" {
		more.Message = e.text() + "; " + note
	}
	return &more
}
