package elbapi

import (
	"encoding/json"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

const (
	maxMessage = 1000 // runes of a vendor's message that are kept
	maxPage    = 200  // runes of what is no vendor's message, such as an HTML page
	maxCode    = 64   // runes of a code or a request id
	maxNesting = 4    // of objects in an error body

	maxFault = 64 << 10 // bytes of an error body that is looked into at all
)

// fault is what an error body says; empty where it does not.
type fault struct {
	code, message, requestID string
	page                     bool // message is the text of a body that was no JSON object
}

// parseFault reads an error body in any of the forms seen: {error_code,
// error_msg, request_id} of ELB and its gateway, {code, message}, either of
// them nested as in IAM's {"error": {...}}, and pages of proxies. Codes may be
// numbers. The texts are one line each, not yet shortened. A body of more than
// 64 KiB is nobody's error and is not looked into.
func parseFault(body []byte) fault {
	var f fault
	if len(body) > maxFault {
		return fault{page: true}
	}
	if !f.read(body, 0) {
		f.message, f.page = oneLine(pageText(string(body))), true
		return f
	}
	f.code, f.message, f.requestID = oneLine(f.code), oneLine(f.message), oneLine(f.requestID)
	if f.message == "" && f.code == "" {
		f.message, f.page = oneLine(string(body)), true
	}
	return f
}

// read takes what is still missing from a JSON object and the objects in it,
// and tells whether it was one.
func (f *fault) read(raw []byte, depth int) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil || fields == nil {
		return false
	}
	take := func(into *string, names ...string) {
		for _, name := range names {
			if *into == "" {
				*into = scalar(fields[name])
			}
		}
	}
	take(&f.code, "error_code", "code")
	take(&f.message, "error_msg", "message")
	take(&f.requestID, "request_id")
	if depth == maxNesting {
		return true
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		f.read(fields[name], depth+1)
	}
	if f.message == "" {
		take(&f.message, "error", "msg") // {"error": "text"}
	}
	return true
}

// scalar is a JSON string's or number's text, empty for anything else.
func scalar(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

var (
	hidden = regexp.MustCompile(`(?is)<(script|style|head)\b.*?</(script|style|head)>|<!--.*?-->`)
	title  = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	tag    = regexp.MustCompile(`(?s)<[^>]*>`)
)

// pageText is the text of an HTML page: its title and what it shows. Other
// text comes back as it is.
func pageText(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	head := ""
	if m := title.FindStringSubmatch(s); m != nil {
		head = m[1] + " "
	}
	return html.UnescapeString(head + tag.ReplaceAllString(hidden.ReplaceAllString(s, " "), " "))
}

// oneLine joins the words of a text with single spaces and drops what cannot
// be printed.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == unicode.ReplacementChar || !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// shorten cuts a text after n runes.
func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
