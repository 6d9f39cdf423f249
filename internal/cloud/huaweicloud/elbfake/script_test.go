package elbfake_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/signer"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/fidelity"
)

func TestFidelity(t *testing.T) {
	t.Parallel()
	fidelity.Covers[elbfake.Behaviour](t, "testdata/fidelity")
	fidelity.Run(t, "testdata/fidelity", func(t fakecloud.TB, patch []byte) (fidelity.World, error) {
		seed := world()
		if len(patch) > 0 {
			given, err := elbfake.ReadSeed(bytes.NewReader(fidelity.Patched(seed, patch)))
			if err != nil {
				return fidelity.World{}, err
			}
			seed = given
		}
		s := newScript(t, seed)
		return fidelity.World{Server: s.Server, Rules: s.rules, Request: s.request, Commands: s.commands()}, nil
	})
}

// script is the cloud of one scenario, who calls it, and the UUIDs that it has
// shown, which scripts call #1, #2, ...
type script struct {
	*elbfake.Running
	token       string
	ak, sk, sts string

	mu    sync.Mutex // some commands go on beside others
	ids   []string
	shown map[string]int
}

func newScript(t fakecloud.TB, seed elbfake.Seed) *script {
	return &script{Running: elbfake.InProcess(t, seed), token: "a-token", shown: map[string]int{}}
}

func (s *script) rules(b []byte) (err error) {
	s.SetBehaviour(func(r *elbfake.Behaviour) {
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		err = d.Decode(r)
	})
	return err
}

func (s *script) commands() map[string]func([]string) string {
	return map[string]func([]string) string{
		"pool": func(a []string) string { return text(s.Members(a[0])) },
		"as": func(a []string) string {
			s.token, s.ak, s.sk, s.sts = "", "", "", ""
			switch a[0] {
			case "token":
				s.token = a[1]
			case "key":
				s.ak, s.sk, s.sts = a[1], a[2], strings.Join(a[3:], "")
			}
			return ""
		},
		"put": func(a []string) string {
			for _, m := range members(a[1:]) {
				s.AddForeign(a[0], m)
			}
			return ""
		},
		"take": func(a []string) string { m := members(a[1:])[0]; s.RemoveForeign(a[0], m.Address, m.Port); return "" },
		"weigh": func(a []string) string {
			m := members(a[1:])[0]
			s.SetWeight(a[0], m.Address, m.Port, m.W())
			return ""
		},
		"name":         func(a []string) string { m := members(a[1:])[0]; s.SetName(a[0], m.Address, m.Port, m.Name); return "" },
		"stop":         func(a []string) string { s.StopServer(a[0]); return "" },
		"protect":      func(a []string) string { s.SetDeletionProtection(a[0], a[1] == "true"); return "" },
		"listen":       func(a []string) string { s.SetListeners(a[0], a[1:]...); return "" },
		"monitor":      func(a []string) string { s.SetHealthMonitor(a[0], a[1] == "true"); return "" },
		"drop":         func(a []string) string { s.DeletePool(a[0]); return "" },
		"drop-lb":      func(a []string) string { s.DeleteLoadBalancer(a[0]); return "" },
		"provisioning": func(a []string) string { s.SetProvisioningStatus(a[0], a[1]); return "" },
		"revoke":       func([]string) string { s.Revoke(); return fmt.Sprint(len(s.Issued()), " secrets were issued") },
		"state": func(a []string) string {
			b, _ := json.Marshal(s.State())
			return fmt.Sprint(strings.Contains(string(b), a[0]))
		},
		"health": func(a []string) string {
			var h elbfake.Health
			if err := json.Unmarshal([]byte(strings.Join(a[2:], " ")), &h); err != nil {
				return err.Error()
			}
			m := members(a[1:2])[0]
			s.SetHealth(a[0], m.Address, m.Port, h)
			return ""
		},
	}
}

var (
	uuid   = regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	number = regexp.MustCompile(`#[0-9]+`)
	header = regexp.MustCompile(`^X-[A-Za-z-]+:`)
)

// request makes the request of a line: a method, a path below the project's
// pools or, from a slash on, as it is, headers, and what the body says.
func (s *script) request(line string) fidelity.Answer {
	line = number.ReplaceAllStringFunc(line, s.named)
	words := strings.Fields(line)
	if len(words) < 2 {
		return fidelity.Answer{Err: fmt.Errorf("no request: %s", line)}
	}
	if words[0] == "refused" {
		return s.refused(words[1], strings.Join(words[2:], " "))
	}
	method, path, words := words[0], words[1], words[2:]
	if !strings.HasPrefix(path, "/") {
		path = "/v3/p1/elb/pools" + strings.TrimPrefix("/"+path, "/pools")
	}
	headers := http.Header{}
	for len(words) > 0 && header.MatchString(words[0]) {
		name, value, _ := strings.Cut(words[0], ":")
		headers.Set(name, value)
		words = words[1:]
	}
	a := s.send(method, path, headers, body(path, words))
	a.Body = uuid.ReplaceAllStringFunc(a.Body, s.show)
	return a
}

// show is what scripts call an id.
func (s *script) show(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown[id] == 0 {
		s.ids = append(s.ids, id)
		s.shown[id] = len(s.ids)
	}
	return fmt.Sprint("#", s.shown[id])
}

// named is the id that a script means.
func (s *script) named(word string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, _ := strconv.Atoi(word[1:])
	if n < 1 || n > len(s.ids) {
		return word
	}
	return s.ids[n-1]
}

// refused tries a member alone and in a batch, which must be refused alike.
func (s *script) refused(pool, member string) fidelity.Answer {
	alone := s.request("POST " + pool + "/members " + member)
	batch := s.request("POST " + pool + "/members/batch-add " + member)
	if id := regexp.MustCompile(`"request_id":"\w+"`); alone.Status < 400 || id.ReplaceAllString(alone.Body, "") != id.ReplaceAllString(batch.Body, "") {
		alone.Err = fmt.Errorf("alone %d %s, in a batch %d %s", alone.Status, alone.Body, batch.Status, batch.Body)
	}
	return alone
}

// body is JSON as it is written, or made of words such as weight=1: a member,
// or those of a batch, parted by semicolons.
func body(path string, words []string) string {
	switch {
	case len(words) == 0:
		return ""
	case strings.ContainsAny(words[0][:1], "{["):
		return strings.Join(words, " ")
	case !strings.Contains(path, "/batch-"):
		return `{"member":` + string(fidelity.Object(words)) + `}`
	}
	var all []string
	for part := range strings.SplitSeq(strings.Join(words, " "), ";") {
		for _, member := range expanded(strings.Fields(part)) {
			all = append(all, string(fidelity.Object(member)))
		}
	}
	return `{"members":[` + strings.Join(all, ",") + `]}`
}

// expanded is a member of a batch or, where its address is "10.2.0.0+n", n of
// them.
func expanded(words []string) (all [][]string) {
	for i, w := range words {
		if first, count, many := strings.Cut(w, "+"); many && strings.HasPrefix(w, "address=") {
			at := netip.MustParseAddr(strings.TrimPrefix(first, "address="))
			n, _ := strconv.Atoi(count)
			for range n {
				one := slices.Clone(words)
				one[i] = "address=" + at.String()
				all, at = append(all, one), at.Next()
			}
			return all
		}
	}
	return [][]string{words}
}

func (s *script) send(method, path string, headers http.Header, body string) fidelity.Answer {
	r, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		return fidelity.Answer{Err: err}
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if s.token != "" {
		r.Header.Set("X-Auth-Token", s.token)
	}
	if s.ak != "" { // scripts sign no bodies: the SDK does, in TestEveryCallThroughTheSDK
		unsigned := request.NewHttpRequestBuilder().WithEndpoint(s.URL).WithMethod(method).WithPath(path).Build()
		signed, err := signer.Sign(unsigned, s.ak, s.sk)
		if err != nil {
			return fidelity.Answer{Err: err}
		}
		for name, v := range signed {
			r.Header.Set(name, v)
		}
		if s.sts != "" {
			r.Header.Set("X-Security-Token", s.sts)
		}
	}
	maps.Copy(r.Header, headers)
	return fidelity.Send(s.Server.Transport(), r)
}

// place is "10.0.0.5:80@9=name": address, port, weight and name, all but the
// address optional; an IPv6 address is in brackets. A "/net-a" goes last.
var place = regexp.MustCompile(`^(\[[^\]]+\]|[0-9.]+)(?:\+(\d+))?(?::(\d+))?(?:@(\d+))?(?:=([^/]*))?(?:/(.+))?$`)

func members(words []string) (ms []elbfake.Member) {
	for _, w := range words {
		p := place.FindStringSubmatch(w)
		if p == nil {
			panic("no member: " + w)
		}
		m := elbfake.Member{Address: strings.Trim(p[1], "[]"), Name: p[5], Subnet: p[6]}
		m.Port, _ = strconv.Atoi(p[3])
		if weight, err := strconv.Atoi(p[4]); err == nil {
			m.Weight = &weight
		}
		n, _ := strconv.Atoi(p[2])
		at := netip.MustParseAddr(m.Address)
		for range max(n, 1) {
			m.Address, at = at.String(), at.Next()
			ms = append(ms, m)
		}
	}
	return ms
}

// text writes a pool's members, in order of their addresses and ports.
func text(ms []elbfake.Member) string {
	var words []string
	for _, m := range ms {
		w := fmt.Sprintf("%s:%d@%d", m.Address, m.Port, m.W())
		if m.Name != "" {
			w += "=" + m.Name
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}
