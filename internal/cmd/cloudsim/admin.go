package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"slices"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// adminPath is where the admin page is. It asks for no credentials: it is
// there for whoever started the program.
const adminPath = "/_admin"

// index is the answer to GET /_admin/.
var index = map[string]any{
	"GET " + adminPath + "/state": "what the clouds hold",
	"GET " + adminPath + "/held":  "the weights of all members, by group and by what a member is called there",
	"GET " + adminPath + "/log": "the calls so far; ?since=NEXT, with the next of an earlier answer, " +
		"those that came after it",
	"POST " + adminPath + "/slb/add": "another actor adds a member, as in " +
		`{"load_balancer_id": "lb-1", "server_id": "i-1", "weight": 100}, or with vserver_group_id and port; ` +
		"type, server_ip and description as in the seed",
	"POST " + adminPath + "/slb/remove": "another actor removes a member, as in " +
		`{"vserver_group_id": "rsp-1", "server_id": "i-1", "port": 8080}; type and server_ip for one that is not ecs`,
	"POST " + adminPath + "/elb/add": "another actor adds a member, as in " +
		`{"pool_id": "pool-1", "address": "10.0.0.1", "protocol_port": 8080, "weight": 1}; ` +
		"name, subnet_cidr_id and availability_zone as in the seed",
	"POST " + adminPath + "/elb/remove": `another actor removes a member, as in ` +
		`{"pool_id": "pool-1", "address": "10.0.0.1", "protocol_port": 8080}`,
}

func (s *simulator) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+adminPath+"/{$}", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, index) })
	mux.HandleFunc("GET "+adminPath+"/state", s.showState)
	mux.HandleFunc("GET "+adminPath+"/held", s.showHeld)
	mux.HandleFunc("GET "+adminPath+"/log", s.showLog)
	mux.HandleFunc("POST "+adminPath+"/slb/add", act(s.addSLB))
	mux.HandleFunc("POST "+adminPath+"/slb/remove", act(s.removeSLB))
	mux.HandleFunc("POST "+adminPath+"/elb/add", act(s.addELB))
	mux.HandleFunc("POST "+adminPath+"/elb/remove", act(s.removeELB))
	return mux
}

func (s *simulator) showState(w http.ResponseWriter, _ *http.Request) {
	state := map[string]any{}
	if s.slb != nil {
		state["alicloud"] = s.slb.State()
	}
	if s.elb != nil {
		state["huaweicloud"] = s.elb.State()
	}
	answer(w, http.StatusOK, state)
}

func (s *simulator) showHeld(w http.ResponseWriter, _ *http.Request) {
	held := map[string]map[string]int{}
	if s.slb != nil {
		maps.Copy(held, s.slb.Holdings())
	}
	if s.elb != nil {
		maps.Copy(held, s.elb.Holdings())
	}
	answer(w, http.StatusOK, held)
}

// logPage is the answer to GET /_admin/log: the calls of both clouds in order
// of arrival. Next is opaque to a reader.
type logPage struct {
	Next    string     `json:"next"`
	Entries []logEntry `json:"entries"`
}

type logEntry struct {
	Cloud string `json:"cloud"`
	fakecloud.Entry
}

func (s *simulator) showLog(w http.ResponseWriter, r *http.Request) {
	var slb, elb int
	if since := r.URL.Query().Get("since"); since != "" {
		_, err := fmt.Sscanf(since, "%d-%d", &slb, &elb)
		if err != nil || slb < 0 || elb < 0 || fmt.Sprintf("%d-%d", slb, elb) != since {
			answer(w, http.StatusBadRequest, problem{fmt.Sprintf("since is %q, which is no next of an earlier answer", since)})
			return
		}
	}
	page := logPage{Entries: []logEntry{}}
	if s.slbServer != nil {
		slb = page.add("alicloud", s.slbServer.Log.Since(slb), slb)
	}
	if s.elbServer != nil {
		elb = page.add("huaweicloud", s.elbServer.Log.Since(elb), elb)
	}
	slices.SortStableFunc(page.Entries, func(a, b logEntry) int { return a.Start.Compare(b.Start) })
	page.Next = fmt.Sprintf("%d-%d", slb, elb)
	answer(w, http.StatusOK, page)
}

// add adds what ended, up to the first call that is still under way: it and
// those after it come with a later page, so that none is ever missed. The
// result is the number of the last call added.
func (p *logPage) add(cloud string, entries fakecloud.Entries, since int) int {
	for _, e := range entries {
		if e.Seq != since+1 {
			break
		}
		p.Entries = append(p.Entries, logEntry{cloud, e})
		since = e.Seq
	}
	return since
}

// slbMember names a member of a vserver group or, without one, of a load
// balancer's default group.
type slbMember struct {
	LoadBalancerID string `json:"load_balancer_id"`
	VServerGroupID string `json:"vserver_group_id"`
	ServerID       string `json:"server_id"`
	Type           string `json:"type"`
	ServerIP       string `json:"server_ip"`
	Port           int    `json:"port"`
	Weight         *int   `json:"weight"` // absent: 100
	Description    string `json:"description"`
}

func (m slbMember) group() string {
	if m.VServerGroupID != "" {
		return m.VServerGroupID
	}
	return m.LoadBalancerID
}

func (m slbMember) member() slbfake.Member {
	out := slbfake.Member{
		ServerID: m.ServerID, Type: m.Type, ServerIP: m.ServerIP, Port: m.Port, Weight: 100, Description: m.Description,
	}
	if m.Weight != nil {
		out.Weight = *m.Weight
	}
	return out
}

var errMember = errors.New("no such member")

func (s *simulator) checkSLB(m slbMember) error {
	switch {
	case s.slb == nil:
		return errors.New("the seed has no alicloud")
	case (m.LoadBalancerID == "") == (m.VServerGroupID == ""):
		return errors.New("one of load_balancer_id and vserver_group_id must be given")
	case m.ServerID == "":
		return errors.New("server_id must be given")
	case !s.slb.HasGroup(m.group()):
		return fmt.Errorf("no group %s", m.group())
	}
	return nil
}

func (s *simulator) addSLB(m slbMember) (err error) {
	if err := s.checkSLB(m); err != nil {
		return err
	}
	defer mistaken(&err)
	s.slb.AddForeign(m.group(), m.member())
	return nil
}

// mistaken makes an error of what the fakes take for a mistake of a test's: a
// bad member.
func mistaken(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("add the member: %v", p)
	}
}

func (s *simulator) removeSLB(m slbMember) error {
	if err := s.checkSLB(m); err != nil {
		return err
	}
	before := len(s.slb.Members(m.group()))
	s.slb.RemoveForeign(m.group(), m.member())
	if len(s.slb.Members(m.group())) == before {
		return errMember
	}
	return nil
}

// elbMember names a member of a pool.
type elbMember struct {
	PoolID string `json:"pool_id"`
	elbfake.Member
}

// has tells whether the pool has the member.
func (s *simulator) hasELB(m elbMember) bool {
	address, err := netip.ParseAddr(m.Address)
	return err == nil && slices.ContainsFunc(s.elb.Members(m.PoolID), func(o elbfake.Member) bool {
		other, err := netip.ParseAddr(o.Address)
		return err == nil && other == address && o.Port == m.Port
	})
}

func (s *simulator) addELB(m elbMember) (err error) {
	if s.elb == nil {
		return errors.New("the seed has no huaweicloud")
	}
	defer mistaken(&err)
	s.elb.AddForeign(m.PoolID, m.Member)
	return nil
}

func (s *simulator) removeELB(m elbMember) error {
	if s.elb == nil {
		return errors.New("the seed has no huaweicloud")
	}
	if !s.hasELB(m) {
		return errMember
	}
	s.elb.RemoveForeign(m.PoolID, m.Address, m.Port)
	return nil
}

// act answers a POST: the request's body is what do acts on.
func act[T any](do func(T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body T
		d := json.NewDecoder(io.LimitReader(r.Body, 1<<20))
		d.DisallowUnknownFields()
		if err := d.Decode(&body); err != nil {
			answer(w, http.StatusBadRequest, problem{"read the request's body: " + err.Error()})
			return
		}
		switch err := do(body); {
		case errors.Is(err, errMember):
			answer(w, http.StatusNotFound, problem{err.Error()})
		case err != nil:
			answer(w, http.StatusBadRequest, problem{err.Error()})
		default:
			answer(w, http.StatusOK, struct{}{})
		}
	}
}

type problem struct {
	Error string `json:"error"`
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(body) // nobody is left to tell
}
