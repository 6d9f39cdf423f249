package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// The parts of a CycloneDX document that are written here
// (https://cyclonedx.org/docs/1.6/json/).
type (
	document struct {
		BOMFormat   string      `json:"bomFormat"`
		SpecVersion string      `json:"specVersion"`
		Version     int         `json:"version"`
		Metadata    metadata    `json:"metadata"`
		Components  []component `json:"components"`
	}
	metadata struct {
		Component component `json:"component"`
	}
	component struct {
		Type     string   `json:"type"`
		Ref      string   `json:"bom-ref"`
		Name     string   `json:"name"`
		Version  string   `json:"version"`
		PURL     string   `json:"purl"`
		Hashes   []hash   `json:"hashes,omitempty"`
		Licenses []choice `json:"licenses"`
	}
	hash struct {
		Alg     string `json:"alg"`
		Content string `json:"content"`
	}
	choice struct {
		License struct {
			ID string `json:"id"`
		} `json:"license"`
	}
)

const provider = "github.com/cloudlb/terraform-provider-cloudlb"

// cycloneDX writes the bill of materials of one version of the provider.
func cycloneDX(w io.Writer, version string, all []module) error {
	d := document{BOMFormat: "CycloneDX", SpecVersion: "1.6", Version: 1}
	var err error
	if d.Metadata.Component, err = (module{Path: provider, Version: version, license: "MPL-2.0"}).component("application"); err != nil {
		return err
	}
	for _, m := range all {
		c, err := m.component("library")
		if err != nil {
			return err
		}
		d.Components = append(d.Components, c)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(d)
}

// component is the module as a part of the document. Its hash is the SHA-256 of
// Go's list of its files and theirs (golang.org/x/mod/sumdb/dirhash).
func (m module) component(kind string) (component, error) {
	purl := "pkg:golang/" + m.Path + "@" + m.Version
	c := component{Type: kind, Ref: purl, Name: m.Path, Version: m.Version, PURL: purl, Licenses: make([]choice, 1)}
	c.Licenses[0].License.ID = m.license
	if m.Sum != "" {
		b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:"))
		if err != nil {
			return c, fmt.Errorf("the checksum of %s: %w", m.Path, err)
		}
		c.Hashes = []hash{{"SHA-256", hex.EncodeToString(b)}}
	}
	return c, nil
}

// texts writes a list of the modules and all their licences. Modules with the same
// text share it.
func texts(w io.Writer, all []module) error {
	var list, full strings.Builder
	by := map[string][]string{}
	for _, m := range all {
		fmt.Fprintf(&list, "%-12s  %s %s\n", m.license, m.Path, m.Version)
		by[m.text] = append(by[m.text], m.Path)
	}
	for _, m := range all {
		if by[m.text][0] == m.Path {
			fmt.Fprintf(&full, "\n%s\n%s\n\n%s", strings.Repeat("=", 80), strings.Join(by[m.text], "\n"), m.text)
		}
	}
	_, err := fmt.Fprintf(w, "terraform-provider-cloudlb contains these Go modules, under these licences:\n\n%s%s", &list, &full)
	return err
}
