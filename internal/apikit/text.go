package apikit

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths of texts from outside in an error, in runes.
const (
	MaxMessage = 1000 // of the vendor's message
	MaxPage    = 200  // of what is no vendor's message, such as a proxy's page
	MaxCode    = 100  // of a code or a request id
)

// OneLine makes a text of unknown origin fit for an error message: valid UTF-8,
// one line, single spaces, nothing that cannot be printed.
func OneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// Shorten cuts a text to n runes, the mark at its end among them.
func Shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// Word is a code, an id or another word from outside, fit for an error.
func Word(s string) string { return Shorten(OneLine(s), MaxCode) }

var (
	unseen = regexp.MustCompile(`(?is)<(script|style|head)\b.*?</(script|style|head)\s*>|<!--.*?-->`)
	title  = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	tag    = regexp.MustCompile(`(?s)<[^>]*>`)
)

// PageText is what an HTML page, such as a proxy's, shows to a reader: its title
// and its text. Any other text comes back as it is.
func PageText(s string) string {
	if !strings.Contains(s, "<") {
		return html.UnescapeString(s)
	}
	head := ""
	if m := title.FindStringSubmatch(s); m != nil {
		head = m[1] + " "
	}
	return html.UnescapeString(head + tag.ReplaceAllString(unseen.ReplaceAllString(s, " "), " "))
}
