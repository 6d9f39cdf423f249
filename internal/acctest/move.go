package acctest

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Source is an instance that another provider has left in Terraform's state.
type Source struct {
	Provider string // its address; OpenTofu sends no more of some than the type
	Type     string
	Version  int64 // of its schema
	State    string
	Flat     map[string]string // the state, in the form of Terraform 0.11
	Private  []byte
}

// Move moves an instance to a type of the provider's, as a moved block does.
// Terraform asks a process of the provider for that which it does not configure.
func (c *Core) Move(ctx context.Context, from Source, resourceType string) (*Object, error) {
	server := providerserver.NewProtocol6(c.make())()
	state := &tfprotov6.RawState{Flatmap: from.Flat}
	if from.State != "" {
		state.JSON = []byte(from.State)
	}
	resp, err := server.MoveResourceState(ctx, &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: from.Provider, SourceTypeName: from.Type, SourceSchemaVersion: from.Version,
		SourceState: state, SourcePrivate: from.Private, TargetTypeName: resourceType,
	})
	if err == nil {
		err = c.problems(resp.Diagnostics)
	}
	if err != nil {
		return nil, err
	}
	o := &Object{Type: resourceType, State: c.unpack(c.typeOf(resourceType), resp.TargetState), private: resp.TargetPrivate}
	return o, nil
}

// MoveObject moves an instance of the provider's own from another address of the
// provider.
func (c *Core) MoveObject(ctx context.Context, o *Object, provider string) (*Object, error) {
	state, err := json.Marshal(c.plain(o.State))
	if err != nil {
		return nil, err
	}
	return c.Move(ctx, Source{Provider: provider, Type: o.Type, State: string(state), Private: o.private}, o.Type)
}
