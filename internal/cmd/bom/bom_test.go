package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/program"
)

// A dependency whose licence is not known to be one that the provider may be
// shipped with fails here, long before a release.
func TestTheBillOfThisProvider(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sbom, licenses := filepath.Join(dir, "new", "sbom.json"), filepath.Join(dir, "licenses.txt")
	var out bytes.Buffer
	if code := run(t.Context(), []string{"--version", "1.2.3", "--sbom", sbom, "--licenses", licenses}, &out, &out); code != program.OK {
		t.Fatalf("exit status %d: %s", code, &out)
	}
	b, err := os.ReadFile(sbom)
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	if c := d.Metadata.Component; c.PURL != "pkg:golang/"+provider+"@1.2.3" {
		t.Errorf("it is the bill of %s", c.PURL)
	}
	found := map[string]component{}
	for _, c := range d.Components {
		found[c.Name] = c
		if c.Name != "std" && (len(c.Hashes) != 1 || len(c.Hashes[0].Content) != 64) {
			t.Errorf("%s has the hashes %v", c.Name, c.Hashes)
		}
	}
	text, err := os.ReadFile(licenses)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"github.com/hashicorp/terraform-plugin-framework": "MPL-2.0",
		"github.com/aliyun/alibaba-cloud-sdk-go":          "Apache-2.0",
		"github.com/oklog/run":                            "Apache-2.0",
		"golang.org/x/sys":                                "BSD-3-Clause",
		"std":                                             "BSD-3-Clause",
		"github.com/mattn/go-isatty":                      "MIT",
	} {
		c := found[path]
		if len(c.Licenses) != 1 || c.Licenses[0].License.ID != want {
			t.Errorf("%s has the licences %v, want %s", path, c.Licenses, want)
		}
		if !strings.Contains(string(text), want+strings.Repeat(" ", 12-len(want))+"  "+path+" ") {
			t.Errorf("the list of licences lacks %s", path)
		}
	}
	if !strings.Contains(string(text), "Copyright 2009 The Go Authors") {
		t.Error("the licences lack Go's own")
	}
	if _, ours := found[provider]; ours {
		t.Error("the provider is its own part")
	}
}

func TestWhichLicenceATextIs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Mozilla Public License Version 2.0":                                                         "MPL-2.0",
		"Apache License\n   Version 2.0, January 2004":                                               "Apache-2.0",
		"Redistribution and use in source\nand binary forms ... Neither the name of X":               "BSD-3-Clause",
		"Redistribution and use in source and binary forms, with or without modification":            "BSD-2-Clause",
		"Permission is hereby granted, free of charge, to any person":                                "MIT",
		"GNU GENERAL PUBLIC LICENSE Version 3 ... Redistribution and use in source and binary forms": "",
		"All rights reserved.": "",
		"":                     "",
	} {
		if got := license(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestWrongFlagsAreExplained(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--nonsense"}, {"nonsense"}} {
		var out bytes.Buffer
		if code := run(t.Context(), args, &out, &out); code != program.Misused || !strings.Contains(out.String(), "nonsense") {
			t.Errorf("%q: exit status %d: %s", args, code, &out)
		}
	}
}
