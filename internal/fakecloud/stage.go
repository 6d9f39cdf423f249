package fakecloud

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// Kind is one kind of group that a cloud has, as Terraform and the wire know
// it. It is the same at a simulated cloud and at a real account.
type Kind struct {
	Cloud string // the provider's block for the cloud, such as "huaweicloud"

	// Single and Set are the resource types of one member and of many.
	Single, Set string
	// Group is the attribute of both that names the group, and Members that of
	// Set which has the members.
	Group, Members string
	// Host and Port are the attributes of a member that tell it from others;
	// Port is "" where the group's members have none. Text is the attribute
	// that describes a member.
	Host, Port, Text string
	// Blank are the optional texts of a member, Text among them.
	Blank []string
	// Separator stands between group and member in an import id.
	Separator string

	Weight    int // the default
	Batch     int // members that one call may name
	MostBatch int // the most that BatchSize may be set to
	// Updates is how many members a call that changes them may name, where
	// that is less than Batch; 0: it is not.
	Updates int
	// BatchSize is the setting of the provider for the members of a call.
	BatchSize string
	// Page is how many members a listing shows in one call; 0: all.
	Page int
	// Connections tells that its listeners share out connections, not requests.
	Connections bool
	// AnyPort tells that a member may have port 0, all of a server's.
	AnyPort bool
	// Quota is the vendor's usual quota of members, above which a plan warns;
	// 0: none.
	Quota int
	// Budget is the setting of the provider that holds the vendor's limit of
	// writes a minute; "" where the vendor documents none.
	Budget string
	// Window is how long the vendor's answer above its rate says to wait; 0: it
	// does not say.
	Window time.Duration
	Ops    Ops
	Codes  Codes

	// Open builds a simulated cloud with groups of this kind.
	Open func(Scene, Reporter, Latency) *Stage
}

// Ops are the vendor's calls. Each operation may have a single and a batch
// form. Poll asks what became of a write that goes on after its answer.
type Ops struct{ Add, Update, Remove, Read, Poll []string }

// Codes are the vendor's words for what can be wrong with a write. Absent says
// that a member, or the server behind it, does not exist.
type Codes struct{ Busy, Full, Refused, Absent Code }

// Code is an error of the vendor's.
type Code struct {
	Status int // of HTTP
	Code   string
}

// Fail answers with the error, having done nothing.
func (c Code) Fail(message string) Effect { return Fail(c.Status, c.Code, message) }

// Scene is what a simulated cloud is to have.
type Scene struct {
	Groups int // how many groups; 0 is 1
	// Foreign puts member 0 into each group, with the weight [ForeignWeight]: it
	// is somebody else's.
	Foreign bool
	// Checked has each group's members checked for health by a listener, and
	// all of them healthy where [Stage.Ward] says nothing else. Otherwise it
	// is as the kind has it.
	Checked bool
}

// ForeignWeight is the weight of somebody else's member in a scene.
const ForeignWeight = 40

// Stage is a cloud with groups of one kind: all that a test or a program needs
// of it, whichever cloud it is. Members are numbered from 1;
// number n is a member of its own in each group.
//
// A stage that cannot do something has nil for it: a real account has no
// Server, and nobody there deletes a group or sets a quota for a test.
type Stage struct {
	Kind
	Server *Server // log, faults and latency; nil where it is no simulation
	Region string
	Groups []string // their ids

	HostOf func(n int) string // what Kind.Host says of member n
	PortOf int                // what Kind.Port says of every member
	Beside map[string]any     // what a member needs here besides host and port
	// Absent is a host that the cloud has not and refuses.
	Absent string

	// Settings are the cloud's block of the provider block, and Environment
	// the same as variables; url is where the cloud is served, "" in process.
	Settings    func(url string) map[string]any
	Environment func(url string) []string

	// Held is what a group holds, weights by key; nothing where it is gone.
	Held func(group string) map[string]int
	// Put, Take and Reweight are somebody else at work, past the log, the
	// locks and the limits.
	Put      func(group string, n, weight int)
	Take     func(group string, n int)
	Reweight func(group string, n, weight int)
	// Describe is somebody else changing a member's text, and Described what
	// the cloud has of it.
	Describe  func(group string, n int, text string)
	Described func(group string, n int) string
	// Drop deletes a group.
	Drop func(group string)
	// Limit lets no more than n members into a group beside the foreign one.
	Limit func(n int)
	// Ward is where to say how members fare, whether they are in a group or not
	// yet.
	Ward *Ward
	// Lock is what the vendor locks for a write to a group.
	Lock func(group string) string
	// Plane lets the listeners of a [Scene] that has them carry traffic, and
	// Listener is the name that a group's listener has in it.
	Plane    func(context.Context, DataPlane) (*traffic.Plane, error)
	Listener func(group string) string
}

// Key is what a member is called in Held, in errors and in a data plane.
func (s *Stage) Key(n int) string { return s.key(s.HostOf(n)) }

// Names tells whether a write names member n.
func (s *Stage) Names(c *Call, n int) bool { return c.Names(s.Key(n)) }

func (s *Stage) key(host string) string {
	if s.Port == "" {
		return host
	}
	return fmt.Sprintf("%s:%d", host, s.PortOf)
}

// ImportID is a member's import id.
func (s *Stage) ImportID(group string, n int) string { return group + s.Separator + s.Key(n) }

// Member is the attributes of member n but for its group: an item of a set.
func (s *Stage) Member(n int) map[string]any { return s.At(s.HostOf(n)) }

// At is the attributes of a member at a host.
func (s *Stage) At(host string) map[string]any {
	m := map[string]any{s.Host: host}
	if s.Port != "" {
		m[s.Port] = s.PortOf
	}
	maps.Copy(m, s.Beside)
	return m
}

// Alone is the attributes of member n with its group: a resource of one
// member.
func (s *Stage) Alone(group string, n int) map[string]any {
	m := s.Member(n)
	m[s.Group] = group
	return m
}

// Provider is a provider block with the settings of one cloud or several.
func Provider(clouds map[string]any) string {
	return "provider \"cloudlb\" {\n" + hcl(clouds, "  ") + "}\n"
}

// HCL is attributes as configuration has them. A map is a block.
func HCL(attributes map[string]any) string { return hcl(attributes, "") }

// hcl writes attributes and then blocks, as terraform fmt does.
func hcl(attributes map[string]any, indent string) string {
	var plain, blocks strings.Builder
	width := 0
	for name, v := range attributes {
		if _, block := v.(map[string]any); !block {
			width = max(width, len(name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if v, block := attributes[name].(map[string]any); block {
			fmt.Fprintf(&blocks, "%s%s {\n%s%[1]s}\n", indent, name, hcl(v, indent+"  "))
			continue
		}
		fmt.Fprintf(&plain, "%s%-*s = %#v\n", indent, width, name, attributes[name])
	}
	return plain.String() + blocks.String()
}
