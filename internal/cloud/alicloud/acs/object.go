package acs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Trim removes white space and a byte order mark around a body.
func Trim(body []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(body), []byte("\xef\xbb\xbf")))
}

// Object is a JSON object whose values are still to be read.
type Object map[string]json.RawMessage

var errNoObject = errors.New("not a JSON object")

// ParseObject reads a body, or a part of one; its error is always the same.
func ParseObject(body []byte) (Object, error) {
	body = Trim(body)
	if len(body) == 0 || body[0] != '{' {
		return nil, errNoObject
	}
	var o Object
	if err := json.Unmarshal(body, &o); err != nil {
		return nil, errNoObject
	}
	return o, nil
}

// Get is a value by name; the letters' case counts only where two names differ
// in nothing else.
func (o Object) Get(name string) (json.RawMessage, bool) {
	if v, ok := o[name]; ok {
		return v, true
	}
	for k, v := range o {
		if strings.EqualFold(k, name) {
			return v, true
		}
	}
	return nil, false
}

// Text is a string or number as text; "" for anything else.
func (o Object) Text(name string) string {
	v, _ := o.Get(name)
	if len(v) == 0 {
		return ""
	}
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	if c := v[0]; c == '-' || c >= '0' && c <= '9' {
		return string(v)
	}
	return ""
}

// Object is a value that is an object; nil without an error where it is
// absent, null or "".
func (o Object) Object(name string) (Object, error) {
	v, _ := o.Get(name)
	if absent(v) {
		return nil, nil
	}
	return ParseObject(v)
}

// absent tells whether a value stands for nothing: not there, null or "".
func absent(v json.RawMessage) bool {
	return len(v) == 0 || string(v) == "null" || string(v) == `""`
}

// unwrap is the answer itself where it comes, as in some of the vendor's
// samples, in an object with the action's name.
func (o Object) unwrap(action string) Object {
	if len(o) != 1 {
		return o
	}
	for _, name := range []string{action, action + "Response"} {
		if inner, err := o.Object(name); err == nil && inner != nil {
			return inner
		}
	}
	return o
}

// List reads the objects of a list, which the vendor puts into an object of
// its own: {"BackendServers": {"BackendServer": [...]}}. A lone object stands
// for an array of one, and an empty text or nothing for none.
func (o Object) List(outer, inner string) ([]Object, error) {
	list, _ := o.Get(outer)
	if !absent(list) && list[0] == '{' {
		level, err := ParseObject(list)
		if err != nil {
			return nil, err
		}
		var ok bool
		if list, ok = level.Get(inner); !ok && len(level) > 0 {
			return nil, errors.New(outer + " holds no " + inner)
		}
	}
	if absent(list) {
		return nil, nil
	}
	switch list[0] {
	case '[':
		var items []Object
		if err := json.Unmarshal(list, &items); err != nil {
			return nil, errors.New(inner + " is no array of objects")
		}
		return items, nil
	case '{':
		one, err := ParseObject(list)
		if err != nil {
			return nil, err
		}
		return []Object{one}, nil
	default:
		return nil, errors.New(inner + " is no array of objects")
	}
}

// Number is a whole number, written as one or as a string; missing where it is
// absent.
func (o Object) Number(name string, missing int) (int, error) {
	v, _ := o.Get(name)
	if absent(v) {
		return missing, nil
	}
	n, err := strconv.Atoi(string(bytes.Trim(v, `"`)))
	if err != nil {
		return 0, fmt.Errorf("its %s is not a number", name)
	}
	return n, nil
}

// Flag is a truth value that an answer may or may not have.
type Flag int

const (
	untold Flag = iota
	no
	yes
)

// Flag is a value that is true or false, or a text that says so.
func (o Object) Flag(name string) Flag {
	v, _ := o.Get(name)
	switch strings.ToLower(string(bytes.Trim(v, `"`))) {
	case "true", "on":
		return yes
	case "false", "off":
		return no
	}
	return untold
}

// True tells whether a flag was told and is on.
func (f Flag) True() bool { return f == yes }

// False tells whether a flag was told and is off.
func (f Flag) False() bool { return f == no }

// Texts are a list of texts, and whether the answer has it.
func (o Object) Texts(name string) (texts []string, told bool) {
	v, ok := o.Get(name)
	if !ok || string(v) == "null" || json.Unmarshal(v, &texts) != nil {
		return nil, false
	}
	return texts, true
}

// Told is list, and whether the answer has the list, in a form that can be
// read. An empty one counts, null does not.
func (o Object) Told(outer, inner string) (items []Object, told bool) {
	v, ok := o.Get(outer)
	if !ok || string(v) == "null" {
		return nil, false
	}
	items, err := o.List(outer, inner)
	return items, err == nil
}
