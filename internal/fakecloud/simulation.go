package fakecloud

import (
	"context"
	"errors"
	"net/http"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// Product is a vendor's load balancer: what the list of simulated clouds has of
// it.
type Product struct {
	Name  string // in options and paths, such as "slb"
	Title string // to people: "Alibaba Cloud SLB"
	Cloud string // the provider's block
	Seed  string // the product's name in a seed file
	Kinds []Kind
	// Quickstart is the seed that examples/quickstart needs, as JSON.
	Quickstart string
	// Member tells how Put and Take of a [Simulation] want a member named.
	Member string
	// Simulate makes the cloud that a seed, as JSON, describes. Members that
	// break the rules of their groups panic.
	// The products of one cloud get the same account, and take the same keys.
	Simulate func(seed []byte, account *Account, reporter Reporter, latency Latency) (*Simulation, error)
}

// Account is what the simulated products of one cloud have in common, such as
// who may call. Its zero value is one of which nothing has been said yet.
type Account struct{ common any }

// Common is what an account has in common, of which the first product makes a
// new one. Products that want another type have nothing in common.
func Common[T any](a *Account, fresh func() T) T {
	common, ok := a.common.(T)
	if !ok {
		common = fresh()
		a.common = common
	}
	return common
}

// Simulation is a cloud made of a seed, with groups of any kind: what a program
// needs that serves it to people. A [Stage] is made for one kind of group.
type Simulation struct {
	Server *Server
	// Settings are the cloud's block of the provider block, for a cloud that is
	// served at a URL.
	Settings func(url string) map[string]any
	// Serves tells the cloud's requests from those of others. It leaves their
	// bodies to be read.
	Serves func(*http.Request) bool
	// Held are the weights of all members, by group and key.
	Held func() map[string]map[string]int
	// Put and Take are somebody else at work on one member, which is JSON (see
	// [Product]). Take of one that is not there is [ErrNoMember]; a member that
	// breaks the group's rules panics.
	Put, Take func(member []byte) error
	Plane     func(context.Context, DataPlane) (*traffic.Plane, error)
	Ward      *Ward    // where to say how members fare
	Actions   []string // the names of its calls

	desk desk
}

// ErrNoMember says that there is no such member to be taken out.
var ErrNoMember = errors.New("no such member")

// DataPlane is how a cloud's listeners carry traffic.
type DataPlane struct {
	traffic.Options // a listener whose members are not checked has no Health
	// Elsewhere is where a host that a seed's addresses do not name really is:
	// host:port by its server id, or by its address where members have no other
	// name; nil or "": nowhere.
	Elsewhere func(host string) string
}
