package sgfake

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// change is what a job does to a group.
type change struct {
	add    []Member
	remove []key
	update []Member // as they are to be
	// meanwhile is the status of the members that are named while the job goes
	// on; "": that of an Add, a Remove or an Update.
	meanwhile string
	fate      fakecloud.Job // what a fault makes of the job
	// refused is what is answered although the change is made.
	refused *acsfake.Refusal
}

// planner checks what a writing call asks for, and changes nothing.
type planner = func(*Cloud, *request, *group) (*change, *acsfake.Refusal)

// spent is a ClientToken that a write has come with.
type spent struct {
	asked string // all of the call that matters
	job   *job
}

// write checks a writing call and begins its job.
func (c *Cloud) write(q *request, plan planner) (map[string]any, *acsfake.Refusal) {
	token := q.params["ClientToken"]
	if was, ok := c.tokens[token]; ok {
		switch {
		case was.asked != q.asked():
			return nil, refuse(400, "IdempotenceSignatureMismatch", "")
		case c.rules.TokenProcessing && was.job.status == processing:
			return nil, refuse(400, "IdempotenceProcessing", "")
		}
		return c.written(was.job), nil
	}
	g, refused := c.group(q)
	switch {
	case refused != nil:
		return nil, refused
	case g.Status == creating:
		return nil, refuse(400, c.code("IncorrectStatus"), "The status of "+c.Product.group+" is Creating.")
	case len(g.jobs) > 0 && !c.rules.BusyQueues:
		q.call.Busy = true
		return nil, c.busy()
	}
	ch, refused := plan(c, q, g)
	if refused != nil {
		return nil, refused
	}
	if q.params["DryRun"] == "true" {
		return nil, refuse(400, "DryRunOperation", "")
	}
	ch.fate = q.call.Job
	j := c.begin(q.call.Op, g, ch, time.Now())
	if token != "" {
		c.tokens[token] = spent{q.asked(), j}
	}
	if ch.refused != nil {
		return nil, ch.refused
	}
	return c.written(j), nil
}

// written is the answer to a write.
func (c *Cloud) written(j *job) map[string]any {
	answer := map[string]any{"JobId": j.id}
	if c.namesGroup {
		answer[groupParam] = j.group.ID
	}
	return answer
}

// asked is what a call asks for: all but who asks, and when.
func (q *request) asked() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(q.params)) {
		switch name {
		case "Signature", "SignatureNonce", "Timestamp", "AccessKeyId", "SecurityToken":
		default:
			fmt.Fprintf(&b, "%q=%q ", name, q.params[name])
		}
	}
	return b.String()
}

// group is the server group that a request names.
func (c *Cloud) group(q *request) (*group, *acsfake.Refusal) {
	id := q.params[groupParam]
	if g, ok := c.groups[id]; ok && c.inRegion(q) {
		return g, nil
	}
	if g, ok := c.deleted[id]; ok && q.stale() {
		return g, nil
	}
	return nil, notFound(c.Product.group, id)
}

// stale tells whether a read is to see what was before the last write.
func (q *request) stale() bool { return q.call.Stale && !q.action.write }

func (c *Cloud) planAdd(q *request, g *group) (*change, *acsfake.Refusal) {
	return c.added(q.named("Servers"), g)
}

func (c *Cloud) planRemove(q *request, g *group) (*change, *acsfake.Refusal) {
	return c.removed(q.named("Servers"), g)
}

func (c *Cloud) planReplace(q *request, g *group) (*change, *acsfake.Refusal) {
	in, refused := c.added(q.named("AddedServers"), g)
	if refused != nil {
		return nil, refused
	}
	out, refused := c.removed(q.named("RemovedServers"), g)
	if refused != nil {
		return nil, refused
	}
	return &change{add: in.add, remove: out.remove, meanwhile: replacing, refused: out.refused}, nil
}

// added is the change that an Add makes.
func (c *Cloud) added(items []item, g *group) (*change, *acsfake.Refusal) {
	ch, seen, grown := &change{}, map[key]bool{}, 0
	for _, it := range items {
		m, refused := c.resolve(it, g)
		if refused != nil {
			return nil, refused
		}
		if seen[m.key()] {
			return nil, refuse(400, "DuplicatedParam.Server", "The param of Server is duplicated: "+keyOf(m)+".")
		}
		seen[m.key()] = true
		i := g.index(m.key())
		switch {
		case i < 0:
			grown++
		case g.members[i].Status == draining: // it comes back
			if c.rules.LeavingAreFree {
				grown++
			}
		case g.members[i].leaving():
			return nil, c.incorrect(m)
		case c.rules.AddPresent == PresentIgnored:
			continue
		default:
			return nil, refuse(400, string(orDefault(c.rules.AddPresent, PresentDuplicated)), "The specified Server "+keyOf(m)+" already exists.")
		}
		ch.add = append(ch.add, m)
	}
	return ch, c.quota(g, grown)
}

// quota refuses members that are too many for the group or for a load balancer
// that it serves.
func (c *Cloud) quota(g *group, grown int) *acsfake.Refusal {
	full := func(name string, used, grown, most int) *acsfake.Refusal {
		if grown == 0 || most == 0 || used+grown <= most {
			return nil
		}
		return refuse(400, "QuotaExceeded.QuotaInsufficient", fmt.Sprintf("The quota of %s is exceeded, usage %d/%d.", name, used, most))
	}
	if refused := full(c.name+"_quota_servergroup_backendservers_num", c.counted(g), grown, orDefault(c.rules.GroupQuota, c.Product.quota)); refused != nil {
		return refused
	}
	used, times := c.usage(g)
	for _, lb := range slices.Sorted(maps.Keys(times)) {
		if refused := full(c.name+"_quota_loadbalancer_backendservers_num", used[lb], times[lb]*grown, c.rules.BalancerQuota); refused != nil {
			return refused
		}
	}
	return nil
}

// removed is the change that a Remove makes.
func (c *Cloud) removed(items []item, g *group) (*change, *acsfake.Refusal) {
	found, refused := c.find(items, g)
	if found == nil {
		return nil, refused
	}
	ch := &change{refused: refused}
	for _, f := range found {
		ch.remove = append(ch.remove, f.was.key())
	}
	return ch, nil
}

// planUpdate is the change that an Update makes. What an item leaves out stays
// as it is.
func (c *Cloud) planUpdate(q *request, g *group) (*change, *acsfake.Refusal) {
	found, refused := c.find(q.named("Servers"), g)
	if found == nil {
		return nil, refused
	}
	ch := &change{refused: refused}
	for _, f := range found {
		m := f.was.Member
		if w, given, _ := f.item.number("Weight", 0, maxWeight); given {
			m.Weight = w
		}
		if d, given := f.item["Description"]; given && (d != "" || !c.rules.KeepsDescription) {
			m.Description = d
		}
		ch.update = append(ch.update, m)
	}
	return ch, nil
}

// foundMember is a member that an item names.
type foundMember struct {
	item item
	was  member
}

// find is the members that items name. Some are absent: then there is a refusal,
// and the others beside it where the rules have the rest done.
func (c *Cloud) find(items []item, g *group) (found []foundMember, absent *acsfake.Refusal) {
	found, seen := []foundMember{}, map[key]bool{}
	for _, it := range items {
		m, refused := c.means(it)
		if refused != nil {
			return nil, refused
		}
		i := g.index(m.key())
		switch {
		case seen[m.key()]:
			return nil, refuse(400, "DuplicatedParam.Server", "The param of Server is duplicated: "+keyOf(m)+".")
		case i >= 0 && g.members[i].Type != m.Type:
			i = -1 // an address of another kind
		case i >= 0 && g.members[i].Status == draining && c.rules.HidesDraining:
			i = -1
		case i >= 0 && g.members[i].leaving():
			return nil, c.incorrect(m)
		}
		seen[m.key()] = true
		if i >= 0 {
			found = append(found, foundMember{it, g.members[i]})
			continue
		}
		if c.rules.Absent == AbsentIgnored {
			continue
		}
		absent = notFound("BackendServer", keyOf(m))
		if c.rules.Absent != AbsentRest {
			return nil, absent
		}
	}
	return found, absent
}

func (c *Cloud) incorrect(m Member) *acsfake.Refusal {
	return refuse(400, "IncorrectStatus.BackendServer", "The status of BackendServer "+keyOf(m)+" is Removing.")
}

// means is the member that an item is about.
func (c *Cloud) means(it item) (Member, *acsfake.Refusal) {
	m := Member{
		ServerID: it["ServerId"], Type: it["ServerType"], ServerIP: it["ServerIp"], Weight: defaultWeight,
		Description: it["Description"], RemoteIP: it["RemoteIpEnabled"] == "true",
	}
	if p, given, _ := it.number("Port", 0, maxPort); given {
		m.Port = p
	}
	if w, given, _ := it.number("Weight", 0, maxWeight); given {
		m.Weight = w
	}
	if (m.Type == eni || m.Type == eci) && m.ServerIP == "" && c.rules.AddressNeeded {
		return m, missing("ServerIp")
	}
	if m.Type == ip && m.ServerIP != "" && normalIP(m.ServerIP) != normalIP(m.ServerID) {
		return m, illegal("IP", "The param of ServerIp is illegal: %s.", m.ServerIP)
	}
	return c.canonical(m), nil
}

// remote are the networks that a member outside the VPC may be in.
var remote = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
}

// resolve makes the member that an item of an Add asks for.
func (c *Cloud) resolve(it item, g *group) (Member, *acsfake.Refusal) {
	m, refused := c.means(it)
	if refused != nil {
		return m, refused
	}
	groupType := orDefault(g.Type, "Instance")
	if wants := map[string]string{ip: "Ip", fc: "Fc"}[m.Type]; orDefault(wants, "Instance") != groupType {
		return m, refuse(400, "Mismatch.ServerType", fmt.Sprintf("The ServerType %s does not match the type of %s, %s.", m.Type, g.ID, groupType))
	}
	if m.Type != ip && m.Type != fc {
		if refused := c.knows(m, g); refused != nil {
			return m, refused
		}
	}
	if c.firstPort == 0 && m.Port == 0 != g.AnyPort && (!g.AnyPort || !c.rules.AnyPortTakesPorts) {
		return m, illegal("RSPortConflictWithServerGroup", "The port %d conflicts with the server group.", m.Port)
	}
	address, err := netip.ParseAddr(m.ServerIP)
	if err != nil {
		return m, nil // it has none of its own
	}
	if address.Is6() && !g.IPv6 {
		return m, refuse(400, "OperationDenied.ServerGroupNotSupportIpv6", "The server group does not support IPv6.")
	}
	within := func(p netip.Prefix) bool { return p.Contains(address) }
	inside, err := netip.ParsePrefix(g.CIDR)
	switch {
	case m.Type != ip || address.Is6():
	case m.RemoteIP && !slices.ContainsFunc(remote, within), !m.RemoteIP && err == nil && !within(inside):
		return m, illegal("IP", "The param of ServerIp is illegal: %s is outside the VPC.", m.ServerIP)
	}
	return m, nil
}

// knows checks the server of a new member against the account.
func (c *Cloud) knows(m Member, g *group) *acsfake.Refusal {
	s, known := c.servers[m.ServerID]
	if !known && !c.rules.AnyServer || known && s.Released || c.typeOf(m.ServerID) != m.Type {
		if c.rules.HidesCulprit {
			return notFound(m.Type, "")
		}
		return notFound(m.Type, m.ServerID)
	}
	if !known {
		return nil
	}
	switch {
	case s.RefuseAdd != "":
		return refuse(400, s.RefuseAdd, "")
	case s.VPC != g.VPC && s.VPC != "" && g.VPC != "":
		return refuse(400, "Mismatch.VpcId", fmt.Sprintf("The VPC of %s does not match that of %s.", m.ServerID, g.ID))
	case m.Type != ecs && len(s.IPs) > 0 && !slices.ContainsFunc(s.IPs, func(a string) bool { return normalIP(a) == m.ServerIP }):
		return illegal("IP", "The param of ServerIp is illegal: %s is none of %s.", m.ServerIP, m.ServerID)
	}
	return nil
}
