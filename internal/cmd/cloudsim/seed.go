package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// seed is what the clouds hold to begin with, by the names that products have in
// a seed. One that is left out is not simulated.
type seed map[string]json.RawMessage

// defaultSeed is what the clouds hold when no --seed is given: what
// examples/quickstart needs, and one member in each group that is somebody
// else's.
func defaultSeed(products []fakecloud.Product) []byte {
	var clouds []string
	for _, p := range products {
		text := strings.ReplaceAll(strings.TrimSpace(p.Quickstart), "\n", "\n  ")
		clouds = append(clouds, fmt.Sprintf("  %q: %s", p.Seed, text))
	}
	return []byte("{\n" + strings.Join(clouds, ",\n") + "\n}\n")
}

// builtIn is an example's seed, or the default one where it is of none.
func builtIn(products []fakecloud.Product, example string) []byte {
	if example == "" {
		return defaultSeed(products)
	}
	return []byte(exampleFile(example + ".json"))
}

// readSeed reads the file, or what is built in where there is none.
func readSeed(products []fakecloud.Product, o options) (seed, error) {
	if o.seed == "" {
		return parseSeed(products, builtIn(products, o.example))
	}
	file := o.seed
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read seed: %w", err)
	}
	s, err := parseSeed(products, b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

// parseSeed reads {"alicloud": {...}, "huaweicloud": {...}}, of which some may
// be left out.
func parseSeed(products []fakecloud.Product, b []byte) (seed, error) {
	var s seed
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("read seed: %w", err)
	}
	if d.More() {
		return nil, errors.New("read seed: there is more after the object")
	}
	maps.DeleteFunc(s, func(_ string, cloud json.RawMessage) bool { return string(cloud) == "null" })
	var known []string
	for _, p := range products {
		known = append(known, p.Seed)
	}
	for cloud := range s {
		if !slices.Contains(known, cloud) {
			return nil, fmt.Errorf("read seed: there is no cloud %q", cloud)
		}
	}
	if len(s) == 0 {
		return nil, fmt.Errorf("the seed has none of %s", strings.Join(known, ", "))
	}
	return s, nil
}
