package slbapi

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths of texts from outside in an error, in bytes.
const (
	maxMessage = 600
	maxSnippet = 200 // of an answer that is not the vendor's
	maxCode    = 100
)

// oneLine makes a text of unknown origin fit for an error message: valid
// UTF-8, one line, single spaces, at most limit bytes.
func oneLine(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= limit {
		return s
	}
	const mark = "..."
	end := limit - len(mark)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + mark
}

var (
	markupSkipped = regexp.MustCompile(`(?is)<(script|style)\b.*?</(script|style)\s*>|<!--.*?-->`)
	markupTag     = regexp.MustCompile(`(?s)<[^>]*>`)
)

// plain is the readable text of a page, or of anything else.
func plain(body string) string {
	if strings.Contains(body, "<") {
		body = markupSkipped.ReplaceAllString(body, " ")
		body = markupTag.ReplaceAllString(body, " ")
	}
	return html.UnescapeString(body)
}

var (
	urlQuery    = regexp.MustCompile(`(?i)(https?://[^\s"'<>?]*\?)[^\s"'<>]*`)
	urlUser     = regexp.MustCompile(`(://)[^/"']*@`)
	secretParam = regexp.MustCompile(`(?i)(SignatureNonce|Signature|SecurityToken|AccessKeyId|AccessKeySecret|OIDCToken)(=|%3D|%253D)[^\s"'<>]+`) // and all of the query after it
)

// minSecret is the shortest key that is looked for in texts: real ones have 16
// characters or more, and replacing "id" everywhere would only garble.
const minSecret = 6

// redactor removes what must not be shown from texts that were not written
// here.
type redactor struct{ keys *strings.Replacer }

func newRedactor(k Keys, more ...string) redactor {
	var pairs []string
	for _, s := range append(more, k.SecurityToken, k.AccessKeySecret, k.AccessKeyID) {
		if len(s) < minSecret {
			continue
		}
		once := url.QueryEscape(s)
		for _, form := range []string{url.QueryEscape(once), once, s} {
			pairs = append(pairs, form, "***")
		}
	}
	return redactor{strings.NewReplacer(pairs...)}
}

func (r redactor) text(s string) string {
	// The text after it repeats every parameter, tokens included.
	if head, _, found := strings.Cut(s, "string to sign is:"); found {
		s = head + "string to sign is: (left out)"
	}
	s = r.keys.Replace(s)
	s = urlQuery.ReplaceAllString(s, "${1}...")
	s = urlUser.ReplaceAllString(s, "${1}***@")
	return secretParam.ReplaceAllString(s, "${1}${2}***")
}

// err is an error whose text is safe to show. The URL that net/http puts into
// its errors, signed query and all, is dropped from the chain.
func (r redactor) err(err error) error {
	for {
		u, ok := err.(*url.Error) //nolint:errorlint // from the outside in: the text around a deeper one stays
		if !ok {
			break
		}
		err = u.Err
	}
	if err == nil {
		return nil
	}
	text := err.Error()
	if safe := oneLine(r.text(text), maxMessage); safe != text {
		return &redacted{safe, err}
	}
	return err
}

// redacted is an error under another text.
type redacted struct {
	text string
	err  error
}

func (e *redacted) Error() string { return e.text }

func (e *redacted) Unwrap() error { return e.err }
