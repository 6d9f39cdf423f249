package sgfake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/fidelity"
)

func TestFidelity(t *testing.T) {
	t.Parallel()
	fidelity.Covers[sgfake.Rules](t, "testdata/fidelity")
	fidelity.Run(t, "testdata/fidelity", func(t fakecloud.TB, patch []byte) (fidelity.World, error) {
		seed, product := world(), sgfake.ALB
		if text := string(patch); strings.HasPrefix(text, "nlb ") || text == "nlb" {
			product, patch = sgfake.NLB, []byte(strings.TrimSpace(text[3:]))
		}
		if len(patch) > 0 {
			given, err := sgfake.ReadSeed(bytes.NewReader(fidelity.Patched(seed, patch)))
			if err != nil {
				return fidelity.World{}, err
			}
			seed = given
		}
		s := newScript(t, product, seed)
		return fidelity.World{Server: s.Server, Rules: s.rules, Request: s.request, Commands: s.commands()}, nil
	})
}

// script is the cloud of one scenario and the key that signs.
type script struct {
	*sgfake.Running
	product *sgfake.Product
	key     acsfake.Key
	region  string
	nonce   atomic.Int64
}

func newScript(t fakecloud.TB, p *sgfake.Product, seed sgfake.Seed) *script {
	return &script{Running: sgfake.InProcess(t, p, seed), product: p, key: acsfake.Key{ID: "ak", Secret: "sk"}, region: region}
}

func (s *script) rules(b []byte) (err error) {
	s.Cloud.SetRules(func(r *sgfake.Rules) {
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		err = d.Decode(r)
	})
	return err
}

// parsed reads the JSON of a command.
func parsed[T any](a []string, then func(T)) string {
	var v T
	if err := json.Unmarshal(fidelity.Object(a), &v); err != nil {
		return err.Error()
	}
	then(v)
	return ""
}

func (s *script) commands() map[string]func([]string) string {
	return map[string]func([]string) string{
		"group": func(a []string) string { return text(s.Cloud.Members(a[0])) },
		"jobs":  func([]string) string { return strings.Join(s.Cloud.Jobs(), "\n") },
		"as": func(a []string) string {
			s.key = acsfake.Key{ID: a[0], Secret: a[1], Token: strings.Join(a[2:], "")}
			return ""
		},
		"put":  func(a []string) string { s.Cloud.AddForeign(a[0], members(a[1:])...); return "" },
		"take": func(a []string) string { s.Cloud.RemoveForeign(a[0], members(a[1:])...); return "" },
		"weigh": func(a []string) string {
			m := members(a[1:])[0]
			s.Cloud.SetWeightForeign(a[0], m, m.Weight)
			return ""
		},
		"drop":    func(a []string) string { s.Cloud.DeleteGroup(a[0]); return "" },
		"release": func(a []string) string { s.Cloud.ReleaseServer(a[0]); return "" },
		"server":  func(a []string) string { s.Cloud.PutServer(sgfake.Server{ID: a[0]}); return "" },
		"occupy": func(a []string) string {
			d, err := time.ParseDuration(a[1])
			s.Cloud.Occupy(a[0], d)
			return strings.Trim(fmt.Sprint(err), "<nil>")
		},
		"flood":  s.flood,
		"pages":  s.pages,
		"fail":   func(a []string) string { return parsed(a, s.Cloud.FailNextJob) },
		"health": func(a []string) string { return parsed(a, s.Cloud.SetHealth) },
	}
}

// flood makes a request with a list of so many servers, all in the query.
func (s *script) flood(a []string) string {
	line, n := a[0], 0
	_, _ = fmt.Sscan(a[len(a)-1], &n)
	for i := range n {
		if a[1] == "ServerIds" {
			line += fmt.Sprintf(" ServerIds.%d=i-%d", i+1, i)
			continue
		}
		line += fmt.Sprintf(" Servers.%d.ServerId=eni-0123456789abcdef%04d Servers.%[1]d.ServerType=Eni Servers.%[1]d.ServerIp=10.123.123.123"+
			" Servers.%[1]d.Port=65535 Servers.%[1]d.Weight=100 Servers.%[1]d.Description=a-server-of-a-usual-name-in-a-zone", i+1, i)
	}
	if strings.HasPrefix(a[1], "sgp-") {
		line += " ServerGroupId=" + a[1]
	}
	got := s.request(line)
	var body struct{ Code, JobId string }
	if json.Unmarshal([]byte(got.Body), &body) != nil {
		return fmt.Sprint(got.Status, " ", got.Body)
	}
	return fmt.Sprint(got.Status, " ", body.Code, body.JobId)
}

// pages reads a listing to its end and tells how many servers each page has.
func (s *script) pages(a []string) string {
	var counts []string
	for token := ""; ; {
		line := strings.Join(a, " ")
		if token != "" {
			line += " NextToken=" + token
		}
		var page struct{ NextToken string }
		got := s.request(line)
		if err := json.Unmarshal([]byte(got.Body), &page); err != nil {
			return err.Error()
		}
		counts = append(counts, fmt.Sprint(strings.Count(got.Body, `"ServerId"`)))
		if token = page.NextToken; token == "" || got.Status != 200 {
			return strings.Join(counts, " ")
		}
	}
}

var (
	param    = regexp.MustCompile(`^[A-Z][A-Za-z.0-9]*=`)
	versions = map[*sgfake.Product]string{sgfake.ALB: "2020-06-16", sgfake.NLB: "2022-04-30"}
)

// request makes the request of a line: an action, a group, a listener or a job,
// and members. A word that ends in ":" is the list that those after it are of.
func (s *script) request(line string) fidelity.Answer {
	words := strings.Fields(line)
	r := acsfake.Request{
		Host: "x.example.com", Method: "POST", Form: map[string]string{},
		Query: acsfake.Common(words[0], versions[s.product], s.region, fmt.Sprint(s.nonce.Add(1)), s.key),
	}
	if strings.HasPrefix(words[0], "AssumeRole") {
		r.Query["Version"] = "2015-04-01"
	}
	list, items := "Servers", map[string][]string{}
	for _, w := range words[1:] {
		name, value, _ := strings.Cut(w, "=")
		value = strings.ReplaceAll(value, "%20", " ")
		switch {
		case param.MatchString(w) && value == "-":
			delete(r.Query, name)
			delete(r.Form, name)
		case param.MatchString(w):
			r.Query[name] = value
		case strings.HasPrefix(w, "form:"):
			r.Form[strings.TrimPrefix(name, "form:")] = value
		case name == "method":
			r.Method = value
		case strings.HasPrefix(w, "sgp-"):
			r.Query["ServerGroupId"] = w
		case strings.HasPrefix(w, "lsn-"):
			r.Query["ListenerId"] = w
		case strings.HasPrefix(w, "job-"):
			s.nameJob(r.Query, w)
		case strings.HasSuffix(w, ":"):
			list = strings.TrimSuffix(w, ":")
		default:
			items[list] = append(items[list], w)
		}
	}
	for list, words := range items {
		servers(r.Form, list, words)
	}
	req, err := r.Signed(context.Background(), s.key.Secret)
	if err != nil {
		return fidelity.Answer{Err: err}
	}
	return fidelity.Send(s.Transport(), req)
}

// nameJob names a job as the action wants it.
func (s *script) nameJob(query map[string]string, id string) {
	name := "JobIds.1"
	if query["Action"] == "GetJobStatus" {
		name = "JobId"
	}
	query[name] = id
}

// servers are the parameters of a list of members.
func servers(form map[string]string, list string, words []string) {
	items, ok := fidelity.Items(words)
	if !ok {
		form[list] = strings.Join(words, " ")
	}
	for i, it := range items {
		set := func(field, v string) { form[fmt.Sprintf("%s.%d.%s", list, i+1, field)] = v }
		set("ServerId", strings.Trim(it.Server, "[]"))
		set("ServerType", typeOf(it))
		if it.Address != "" {
			set("ServerIp", it.Address)
		}
		if it.Port != nil {
			set("Port", fmt.Sprint(*it.Port))
		}
		if it.Weight != nil {
			set("Weight", fmt.Sprint(*it.Weight))
		}
		if it.Text != nil {
			set("Description", strings.ReplaceAll(*it.Text, "%20", " "))
		}
	}
}

func typeOf(it fidelity.Item) string {
	switch kind, _, found := strings.Cut(it.Server, "-"); {
	case !found:
		return "Ip"
	case kind == "eni":
		return "Eni"
	case kind == "eci":
		return "Eci"
	case kind == "fc":
		return "Fc"
	}
	return "Ecs"
}

// members are items as another actor's.
func members(words []string) (ms []sgfake.Member) {
	items, _ := fidelity.Items(words)
	for _, it := range items {
		m := sgfake.Member{ServerID: strings.Trim(it.Server, "[]"), Type: typeOf(it), ServerIP: it.Address, Weight: 100}
		if it.Port != nil {
			m.Port = *it.Port
		}
		if it.Weight != nil {
			m.Weight = *it.Weight
		}
		if it.Text != nil {
			m.Description = *it.Text
		}
		ms = append(ms, m)
	}
	return ms
}

// text writes a group's members as items, with the status of those that are not
// Available.
func text(ms []sgfake.Member) string {
	var words []string
	for _, m := range ms {
		w := m.ServerID
		if strings.Contains(w, ":") {
			w = "[" + w + "]"
		}
		if m.ServerIP != "" && m.Type != "Ip" {
			w += "/" + m.ServerIP
		}
		w += fmt.Sprintf(":%d@%d", m.Port, m.Weight)
		if m.Description != "" {
			w += "=" + m.Description
		}
		if m.Status != "" {
			w += "(" + m.Status + ")"
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}
