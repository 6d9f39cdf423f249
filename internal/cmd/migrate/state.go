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

	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
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

// stock are the instances of the types that are known, and what else
// a state says that matters to them.
type stock struct {
	instances []instance
	others    map[string]bool // all resources of other types, as [instance.holder] has them
	groups    []listedGroup
}

// listedGroup is a group of another provider's whose state lists all its members,
// whoever has put them in.
type listedGroup struct {
	address, module, id string
	members             []string // server:port
}

// groupType is the type of such groups
// (https://registry.terraform.io/providers/aliyun/alicloud/latest/docs/resources/slb_server_group).
const groupType = "alicloud_slb_server_group"

func groupOf(r *tfjson.StateResource, module string) (g listedGroup, err error) {
	var has struct {
		ID      string `json:"id"`
		Servers []struct {
			IDs  []string `json:"server_ids"`
			Port int      `json:"port"`
		} `json:"servers"`
	}
	text, err := json.Marshal(r.AttributeValues)
	if err == nil {
		err = json.Unmarshal(text, &has)
	}
	g = listedGroup{address: r.Address, module: module, id: has.ID}
	for _, s := range has.Servers {
		for _, id := range s.IDs {
			g.members = append(g.members, id+":"+strconv.Itoa(s.Port))
		}
	}
	return g, tfkit.Misread(err)
}

// readState reads what `terraform show -json` prints.
func readState(from io.Reader, known func(typ string) bool) (*stock, error) {
	text, err := io.ReadAll(from)
	if err != nil {
		return nil, fmt.Errorf("read the state: %w", err)
	}
	var state tfjson.State
	if err := json.Unmarshal(text, &state); err != nil {
		return nil, fmt.Errorf("read the state, which must be as `terraform show -json` prints it: %w", tfkit.Misread(err))
	}
	if state.Values == nil || state.Values.RootModule == nil {
		return nil, errors.New("there is no state: pipe in what `terraform show -json` prints in the folder of the configuration")
	}
	all := &stock{others: map[string]bool{}}
	var walk func(m *tfjson.StateModule) error
	walk = func(m *tfjson.StateModule) error {
		for _, r := range m.Resources {
			switch {
			case r.Mode != tfjson.ManagedResourceMode:
			case !known(r.Type):
				all.others[withoutKeys(m.Address)+"|"+r.Type+"."+r.Name] = true
				if r.Type == groupType {
					g, err := groupOf(r, m.Address)
					if err != nil {
						return fmt.Errorf("%s: %w", r.Address, err)
					}
					all.groups = append(all.groups, g)
				}
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
				all.instances = append(all.instances, i)
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
		return nil, err
	}
	slices.SortStableFunc(all.instances, func(a, b instance) int {
		return cmp.Or(cmp.Compare(a.module, b.module), cmp.Compare(a.typ, b.typ), cmp.Compare(a.name, b.name), compareKeys(a.key, b.key))
	})
	return all, nil
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
