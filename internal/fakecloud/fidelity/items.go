package fidelity

import (
	"fmt"
	"regexp"
	"strconv"
)

// Item is a member in a script: "eni-a/10.0.1.2:8080@10=green" is server,
// address, port, weight and text, all but the first optional. Nil is left out.
type Item struct {
	Server, Address string
	Port, Weight    *int
	Text            *string
}

var (
	itemForm = regexp.MustCompile(`^([a-z0-9-]+|\d+(?:\.\d+){3}|\[[0-9a-fA-F:.]+\])(?:/([0-9a-fA-F.:\[\]]+?))?(?::(-?\d+))?(?:@(-?\d+))?(=.*)?$`)
	span     = regexp.MustCompile(`^([a-z]+-)(\d+)\.\.(\d+)(.*)$`)
)

// Items reads words as members; i-1..20 are twenty. It is false where a word is
// none.
func Items(words []string) (items []Item, ok bool) {
	for _, w := range expanded(words) {
		m := itemForm.FindStringSubmatch(w)
		if m == nil {
			return nil, false
		}
		it := Item{Server: m[1], Address: m[2], Port: number(m[3]), Weight: number(m[4])}
		if m[5] != "" {
			text := m[5][1:]
			it.Text = &text
		}
		items = append(items, it)
	}
	return items, true
}

// expanded writes ranges out.
func expanded(words []string) (out []string) {
	for _, w := range words {
		m := span.FindStringSubmatch(w)
		if m == nil {
			out = append(out, w)
			continue
		}
		first, last := number(m[2]), number(m[3])
		for n := *first; n <= *last; n++ {
			out = append(out, fmt.Sprint(m[1], n, m[4]))
		}
	}
	return out
}

func number(text string) *int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil
	}
	return &n
}
