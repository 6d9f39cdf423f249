package apikit

import (
	"encoding/json"
	"errors"
	"html"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestOneLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "  a\n\tb\r\n c ": "a b c", "a\x00\x1b[31mb": "a [31mb", "a\xffb": "a b", "世界": "世界",
	} {
		if got := OneLine(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "12345678": "12345678", "123456789": "1234567…", "世世世世世世世世": "世世世世世世世世", "世世世世世世世世世": "世世世世世世世…",
	} {
		if got := Shorten(in, 8); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func TestPageText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"text":      "text",
		"a &amp; b": "a & b",
		"<html><head><title>503 Service\nUnavailable</title><style>b{}</style></head><body><!-- x --><h1>503 &amp; out</h1>\r\n<script>alert(1)</script></body></html>": "503 Service Unavailable 503 & out",
	} {
		if got := OneLine(PageText(in)); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

// A secret is found in whatever form an echo holds it.
func TestSecretsAreBlankedInEveryForm(t *testing.T) {
	t.Parallel()
	const secret = `not/a+secret=at~all*&<00> "é`
	jsonForm, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	quoted := string(jsonForm[1 : len(jsonForm)-1])
	r := NewRedactor("short", secret, secret+"-and-more", "NOTAKEYNOTAKEY00")
	for name, form := range map[string]string{
		"as it is":            secret,
		"a longer one":        secret + "-and-more",
		"in a query":          url.QueryEscape(secret),
		"in a query, twice":   url.QueryEscape(url.QueryEscape(secret)),
		"in a path":           url.PathEscape(secret),
		"by RFC 3986":         strings.ReplaceAll(url.QueryEscape(secret), "+", "%20"),
		"in small hex digits": strings.NewReplacer("%2F", "%2f", "%2B", "%2b", "%3D", "%3d", "%2A", "%2a", "%3C", "%3c", "%3E", "%3e", "%C3", "%c3", "%A9", "%a9").Replace(url.QueryEscape(secret)),
		"in JSON":             quoted,
		"in JSON, slashes":    strings.ReplaceAll(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(quoted), "/", `\/`),
		"in HTML":             html.EscapeString(secret),
		"in Go":               strings.Trim(strconv.Quote(secret), `"`),
	} {
		for _, text := range []string{form, "the key " + form + " is odd", form + form} {
			got := r.Line(text, MaxMessage)
			if strings.Contains(got, form) || strings.Contains(got, "secret") || strings.Contains(got, "more") || !strings.Contains(got, blank) {
				t.Errorf("%s: %q gives %q", name, text, got)
			}
		}
	}
}

func TestRedactedTexts(t *testing.T) {
	t.Parallel()
	r := NewRedactor("NOTAKEYNOTAKEY00", "id", "invalid") // the last two are too short to be secrets
	for in, want := range map[string]string{
		"The id is invalid.":                             "The id is invalid.",
		"key NOTAKEYNOTAKEY00 is inactive":               "key *** is inactive",
		"Post https://h:1/?Action=X&Port=80: odd":        "Post https://h:1/?... odd",
		"proxy http://user:pa ss@h: refused":             "proxy http://***@h: refused",
		"see https://example.com/page":                   "see https://example.com/page",
		"x SecurityToken%3Dabc%26Action%3DX y":           "x SecurityToken%3D*** y",
		"signature=abc":                                  "signature=***",
		"SDK-HMAC-SHA256 Access=A, Signature=0123 there": "SDK-HMAC-SHA256 Access=A, Signature=*** there",
		"a server string to sign is:POST&%2F&Acc":        "a server string to sign is: (left out)",
		"a\nb": "a b",
	} {
		if got := r.Line(in, MaxMessage); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
	if got := r.Line("abc NOTAKEYNOTAKEY00", 12); strings.Contains(got, "NOTA") {
		t.Errorf("a secret that is cut is shown in part: %q", got)
	}
}

func TestErrorsAreShownWithoutSecrets(t *testing.T) {
	t.Parallel()
	cause := errors.New("reset by NOTAKEYNOTAKEY00")
	err := NewRedactor("NOTAKEYNOTAKEY00").Err(&url.Error{Op: "Post", URL: "https://h/?Signature=abc", Err: cause})
	if err.Error() != "reset by ***" || !errors.Is(err, cause) {
		t.Errorf("%v", err)
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		t.Error("the chain holds the URL")
	}
	if err := (Redactor{}).Err(nil); err != nil {
		t.Error(err)
	}
}

// Whatever the text: one clean line, no longer than allowed, and no secret.
func FuzzLine(f *testing.F) {
	f.Add("a\x00b\xff\n<html>", "secret-key")
	f.Add("https://u:secret-key@h/?x", "secret-key")
	f.Add("<"+strings.Repeat("<title>", 100), "12345678")
	f.Fuzz(func(t *testing.T, text, word string) {
		secret := "a-key-" + word // no part of what stands in a secret's place
		r := NewRedactor(secret)
		for _, got := range []string{r.Line(text, 50), r.Page([]byte(text))} {
			if !utf8.ValidString(got) || utf8.RuneCountInString(got) > MaxPage ||
				strings.ContainsFunc(got, func(c rune) bool { return c != ' ' && (unicode.IsSpace(c) || !unicode.IsPrint(c)) }) {
				t.Fatalf("%q is not one clean line", got)
			}
			if len(secret) >= minSecret && strings.Contains(got, secret) {
				t.Fatalf("%q holds the secret", got)
			}
		}
	})
}
