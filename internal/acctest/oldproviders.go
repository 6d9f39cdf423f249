package acctest

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sync"
)

// oldProviders are those whose members move here, by their addresses.
var oldProviders = []string{
	"aliyun/alicloud", "huaweicloud/huaweicloud", "opentelekomcloud/opentelekomcloud", "sbercloud-terraform/sbercloud",
	"g42cloud-terraform/g42cloud", "FlexibleEngineCloud/flexibleengine",
}

// OldState is one resource in a state that another provider has written.
type OldState struct {
	Provider  string // such as "aliyun/alicloud"
	Type      string
	Name      string
	Instances map[string]string // attributes by key; "" of a resource without for_each
}

// WriteOldState writes such a state, and lets the CLI find stand-ins of the
// providers that its members may come from.
func (c *CLI) WriteOldState(o OldState) {
	c.t.Helper()
	ours, err := binary()
	if err != nil {
		c.t.Fatal(err)
	}
	theirs, err := standIns()
	if err != nil {
		c.t.Fatal(err)
	}
	folders := map[string]string{"cloudlb/cloudlb": ours}
	for _, address := range oldProviders {
		folders[address] = theirs
	}
	c.override(folders)
	var instances []map[string]any
	for key, attributes := range o.Instances {
		instance := map[string]any{
			"schema_version": 0, "attributes": json.RawMessage(attributes), "sensitive_attributes": []any{}, "private": "bnVsbA==",
		}
		if key != "" {
			instance["index_key"] = key
		}
		instances = append(instances, instance)
	}
	state, err := json.MarshalIndent(map[string]any{
		"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "8a2f1c1e-7d0c-4a55-9c39-0d6a5d0f5b11", "outputs": map[string]any{},
		"resources": []any{map[string]any{
			"mode": "managed", "type": o.Type, "name": o.Name, "instances": instances,
			"provider": fmt.Sprintf("provider[%q]", "registry.terraform.io/"+o.Provider),
		}},
	}, "", "  ")
	if err != nil {
		c.t.Fatal(err)
	}
	c.Write("terraform.tfstate", string(state))
}

// standIns builds the stand-ins and returns their folder.
var standIns = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "cloudlb-old-providers-")
	if err != nil {
		return "", err
	}
	built := filepath.Join(dir, "built")
	if err := build("./internal/acctest/oldprovider", built); err != nil {
		return "", err
	}
	for _, address := range oldProviders {
		if err := os.Link(built, filepath.Join(dir, "terraform-provider-"+path.Base(address))); err != nil {
			return "", err
		}
	}
	return dir, nil
})
