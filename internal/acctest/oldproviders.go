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
	Module    string // its address; "" of the root
	Provider  string // such as "aliyun/alicloud"
	Type      string
	Name      string
	Instances map[string]string // attributes by key; "" of a resource without for_each
	Counted   []string          // instead of Instances: those of a resource with count
	Tainted   bool
}

// WriteOldState writes such a state, and lets the CLI find stand-ins of the
// providers that its members may come from, without init.
func (c *CLI) WriteOldState(all ...OldState) {
	c.t.Helper()
	folders := map[string]string{"cloudlb/cloudlb": c.built(binary())}
	for _, address := range oldProviders {
		folders[address] = c.built(standIns())
	}
	c.override(folders)
	c.writeState("registry.terraform.io", all)
}

// writeState writes such a state; host is that of the providers' addresses.
func (c *CLI) writeState(host string, all []OldState) {
	c.t.Helper()
	var resources []any
	for _, o := range all {
		resource := map[string]any{
			"mode": "managed", "type": o.Type, "name": o.Name, "instances": o.instances(),
			"provider": fmt.Sprintf("provider[%q]", host+"/"+o.Provider),
		}
		if o.Module != "" {
			resource["module"] = o.Module
		}
		resources = append(resources, resource)
	}
	state, err := json.MarshalIndent(map[string]any{
		"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "8a2f1c1e-7d0c-4a55-9c39-0d6a5d0f5b11", "outputs": map[string]any{},
		"resources": resources,
	}, "", "  ")
	if err != nil {
		c.t.Fatal(err)
	}
	c.Write("terraform.tfstate", string(state))
}

// instances are the resource's, as a state file has them.
func (o OldState) instances() (instances []map[string]any) {
	add := func(key any, attributes string) {
		instance := map[string]any{
			"schema_version": 0, "attributes": json.RawMessage(attributes), "sensitive_attributes": []any{}, "private": "bnVsbA==",
		}
		if key != "" {
			instance["index_key"] = key
		}
		if o.Tainted {
			instance["status"] = "tainted"
		}
		instances = append(instances, instance)
	}
	for key, attributes := range o.Instances {
		add(key, attributes)
	}
	for n, attributes := range o.Counted {
		add(n, attributes)
	}
	return instances
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
