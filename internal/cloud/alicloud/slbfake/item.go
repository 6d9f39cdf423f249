package slbfake

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// item is one member of a BackendServers parameter. Nil is left out.
type item struct {
	server, kind, ip string
	weight, port     *int
	description      *string
}

// unknownField is an item's field that this cloud does not know.
type unknownField string

func (f unknownField) Error() string { return fmt.Sprintf("unknown or repeated field %q", string(f)) }

// readItems reads a BackendServers parameter: a JSON list of objects. As the
// vendor does, it takes single quotes for double ones, keys that begin with a
// lower-case letter, numbers as strings, and, where idList is set, plain ids.
func readItems(text string, idList bool) ([]item, error) {
	if text == "" {
		return nil, nil
	}
	var raw []json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		text = doubleQuoted(text)
		if err := json.Unmarshal([]byte(text), &raw); err != nil {
			return nil, fmt.Errorf("not a list: %w", err)
		}
	}
	if len(raw) == 0 {
		return nil, fmt.Errorf("an empty list")
	}
	items := make([]item, 0, len(raw))
	for _, r := range raw {
		var id string
		if idList && json.Unmarshal(r, &id) == nil && id != "" {
			items = append(items, item{server: id})
			continue
		}
		it, err := readItem(r)
		if err != nil {
			return nil, err
		}
		items = append(items, it)
	}
	return items, nil
}

func readItem(raw json.RawMessage) (item, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return item{}, fmt.Errorf("not an object: %w", err)
	}
	var it item
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := fields[name]
		lower := strings.ToLower(name)
		if seen[lower] {
			return item{}, unknownField(name)
		}
		seen[lower] = true
		var err error
		switch lower {
		case "serverid":
			it.server, err = readString(value)
		case "type":
			it.kind, err = readString(value)
		case "serverip":
			it.ip, err = readString(value)
		case "weight":
			it.weight, err = readNumber(value)
		case "port":
			it.port, err = readNumber(value)
		case "description":
			var s string
			s, err = readString(value)
			it.description = &s
		default:
			return item{}, unknownField(name)
		}
		if err != nil {
			return item{}, fmt.Errorf("field %s: %w", name, err)
		}
	}
	it.ip = normalIP(it.ip)
	return it, nil
}

func readString(raw json.RawMessage) (string, error) {
	if string(raw) == "null" {
		return "", fmt.Errorf("null")
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err
}

// readNumber reads a whole number, or one as a string.
func readNumber(raw json.RawMessage) (*int, error) {
	text := string(raw)
	if strings.HasPrefix(text, `"`) {
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil, err
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil, err
	}
	return &n, nil
}

// doubleQuoted turns [{'ServerId':'i-a'}] into JSON.
func doubleQuoted(s string) string {
	var b strings.Builder
	var quote rune // of the string that the loop is in, 0 outside
	escaped := false
	for _, r := range s {
		switch {
		case escaped:
			escaped = false
		case quote != 0 && r == '\\':
			escaped = true
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
			r = '"'
		case quote != 0 && r == quote:
			quote = 0
			r = '"'
		case quote == '\'' && r == '"':
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// descriptionForm is 1 to 80 letters, digits, hyphens, slashes, dots and
// underscores.
var descriptionForm = regexp.MustCompile(`^[\p{L}\p{N}\-/._]{1,80}$`)

// checkItem checks what can be told of an item by itself.
func (c *Cloud) checkItem(it item, act *action) *refusal {
	switch {
	case it.server == "":
		return &refusal{Status: 400, Code: "BackendServer.ServerIdEmpty"}
	case it.kind != "" && !knownType(it.kind):
		return invalid("The specified Type of BackendServers is invalid.")
	case it.weight != nil && (*it.weight < 0 || *it.weight > maxWeight):
		return &refusal{Status: 400, Code: "InvalidWeight.Malformed"}
	case it.port != nil && (*it.port < 1 || *it.port > maxPort), it.port == nil && act.ported:
		return invalid("The specified BackendServers is invalid. Port value should be in [1, 65535].")
	case it.description != nil && *it.description == "" && c.rules.RefuseEmptyDescription,
		it.description != nil && *it.description != "" && !descriptionForm.MatchString(*it.description):
		return invalid("The specified Description of BackendServers is invalid.")
	}
	return nil
}

// text is an item as the log shows it.
func (it item) text(weighted bool) string {
	parts := []string{it.server}
	if it.ip != "" {
		parts = append(parts, it.ip)
	}
	if it.port != nil {
		parts = append(parts, strconv.Itoa(*it.port))
	}
	s := strings.Join(parts, ":")
	if weighted && it.weight != nil {
		s += "@" + strconv.Itoa(*it.weight)
	}
	return s
}

// names tells whether an item means a member. A type or address that the item
// leaves out matches any.
func (it item) names(m Member, vserver bool) bool {
	return it.server == m.ServerID &&
		(it.kind == "" || it.kind == m.Type) &&
		(it.ip == "" || m.Type == ecs || it.ip == m.ServerIP) &&
		(!vserver || it.port == nil || *it.port == m.Port)
}

// find is which members of a group an item means: one, none, or, for an eni
// without its address, several, unless the rules take that for the primary
// one.
func (c *Cloud) find(g *group, it item) []key {
	var found []key
	for _, m := range g.members {
		if !it.names(m, g.vserver) {
			continue
		}
		if it.ip == "" && m.Type != ecs && c.rules.MissingIPIsPrimary && m.ServerIP != c.primaryIP(m.ServerID) {
			continue
		}
		found = append(found, m.key())
	}
	return found
}

// distinct drops items that repeat an earlier one: the first wins.
func distinct(items []item, vserver bool) []item {
	seen := map[key]bool{}
	return slices.DeleteFunc(slices.Clone(items), func(it item) bool {
		k := key{server: it.server, ip: it.ip}
		if vserver && it.port != nil {
			k.port = *it.port
		}
		again := seen[k]
		seen[k] = true
		return again
	})
}
