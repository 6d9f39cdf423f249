package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// adminPath is where the admin page is. It asks for no credentials: it is
// there for whoever started the program.
const adminPath = "/_admin"

// index is the answer to GET /_admin/.
func (s *simulator) index() map[string]string {
	all := map[string]string{
		"GET " + adminPath + "/state": "what the clouds hold",
		"GET " + adminPath + "/held":  "the weights of all members, by group and by what a member is called there",
		"GET " + adminPath + "/log": "the calls so far; ?since=NEXT, with the next of an earlier answer, " +
			"those that came after it",
	}
	for _, c := range s.clouds {
		page := adminPath + "/" + c.Name
		all["POST "+page+"/add"] = "another actor adds a member, as in " + c.Member
		all["POST "+page+"/remove"] = "another actor removes a member, named as for add"
		all["GET "+page+"/health"] = "what was said of members' health; POST says how they fare, one saying or a list"
		all["GET "+page+"/faults"] = "the faults that are scripted, the calls that they were about, and those that they hit; POST scripts faults, one or a list"
		all["DELETE "+page+"/faults/{name}"] = "removes a fault; without a name all of them"
	}
	return all
}

func (s *simulator) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+adminPath+"/{$}", show(func() any { return s.index() }))
	mux.HandleFunc("GET "+adminPath+"/state", show(s.state))
	mux.HandleFunc("GET "+adminPath+"/held", s.showHeld)
	mux.HandleFunc("GET "+adminPath+"/log", s.showLog)
	for _, c := range s.clouds {
		page := adminPath + "/" + c.Name
		nothing := func() any { return struct{}{} }
		faults := func() any { return c.Faults() }
		health := func() any { return c.Ward.All() }
		mux.HandleFunc("POST "+page+"/add", act(c.Put, nothing))
		mux.HandleFunc("POST "+page+"/remove", act(c.Take, nothing))
		mux.HandleFunc("GET "+page+"/health", show(health))
		mux.HandleFunc("POST "+page+"/health", act(c.SayHealth, health))
		mux.HandleFunc("GET "+page+"/faults", show(faults))
		mux.HandleFunc("POST "+page+"/faults", act(c.AddFaults, faults))
		mux.HandleFunc("DELETE "+page+"/faults", c.removeFault)
		mux.HandleFunc("DELETE "+page+"/faults/{name}", c.removeFault)
	}
	return mux
}

func (s *simulator) state() any {
	state := map[string]any{}
	for _, c := range s.clouds {
		state[c.Seed] = c.Server.State()
	}
	return state
}

// show answers a GET.
func show(what func() any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, what()) }
}

// removeFault removes the fault of a name, or all.
func (c *cloud) removeFault(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if !c.RemoveFault(name) && name != "" {
		answer(w, http.StatusNotFound, problem{"there is no fault " + name})
		return
	}
	answer(w, http.StatusOK, c.Faults())
}

func (s *simulator) showHeld(w http.ResponseWriter, _ *http.Request) {
	held := map[string]map[string]int{}
	for _, c := range s.clouds {
		maps.Copy(held, c.Held())
	}
	answer(w, http.StatusOK, held)
}

// logPage is the answer to GET /_admin/log: the calls of all clouds in order
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
	since, err := s.parseSince(r.URL.Query().Get("since"))
	if err != nil {
		answer(w, http.StatusBadRequest, problem{err.Error()})
		return
	}
	page := logPage{Entries: []logEntry{}}
	next := make([]string, len(s.clouds))
	for i, c := range s.clouds {
		next[i] = strconv.Itoa(page.add(c.Seed, c.Server.Log.Since(since[i]), since[i]))
	}
	slices.SortStableFunc(page.Entries, func(a, b logEntry) int { return a.Start.Compare(b.Start) })
	page.Next = strings.Join(next, "-")
	answer(w, http.StatusOK, page)
}

// parseSince reads the next of an earlier answer, which is the number of each
// cloud's last call; "" is before the first.
func (s *simulator) parseSince(text string) ([]int, error) {
	since := make([]int, len(s.clouds))
	if text == "" {
		return since, nil
	}
	numbers := strings.Split(text, "-")
	if len(numbers) != len(since) {
		return nil, fmt.Errorf("since is %q, which is no next of an earlier answer", text)
	}
	for i, number := range numbers {
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("since is %q, which is no next of an earlier answer", text)
		}
		since[i] = n
	}
	return since, nil
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

// act answers a POST: the request's body is what do acts on, and the answer what
// is there then.
func act(do func([]byte) error, then func() any) http.HandlerFunc {
	acted := func(body []byte) (err error) {
		defer mistaken("change the members", &err)
		return do(body)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err == nil {
			err = acted(body)
		}
		switch {
		case errors.Is(err, fakecloud.ErrNoMember):
			answer(w, http.StatusNotFound, problem{err.Error()})
		case err != nil:
			answer(w, http.StatusBadRequest, problem{err.Error()})
		default:
			answer(w, http.StatusOK, then())
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
