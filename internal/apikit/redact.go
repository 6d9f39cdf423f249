package apikit

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

const (
	// minSecret is the shortest word that is looked for in texts, in bytes: real
	// keys have 16 characters or more, and blanking "id" everywhere would only
	// garble.
	minSecret = 8

	blank = "***"
)

var (
	urlQuery = regexp.MustCompile(`(?i)(https?://[^\s"'<>?]*\?)[^\s"'<>]*`)
	urlUser  = regexp.MustCompile(`(://)[^/"']*@`)
	// A parameter that is a secret, and all of the query after it.
	secretParam = regexp.MustCompile(`(?i)(SignatureNonce|Signature|Security-?Token|X-Auth-Token|AccessKeyId|AccessKeySecret|OIDCToken)` +
		`(=|%3D|%253D)[^\s"'<>]+`)
)

// Redactor blanks what must not be shown in texts that were not written here:
// gateways, proxies and SDKs echo parts of the request. The zero value knows no
// secrets of a call, and blanks what is one in any.
type Redactor struct{ words *strings.Replacer }

// NewRedactor blanks secrets of 8 bytes or more, in every form in which an echo
// may hold them: as they are, and escaped for a URL (once and twice), for JSON
// and for HTML.
func NewRedactor(secrets ...string) Redactor {
	var forms []string
	for _, s := range secrets {
		if len(s) >= minSecret {
			forms = append(forms, escaped(s)...)
		}
	}
	// The longest first, or a secret that another begins with would leave the
	// rest of it.
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(forms))
	for _, f := range slices.Compact(forms) {
		pairs = append(pairs, f, blank)
	}
	return Redactor{strings.NewReplacer(pairs...)}
}

// escaped is a text in the forms that it takes on its way.
func escaped(s string) []string {
	once := url.QueryEscape(s)
	forms := []string{s, once, url.QueryEscape(once), url.PathEscape(s), strings.ReplaceAll(once, "+", "%20")}
	for _, f := range forms[1:] {
		forms = append(forms, percent.ReplaceAllStringFunc(f, strings.ToLower))
	}
	if b, err := json.Marshal(s); err == nil {
		quoted := string(b[1 : len(b)-1])
		plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(quoted)
		forms = append(forms, quoted, plain, strings.ReplaceAll(plain, "/", `\/`))
	}
	page := html.EscapeString(s)
	return append(forms, page, strings.ReplaceAll(page, "+", "&#43;"))
}

var percent = regexp.MustCompile(`%[0-9A-F]{2}`)

// Text is a text without secrets.
func (r Redactor) Text(s string) string {
	// The text after it repeats every parameter, tokens included.
	if head, _, found := strings.Cut(s, "string to sign is:"); found {
		s = head + "string to sign is: (left out)"
	}
	if r.words != nil {
		s = r.words.Replace(s)
	}
	s = urlQuery.ReplaceAllString(s, "${1}...")
	s = urlUser.ReplaceAllString(s, "${1}"+blank+"@")
	return secretParam.ReplaceAllString(s, "${1}${2}"+blank)
}

// Line is a text from outside, fit for an error: one line of at most n runes,
// without secrets.
func (r Redactor) Line(s string, n int) string { return Shorten(r.Text(OneLine(s)), n) }

// Page is the beginning of an answer that is not the vendor's.
func (r Redactor) Page(body []byte) string {
	return r.Line(PageText(string(body[:min(len(body), maxPage)])), MaxPage)
}

// maxPage is how much of a page is looked into, in bytes.
const maxPage = 64 << 10

// Err is an error whose text is safe to show. The URL that net/http puts into
// its errors, signed query and all, is dropped from the chain.
func (r Redactor) Err(err error) error {
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
	if safe := r.Line(text, MaxMessage); safe != text {
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
