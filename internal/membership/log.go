package membership

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// maxLogged is how many members one line of the log names.
const maxLogged = 50

// LogNames are members as the log names them, by key and weight: "i-abc:8080=100".
// Of more than 50 the last entry says how many there are besides.
func LogNames(members []Member) []string {
	return logNames(len(members), func(i int) string { return logName(members[i]) })
}

// LogNamesAfter are the members of changes as they are to be afterwards. One that
// moves to another port has both keys: "10.0.0.1:80->10.0.0.1:81=1".
func LogNamesAfter(changes []Change) []string {
	return logNames(len(changes), func(i int) string {
		before, after := changes[i].Member.Key, changes[i].Result()
		if before == after.Key {
			return logName(after)
		}
		return before.String() + "->" + logName(after)
	})
}

// logName is a member by its key, or by its id where a caller knows no more.
func logName(m Member) string {
	if m.Key == (Key{}) {
		return m.ID
	}
	return fmt.Sprintf("%s=%d", m.Key, m.Weight)
}

func logNames(n int, name func(i int) string) []string {
	var names []string
	for i := range min(n, maxLogged) {
		names = append(names, name(i))
	}
	if n > maxLogged {
		names = append(names, fmt.Sprintf("and %d more", n-maxLogged))
	}
	return names
}

// LogFailure is an error in words of the log: what it means ("class"), the vendor's
// call, code and request id where there is one, and what the error says besides.
func LogFailure(err error) []slog.Attr {
	fields := []slog.Attr{slog.String("class", MeaningOf(err).String())}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return append(fields, slog.String("error", because(err)))
	}
	for _, f := range []slog.Attr{
		slog.String("operation", e.Action), slog.String("code", e.Code), slog.String("error", e.text()), slog.String("request_id", e.RequestID),
	} {
		if f.Value.String() != "" {
			fields = append(fields, f)
		}
	}
	return fields
}

// say writes a line about members of the group.
func (h *Handle) say(ctx context.Context, members []Member, text string, fields ...slog.Attr) {
	fields = append(fields, h.logGroup(), slog.Any("members", LogNames(members)))
	h.engine.opts.Log.LogAttrs(ctx, slog.LevelInfo, text, fields...)
}

// remark is something to say of one member.
type remark struct {
	member Member
	text   string
}

// wanted are the members of operations, of a change as they are to be after it.
func (r *round) wanted(ops []*op) []Member {
	members := membersOf(ops)
	for i, o := range ops {
		if r.kind.changes() {
			members[i] = o.change.Result()
		}
	}
	return members
}

// remarks are one to be said of all operations.
func (r *round) remarks(ops []*op, text string) (all []remark) {
	for _, m := range r.wanted(ops) {
		all = append(all, remark{m, text})
	}
	return all
}

// sayEach writes one line for all members of which the same is to be said. format
// has a place for the members and one for that.
func (h *Handle) sayEach(ctx context.Context, all []remark, format string, fields ...slog.Attr) {
	same := map[string][]Member{}
	var order []string
	for _, r := range all {
		if same[r.text] == nil {
			order = append(order, r.text)
		}
		same[r.text] = append(same[r.text], r.member)
	}
	for _, text := range order {
		h.say(ctx, same[text], fmt.Sprintf(format, brief(same[text]), text), fields...)
	}
}

// saysAgain is [Engine.saysAgain] for a write.
func (h *Handle) saysAgain(ctx context.Context, members []Member, n int, wait time.Duration, err error) {
	h.engine.saysAgain(ctx, n, wait, err, h.logGroup(), slog.Any("members", LogNames(members)))
}

// logGroup is the group by its id alone, as in the line of a call.
func (h *Handle) logGroup() slog.Attr {
	name := h.Name()
	return slog.String("group", name[strings.LastIndex(name, " ")+1:])
}

// saysAgain says that a call whose n-th try has failed is made again after a wait.
func (e *Engine) saysAgain(ctx context.Context, n int, wait time.Duration, err error, fields ...slog.Attr) {
	why := MeaningOf(err).String()
	if v, ok := errors.AsType[*Error](err); ok {
		why = cmp.Or(v.Code, v.text())
	}
	fields = append(append(fields, LogFailure(err)...), slog.Int("attempt", n), slog.Int64("next_try_ms", wait.Milliseconds()))
	e.opts.Log.LogAttrs(ctx, slog.LevelInfo, fmt.Sprintf("trying again in %s: %s (attempt %d)", rounded(wait), why, n), fields...)
}

// brief is members in a sentence: the first three, and how many more.
func brief(members []Member) string {
	var keys []string
	for _, m := range members[:min(len(members), 3)] {
		keys = append(keys, m.Key.String())
	}
	text := strings.Join(keys, ", ")
	if more := len(members) - len(keys); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// rounded is a time as a sentence has it.
func rounded(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(100 * time.Millisecond)
}

// logTime is a moment as the log has it: RFC 3339, in UTC.
func logTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// vigilEvery is how far apart lines of the log are that say the same again.
const vigilEvery = 30 * time.Second

// vigil says what members are waited for: at once, whenever that changes for one of
// them, and now and then.
type vigil struct {
	handle *Handle
	format string // of what is said, as in sayEach
	began  time.Time
	spoke  time.Time
	said   map[Key]string
}

func (h *Handle) vigil(format string) *vigil {
	return &vigil{handle: h, format: format, began: time.Now(), said: map[Key]string{}}
}

// goesOn says for whom is still waited, and why.
func (v *vigil) goesOn(ctx context.Context, all []remark) {
	news := len(all) > 0 && time.Since(v.spoke) >= vigilEvery
	for _, r := range all {
		news = news || v.said[r.member.Key] != r.text
		v.said[r.member.Key] = r.text
	}
	if news {
		v.spoke = time.Now()
		v.handle.sayEach(ctx, all, v.format, v.waited())
	}
}

// ends says that members are not waited for any more; how says the rest.
func (v *vigil) ends(ctx context.Context, members []Member, how string) {
	if len(members) == 0 {
		return
	}
	is := "is"
	if len(members) > 1 {
		is = "are"
	}
	v.handle.say(ctx, members, fmt.Sprintf("%s %s %s after %s", brief(members), is, how, rounded(time.Since(v.began))), v.waited())
}

func (v *vigil) waited() slog.Attr {
	return slog.Int64("waited_ms", time.Since(v.began).Milliseconds())
}
