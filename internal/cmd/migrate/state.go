package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// instance is an instance of a resource of another provider.
type instance struct {
	address string // the whole one
	module  string // the address of its module's instance; "" in the root
	typ     string
	name    string
	key     any // of for_each a string, of count an int; nil without either
	state   []byte
	tainted bool
	deposed string // the key of a deposed object
}

// holder is what the instance is of: the resource, as its module's files have it.
func (i instance) holder() string { return withoutKeys(i.module) + "|" + i.typ + "." + i.name }

// readState reads what `terraform show -json` prints: the instances of the types
// that are known, and the addresses of all that is there besides.
func readState(from io.Reader, known func(typ string) bool) (found []instance, others map[string]bool, err error) {
	text, err := io.ReadAll(from)
	if err != nil {
		return nil, nil, fmt.Errorf("read the state: %w", err)
	}
	var state tfjson.State
	if err := json.Unmarshal(text, &state); err != nil {
		return nil, nil, fmt.Errorf("read the state, which must be as `terraform show -json` prints it: %w", err)
	}
	if state.Values == nil || state.Values.RootModule == nil {
		return nil, nil, errors.New("there is no state: pipe in what `terraform show -json` prints in the folder of the configuration")
	}
	others = map[string]bool{}
	var walk func(m *tfjson.StateModule) error
	walk = func(m *tfjson.StateModule) error {
		for _, r := range m.Resources {
			switch {
			case r.Mode != tfjson.ManagedResourceMode:
			case !known(r.Type):
				others[withoutKeys(m.Address)+"|"+r.Type+"."+r.Name] = true
			case r.SchemaVersion > 0:
				return fmt.Errorf("%s has schema version %d, which is newer than all that this program knows; use a newer version of it", r.Address, r.SchemaVersion)
			default:
				state, err := json.Marshal(r.AttributeValues)
				if err != nil {
					return fmt.Errorf("%s: %w", r.Address, err)
				}
				i := instance{address: r.Address, module: m.Address, typ: r.Type, name: r.Name, state: state, tainted: r.Tainted, deposed: r.DeposedKey}
				switch key := r.Index.(type) {
				case string:
					i.key = key
				case float64:
					i.key = int(key)
				}
				found = append(found, i)
			}
		}
		for _, child := range m.ChildModules {
			if err := walk(child); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(state.Values.RootModule); err != nil {
		return nil, nil, err
	}
	slices.SortStableFunc(found, func(a, b instance) int {
		return cmp.Or(cmp.Compare(a.module, b.module), cmp.Compare(a.typ, b.typ), cmp.Compare(a.name, b.name), compareKeys(a.key, b.key))
	})
	return found, others, nil
}

func compareKeys(a, b any) int {
	m, isInt := a.(int)
	n, both := b.(int)
	if isInt && both {
		return cmp.Compare(m, n)
	}
	return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

// withoutKeys is the address of a module as its configuration has it: without the
// keys of its instances.
func withoutKeys(address string) string {
	var b strings.Builder
	for address != "" {
		before, rest, found := strings.Cut(address, "[")
		b.WriteString(before)
		if !found {
			break
		}
		if key, err := strconv.QuotedPrefix(rest); err == nil {
			rest = rest[len(key):]
		}
		_, address, _ = strings.Cut(rest, "]")
	}
	return b.String()
}

// indexed is an address with the key of an instance.
func indexed(address string, key any) string {
	switch key := key.(type) {
	case string:
		return address + "[" + quoted(key) + "]"
	case int:
		return address + "[" + strconv.Itoa(key) + "]"
	}
	return address
}
