package apikit

import (
	"testing"
	"time"
)

func TestWhichTextsAskToComeBack(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"The backend server is being added, please try again later.": true,
		"VPC system busy, please retry later.":                       true,
		"Location service connection timeout, try it later":          true,
		"The service group is processing.":                           true,
		"The request is being processed.":                            true,
		"A previous operation is pending.":                           true,
		"TRY AGAIN LATER":                                            true,
		"":                                                           false,
		"The specified BackendServers is invalid. Check it and try again": false,
		"Retry-After is not supported":                                    false,
		"The pending deletion is not allowed":                             false,
		"later":                                                           false,
	} {
		if got := AsksAgain(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

func TestStatedWindows(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"The throttling threshold has been reached: policy user over ratelimit,limit:10,time:1 minute": time.Minute,
		"policy domain over ratelimit,limit:20,time:1 second":                                          time.Second,
		"over ratelimit,limit:5000,time:2 hours":                                                       2 * time.Hour,
		"limit:1,time: 90 SECONDS":                                                                     90 * time.Second,
		"limit:1,time:1 day":                                                                           24 * time.Hour,
		"The throttling threshold has been reached":                                                    0,
		"time:1 fortnight":                                                                             0,
		"time:99999999999999999999 minute":                                                             0,
		"uptime:1 minute":                                                                              0,
		"":                                                                                             0,
	} {
		if got := Window(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
