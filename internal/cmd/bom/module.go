package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/terraform"
)

// module is a Go module that the provider is linked from. Sum is Go's checksum of
// its files.
type module struct {
	Path, Version, Dir, Sum string
	Main                    bool

	license, text string
}

// systems are those of the release; which modules a program needs does not depend
// on the processor.
var systems = []string{"darwin", "freebsd", "linux", "windows"}

// modules are all that the provider is linked from on any system, by path, without
// the provider's own and with Go's own library as std.
func modules(ctx context.Context) ([]module, error) {
	root, err := terraform.ModuleRoot(ctx)
	if err != nil {
		return nil, err
	}
	found := map[string]module{}
	for _, system := range systems {
		cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Module", ".")
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
		b, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("list the modules for %s: %w", system, err)
		}
		for packages := json.NewDecoder(bytes.NewReader(b)); ; {
			var p struct{ Module *module }
			if err := packages.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, fmt.Errorf("read the modules for %s: %w", system, err)
			}
			if p.Module != nil && !p.Module.Main {
				found[p.Module.Path] = *p.Module
			}
		}
	}
	goroot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("find Go's own library: %w", err)
	}
	found["std"] = module{Path: "std", Version: strings.TrimPrefix(runtime.Version(), "go"), Dir: strings.TrimSpace(string(goroot))}
	all := slices.SortedFunc(maps.Values(found), func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	for i := range all {
		if err := all[i].read(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// read finds the licence of the module, and what it wants to be passed on with it.
func (m *module) read() error {
	files, err := os.ReadDir(m.Dir)
	if err != nil {
		return fmt.Errorf("find the licence of %s: %w", m.Path, err)
	}
	for _, f := range files {
		name := strings.ToUpper(strings.TrimSuffix(f.Name(), filepath.Ext(f.Name())))
		if f.IsDir() || !slices.Contains([]string{"LICENSE", "LICENCE", "COPYING", "NOTICE"}, name) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(m.Dir, f.Name()))
		if err != nil {
			return fmt.Errorf("read the licence of %s: %w", m.Path, err)
		}
		m.text += strings.TrimSpace(strings.ReplaceAll(string(b), "\r\n", "\n")) + "\n"
	}
	m.license = license(m.text)
	if m.license == "" {
		return fmt.Errorf("the licence of %s is none that this provider may be shipped with (%s)", m.Path, m.Dir)
	}
	return nil
}

// licenses are those that the provider may be shipped with, by words that stand in
// each; the first that fits counts.
var licenses = []struct {
	id    string // of SPDX
	words []string
}{
	{"", []string{"GNU GENERAL PUBLIC LICENSE"}},
	{"MPL-2.0", []string{"Mozilla Public License", "2.0"}},
	{"Apache-2.0", []string{"Apache License", "Version 2.0"}},
	{"BSD-3-Clause", []string{"Redistribution and use in source and binary forms", "Neither the name"}},
	{"BSD-2-Clause", []string{"Redistribution and use in source and binary forms"}},
	{"MIT", []string{"Permission is hereby granted, free of charge"}},
}

// license is the SPDX id of a text, "" for one that is not known.
func license(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	for _, l := range licenses {
		if !slices.ContainsFunc(l.words, func(w string) bool { return !strings.Contains(text, w) }) {
			return l.id
		}
	}
	return ""
}
