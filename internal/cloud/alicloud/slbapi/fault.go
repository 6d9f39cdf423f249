package slbapi

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// fault is the vendor's description of an error. Without a Code it is not the
// vendor's.
type fault struct {
	Code, Message, RequestID string
}

// parseFault reads an error's body, in JSON or XML ("HTTP response",
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference): an object, or
// an element Error, of Code, Message and RequestId. A Code that is a number
// counts. Anything else gives a fault without a Code.
func parseFault(body []byte) fault {
	body = trim(body)
	switch {
	case len(body) == 0:
		return fault{}
	case body[0] == '{':
		o, err := parseObject(body)
		if err != nil {
			return fault{}
		}
		if _, ok := o.get("Code"); !ok {
			if inner, err := o.object("Error"); err == nil && inner != nil {
				o = inner
			}
		}
		return fault{Code: o.text("Code"), Message: o.text("Message"), RequestID: o.text("RequestId")}
	case body[0] == '<':
		return parseXMLFault(body)
	}
	return fault{}
}

func parseXMLFault(body []byte) fault {
	d := xml.NewDecoder(bytes.NewReader(body))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var f fault
	var path []string
	var text strings.Builder
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return f
		}
		if err != nil {
			return fault{}
		}
		switch t := t.(type) {
		case xml.StartElement:
			if len(path) == 0 && strings.EqualFold(t.Name.Local, "html") {
				return fault{}
			}
			path = append(path, t.Name.Local)
			text.Reset()
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			// The fields of the root, or of an Error in the root.
			if n := len(path); n == 2 || n == 3 && path[1] == "Error" {
				f.set(path[n-1], strings.TrimSpace(text.String()))
			}
			path = path[:len(path)-1]
			text.Reset()
		}
	}
}

func (f *fault) set(name, value string) {
	for _, field := range []struct {
		name string
		dst  *string
	}{{"Code", &f.Code}, {"Message", &f.Message}, {"RequestId", &f.RequestID}} {
		if name == field.name && *field.dst == "" {
			*field.dst = value
		}
	}
}

// trim removes white space and a byte order mark around a body.
func trim(body []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(body), []byte("\xef\xbb\xbf")))
}

// object is a JSON object whose values are still to be read.
type object map[string]json.RawMessage

var errNoObject = errors.New("not a JSON object")

func parseObject(body []byte) (object, error) {
	body = trim(body)
	if len(body) == 0 || body[0] != '{' {
		return nil, errNoObject
	}
	var o object
	if err := json.Unmarshal(body, &o); err != nil {
		return nil, errNoObject
	}
	return o, nil
}

// get is a value by name; the letters' case counts only where two names differ
// in nothing else.
func (o object) get(name string) (json.RawMessage, bool) {
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

// text is a string or number as text; "" for anything else.
func (o object) text(name string) string {
	v, _ := o.get(name)
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

// object is a value that is an object; nil without an error where it is
// absent, null or "".
func (o object) object(name string) (object, error) {
	v, _ := o.get(name)
	if absent(v) {
		return nil, nil
	}
	return parseObject(v)
}

// absent tells whether a value stands for nothing: not there, null or "".
func absent(v json.RawMessage) bool {
	return len(v) == 0 || string(v) == "null" || string(v) == `""`
}
