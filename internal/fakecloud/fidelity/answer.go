package fidelity

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Answer is what a request got: an answer, or none (Err).
type Answer struct {
	Status int
	Header string // what of the headers is worth telling
	Body   string
	Err    error
}

// Send sends a request as it is and reads its answer.
func Send(via http.RoundTripper, r *http.Request) Answer {
	resp, err := via.RoundTrip(r)
	if err != nil {
		return Answer{Err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	a := Answer{Status: resp.StatusCode, Body: string(b), Err: err}
	if after := resp.Header.Get("Retry-After"); after != "" {
		a.Header = "Retry-After=" + after
	}
	return a
}

// text is an answer as scripts have it: of one that is no success its code and
// words, of a success the fields that are asked for.
func (a Answer) text(fields []string) []string {
	if a.Err != nil {
		return []string{"no answer: " + a.Err.Error()}
	}
	first := strings.TrimSpace(fmt.Sprint(a.Status, " ", a.Header))
	var body any
	if json.Unmarshal([]byte(a.Body), &body) != nil {
		return written(strings.TrimSpace(first + " " + a.Body))
	}
	if a.Status >= 300 {
		return []string{first + " " + errorText(body, a.Body)}
	}
	if slices.Equal(fields, []string{"*"}) {
		if o, ok := body.(map[string]any); ok {
			delete(o, "RequestId")
			delete(o, "request_id")
		}
		return []string{first + " " + compact(body)}
	}
	out := rows(body, fields)
	if len(out) == 0 {
		return []string{first}
	}
	out[0] = first + " " + out[0]
	return out
}

// errorText is "code: message" of an error in any of the vendors' forms.
func errorText(body any, raw string) string {
	o, ok := body.(map[string]any)
	if !ok {
		return raw
	}
	nested := ""
	if inner, ok := o["error"].(map[string]any); ok {
		o, nested = inner, "nested "
	}
	for _, names := range [][2]string{{"Code", "Message"}, {"error_code", "error_msg"}, {"code", "message"}} {
		if code, ok := o[names[0]]; ok {
			return strings.TrimSuffix(fmt.Sprintf("%s%v: %v", nested, code, o[names[1]]), ": ")
		}
	}
	return raw
}

// rows are the objects in v that have any of the fields, a line each.
func rows(v any, fields []string) (out []string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			out = append(out, rows(e, fields)...)
		}
	case map[string]any:
		var words []string
		for _, f := range fields {
			if value, ok := v[f]; ok {
				words = append(words, f+"="+compact(value))
			}
		}
		if len(words) > 0 {
			out = append(out, strings.Join(words, " "))
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if !slices.Contains(fields, name) {
				out = append(out, rows(v[name], fields)...)
			}
		}
	}
	return out
}

func compact(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // what came of JSON encodes
	return strings.TrimSuffix(b.String(), "\n")
}
