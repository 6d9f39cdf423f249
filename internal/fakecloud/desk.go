package fakecloud

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// desk is where people script the faults of a simulation.
type desk struct {
	mu   sync.Mutex
	all  []scripted
	made int // names made up
	kind Kind
	ops  map[string][]string // actions by what Fault.On may say for them
}

type scripted struct {
	Fault
	rule *Rule
}

// Begin makes the cloud that a seed describes, as Simulate does. The seed may
// have faults and health besides, each a list in the form that AddFaults and
// SayHealth take.
func (p Product) Begin(seed []byte, account *Account, reporter Reporter, latency Latency) (*Simulation, error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(seed, &fields) != nil {
		fields = nil // the product's own reader tells what is wrong
	}
	own := maps.Clone(fields)
	delete(own, "faults")
	delete(own, "health")
	if len(own) < len(fields) {
		seed, _ = json.Marshal(own) // what was decoded encodes
	}
	s, err := p.Simulate(seed, account, reporter, latency)
	if err != nil {
		return nil, err
	}
	s.desk.kind, s.desk.ops = p.Kinds[0], map[string][]string{}
	for _, k := range p.Kinds {
		for word, ops := range map[string][]string{"add": k.Ops.Add, "update": k.Ops.Update, "remove": k.Ops.Remove} {
			s.desk.ops[word] = append(s.desk.ops[word], ops...)
		}
	}
	if text, ok := fields["health"]; ok {
		err = s.SayHealth(text)
	}
	if text, ok := fields["faults"]; ok && err == nil {
		err = s.AddFaults(text)
	}
	return s, err
}

// SayHealth reads one [Health] or a list of them, and has them hold from now on, or
// none where one is wrong.
func (s *Simulation) SayHealth(text []byte) error {
	all, err := read("health", text, func(b []byte) (h Health, err error) {
		if err = strictly(b, &h); err == nil {
			err = h.validate()
		}
		if err == nil {
			err = s.hasGroup(h.Group)
		}
		return h, err
	})
	if err != nil {
		return err
	}
	for _, h := range all {
		s.Ward.Say(h)
	}
	return nil
}

// AddFaults reads one [Fault] or a list of them, and scripts them from now on, or
// none where one is wrong. One that has the name of an earlier one takes its place.
func (s *Simulation) AddFaults(text []byte) error {
	all, err := read("fault", text, func(b []byte) (Fault, error) {
		f, err := readFault(b)
		if err == nil {
			err = s.hasGroup(f.Group)
		}
		if err == nil {
			err = s.canDo(f)
		}
		return f, err
	})
	if err != nil {
		return err
	}
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	for _, f := range all {
		s.desk.made++
		if f.Name == "" {
			f.Name = fmt.Sprintf("fault-%d", s.desk.made)
		}
		s.removeFault(f.Name)
		s.desk.all = append(s.desk.all, scripted{f, s.script(f)})
	}
	return nil
}

// read reads a list of things, or one thing.
func read[T any](what string, text []byte, one func([]byte) (T, error)) ([]T, error) {
	list := []json.RawMessage{text}
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
		list = nil
		if err := strictly(text, &list); err != nil {
			return nil, fmt.Errorf("read %s: %w", what, err)
		}
	}
	var all []T
	for _, b := range list {
		v, err := one(b)
		if err != nil {
			return nil, fmt.Errorf("read %s %s: %w", what, bytes.TrimSpace(b), err)
		}
		all = append(all, v)
	}
	return all, nil
}

func (s *Simulation) hasGroup(id string) error {
	held := s.Held()
	if _, ok := held[id]; id == "" || ok {
		return nil
	}
	return fmt.Errorf("there is no group %s; there are %s", id, strings.Join(slices.Sorted(maps.Keys(held)), ", "))
}

// canDo tells what the product lacks for a fault.
func (s *Simulation) canDo(f Fault) error {
	if deeds[f.Do].jobs && len(s.desk.kind.Ops.Poll) == 0 {
		return fmt.Errorf("%s is for products whose writes are jobs, which this one's are not", f.Do)
	}
	words := append(slices.Sorted(maps.Keys(s.desk.ops)), "write", "read")
	if f.On != "" && !slices.Contains(words, f.On) && !slices.Contains(s.Actions, f.On) {
		return fmt.Errorf("on %q is none of %s, or of the actions %s", f.On, strings.Join(words, ", "), strings.Join(s.Actions, ", "))
	}
	return nil
}

// script makes a rule of a fault.
func (s *Simulation) script(f Fault) *Rule {
	d := deeds[f.Do]
	r := s.Server.Faults.On("*").Nth(f.After+1).Times(f.Times).Above(f.Calls, time.Duration(f.Per)).Where(func(c *Call) bool {
		return s.on(f.On, c) && (f.Group == "" || f.Group == c.Group) && (f.Member == "" || c.Names(f.Member)) && (!d.jobs || c.Write)
	})
	r.name, r.during = f.Name, time.Duration(f.For)
	if d.alter != nil {
		return r.Alter(func(c *Call) { d.alter(f, c) })
	}
	return r.Do(d.answer(f, s.desk.kind))
}

// on tells whether a call is what Fault.On says.
func (s *Simulation) on(word string, c *Call) bool {
	switch word {
	case "":
		return true
	case "read", "write":
		return c.Write == (word == "write")
	}
	return c.Op == word || slices.Contains(s.desk.ops[word], c.Op)
}

// Faults are those that are scripted, the oldest first.
func (s *Simulation) Faults() []Scripted {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	all := make([]Scripted, len(s.desk.all))
	for i, f := range s.desk.all {
		all[i].Fault = f.Fault
		all[i].Seen, all[i].Fired = f.rule.counts()
	}
	return all
}

// RemoveFault removes the fault of a name, or every one where the name is "", and
// tells whether there was one.
func (s *Simulation) RemoveFault(name string) bool {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	return s.removeFault(name)
}

func (s *Simulation) removeFault(name string) bool {
	before := len(s.desk.all)
	s.desk.all = slices.DeleteFunc(s.desk.all, func(f scripted) bool {
		if name != "" && f.Name != name {
			return false
		}
		s.Server.Faults.Remove(f.rule)
		return true
	})
	return len(s.desk.all) < before
}
