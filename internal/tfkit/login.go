package tfkit

// Login is one way to log in to a cloud; C is what the cloud's adapter calls
// with.
type Login[C any] struct {
	// There tells whether the way is there: whether the provider block has any
	// part of it, or the environment all of it.
	There bool
	// Method is the way in words.
	Method string
	// Use makes it the login. What is wrong with it, such as a part that is
	// missing, becomes a problem of the session's.
	Use func() C
}

// Choose uses the first login that is there, the last one if none is. A login
// is chosen, not tried: where one fails, the next would act as somebody else.
func Choose[C any](logins []Login[C]) (method string, use C) {
	for i, l := range logins {
		if l.There || i == len(logins)-1 {
			return l.Method, l.Use()
		}
	}
	return "", use
}
