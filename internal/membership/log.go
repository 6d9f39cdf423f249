package membership

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
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
	names := make([]string, min(n, maxLogged))
	for i := range names {
		names[i] = name(i)
	}
	if n > maxLogged {
		names = append(names, fmt.Sprintf("and %d more", n-maxLogged))
	}
	return names
}

// LogFailure is an error in words of the log: what it means ("class"), the vendor's
// code and request id where there is one, and what the error says besides.
func LogFailure(err error) []slog.Attr {
	fields := []slog.Attr{slog.String("class", MeaningOf(err).String())}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return append(fields, slog.String("error", because(err)))
	}
	for _, f := range []slog.Attr{slog.String("code", e.Code), slog.String("error", e.text()), slog.String("request_id", e.RequestID)} {
		if f.Value.String() != "" {
			fields = append(fields, f)
		}
	}
	return fields
}

// reason is an error in a few words: the vendor's code, or what it means and why.
func reason(err error) string {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return because(err)
	}
	return cmp.Or(e.Code, e.text())
}
