package acs

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// Fault is the vendor's description of an error. Without a Code it is not the
// vendor's.
type Fault struct {
	Code, Message, RequestID string
	Status                   int // where it is not that of the answer
}

// ParseFault reads an error's body, in JSON or XML ("HTTP response",
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference): an object, or
// an element Error, of Code, Message and RequestId. A Code that is a number
// counts. Anything else gives a Fault without a Code.
func ParseFault(body []byte) Fault {
	body = Trim(body)
	switch {
	case len(body) == 0:
		return Fault{}
	case body[0] == '{':
		o, err := ParseObject(body)
		if err != nil {
			return Fault{}
		}
		if _, ok := o.Get("Code"); !ok {
			if inner, err := o.Object("Error"); err == nil && inner != nil {
				o = inner
			}
		}
		return Fault{Code: o.Text("Code"), Message: o.Text("Message"), RequestID: o.Text("RequestId")}
	case body[0] == '<':
		return parseXMLFault(body)
	}
	return Fault{}
}

func parseXMLFault(body []byte) Fault {
	d := xml.NewDecoder(bytes.NewReader(body))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var f Fault
	var path []string
	var text strings.Builder
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return f
		}
		if err != nil {
			return Fault{}
		}
		switch t := t.(type) {
		case xml.StartElement:
			if len(path) == 0 && strings.EqualFold(t.Name.Local, "html") {
				return Fault{}
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

func (f *Fault) set(name, value string) {
	for _, field := range []struct {
		name string
		dst  *string
	}{{"Code", &f.Code}, {"Message", &f.Message}, {"RequestId", &f.RequestID}} {
		if name == field.name && *field.dst == "" {
			*field.dst = value
		}
	}
}
