package apikit

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

var again = regexp.MustCompile(`(?i)\b(try|retry)( it| again)? later\b|\bis (being )?process(ing|ed)\b|\bis pending\b`)

// AsksAgain tells whether a vendor's message asks to come back later. It is for
// answers whose code is not known: new codes for a lock that somebody holds turn
// up, and taken for a refusal each costs a batch that would have passed. Whoever
// goes by the text must not go by it for long (class Transient), because it may
// be politeness.
func AsksAgain(message string) bool { return again.MatchString(message) }

var window = regexp.MustCompile(`(?i)\btime:\s*(\d{1,9})\s*(second|minute|hour|day)`)

// Window is the window of a rate limit that a vendor's message states, as the
// gateways of Huawei Cloud do ("policy user over ratelimit,limit:10,time:1
// minute"); 0 where it states none. Whoever waits it whole is let through, even
// where refused calls count too.
func Window(message string) time.Duration {
	m := window.FindStringSubmatch(message)
	if m == nil {
		return 0
	}
	n, err := strconv.ParseInt(m[1], 10, 32)
	if err != nil {
		return 0
	}
	unit := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	return time.Duration(n) * unit[strings.ToLower(m[2])]
}
