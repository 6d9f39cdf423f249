package fakecloud

import (
	"fmt"
	"time"
)

// Duration is a time as people write it, such as "1.5s".
type Duration time.Duration

// MarshalText writes it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads it. A time that is not above 0 is an error.
func (d *Duration) UnmarshalText(text []byte) error {
	t, err := time.ParseDuration(string(text))
	if err == nil && t <= 0 {
		err = fmt.Errorf("time %q is not above 0", text)
	}
	*d = Duration(t)
	return err
}
