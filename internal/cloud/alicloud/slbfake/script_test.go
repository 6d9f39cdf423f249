package slbfake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/fidelity"
)

// long is a time that is over.
var long = time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC)

func TestFidelity(t *testing.T) {
	t.Parallel()
	fidelity.Covers[slbfake.Rules](t, "testdata/fidelity")
	fidelity.Run(t, "testdata/fidelity", func(t fakecloud.TB, patch []byte) (fidelity.World, error) {
		seed := world()
		if len(patch) > 0 {
			given, err := slbfake.ReadSeed(bytes.NewReader(fidelity.Patched(seed, patch)))
			if err != nil {
				return fidelity.World{}, err
			}
			seed = given
		}
		s := &script{Running: slbfake.InProcess(t, seed), key: slbfake.Key{ID: "ak", Secret: "sk"}}
		return fidelity.World{Server: s.Server, Rules: s.rules, Request: s.request, Commands: s.commands()}, nil
	})
}

// script is the cloud of one scenario and the key that signs.
type script struct {
	*slbfake.Running
	key   slbfake.Key
	nonce atomic.Int64
}

func (s *script) rules(b []byte) (err error) {
	s.Cloud.SetRules(func(r *slbfake.Rules) {
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		err = d.Decode(r)
	})
	return err
}

func (s *script) commands() map[string]func([]string) string {
	return map[string]func([]string) string{
		"group": func(a []string) string { return text(s.Cloud.Members(a[0])) },
		"as": func(a []string) string {
			s.key = slbfake.Key{ID: a[0], Secret: a[1], Token: strings.Join(a[2:], "")}
			return ""
		},
		"put":  func(a []string) string { s.Cloud.AddForeign(a[0], members(a[1:])...); return "" },
		"take": func(a []string) string { s.Cloud.RemoveForeign(a[0], members(a[1:])...); return "" },
		"weigh": func(a []string) string {
			m := members(a[1:])[0]
			s.Cloud.SetWeightForeign(a[0], m, m.Weight)
			return ""
		},
		"drop-lb":    func(a []string) string { s.Cloud.DeleteLoadBalancer(a[0]); return "" },
		"drop-group": func(a []string) string { s.Cloud.DeleteVServerGroup(a[0]); return "" },
		"server":     func(a []string) string { s.Cloud.PutServer(slbfake.Server{ID: strings.Join(a, "")}); return "" },
		"release": func(a []string) string {
			var how slbfake.Release
			for _, w := range a[1:] {
				how.KeepMembers = how.KeepMembers || w == "kept"
				how.RefuseRemove = how.RefuseRemove || w == "refused"
			}
			s.Cloud.ReleaseServer(a[0], how)
			return ""
		},
		"listeners": func(a []string) string {
			var ls []slbfake.Listener
			if err := json.Unmarshal([]byte(strings.Join(a[1:], " ")), &ls); err != nil {
				return err.Error()
			}
			s.Cloud.SetListeners(a[0], ls...)
			return ""
		},
		"health": func(a []string) string {
			var h slbfake.Health
			if err := json.Unmarshal(fidelity.Object(a), &h); err != nil {
				return err.Error()
			}
			s.Cloud.SetHealth(h)
			return ""
		},
		"revoke": func([]string) string {
			s.Cloud.Revoke()
			return fmt.Sprint(len(s.Cloud.Issued()), " secrets were issued")
		},
	}
}

// request makes the request of a line: an action with its group and members, or
// a plain one for the metadata service ("GET /latest/...").
func (s *script) request(line string) fidelity.Answer {
	words := strings.Fields(line)
	if strings.HasPrefix(words[1], "/") {
		r, err := http.NewRequest(words[0], "http://100.100.100.200"+words[1], http.NoBody)
		if err != nil {
			return fidelity.Answer{Err: err}
		}
		for _, h := range words[2:] {
			name, value, _ := strings.Cut(h, ":")
			r.Header.Set(name, value)
		}
		return fidelity.Send(s.Transport(), r)
	}
	if words[0] == "oidc" {
		return s.oidc(words[1:])
	}
	how := map[string]string{"method": http.MethodPost}
	form := map[string]string{}
	query := acsfake.Common(words[0], "2014-05-15", region, fmt.Sprint(s.nonce.Add(1)), s.key)
	if strings.HasPrefix(words[0], "AssumeRole") {
		query["Version"] = "2015-04-01"
	} else if len(words) > 1 && !strings.Contains(words[1], "=") {
		target := "LoadBalancerId"
		if strings.HasPrefix(words[1], "rsp-") {
			target = "VServerGroupId"
		}
		query[target] = words[1]
		words = words[1:]
	}
	var backends []string
	for _, w := range words[1:] {
		name, value, _ := strings.Cut(w, "=")
		value = strings.ReplaceAll(value, "%20", " ")
		switch {
		case param.MatchString(w) && value == "-":
			delete(query, name)
		case param.MatchString(w):
			query[name] = value
		case strings.HasPrefix(w, "form:"):
			form[strings.TrimPrefix(name, "form:")] = value
		case how[name] != "" || name == "path" || name == "type" || name == "body":
			how[name] = value
		default:
			backends = append(backends, w)
		}
	}
	if len(backends) > 0 {
		query["BackendServers"] = backendServers(backends)
	}
	r, err := acsfake.Request{
		Host: s.Domain(), Method: how["method"], Path: how["path"], Query: query, Form: form, Type: how["type"], Body: how["body"],
	}.Signed(context.Background(), s.key.Secret)
	if err != nil {
		return fidelity.Answer{Err: err}
	}
	return fidelity.Send(s.Transport(), r)
}

// oidc calls AssumeRoleWithOIDC with a token ("-" is none), its issuer and a
// role, unsigned.
func (s *script) oidc(a []string) fidelity.Answer {
	form := url.Values{"OIDCToken": {strings.Trim(a[0], "-")}, "OIDCProviderArn": {a[1]}, "RoleArn": {a[2]}, "RoleSessionName": {"ci"}}
	r, err := http.NewRequest(http.MethodPost,
		"http://"+s.Domain()+"/?Action=AssumeRoleWithOIDC&Version=2015-04-01&Format=JSON", strings.NewReader(form.Encode()))
	if err != nil {
		return fidelity.Answer{Err: err}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return fidelity.Send(s.Transport(), r)
}

var param = regexp.MustCompile(`^[A-Z][A-Za-z.0-9]*=`)

// backendServers is the parameter of that name, from items or as it is.
func backendServers(words []string) string {
	items, ok := fidelity.Items(words)
	if !ok {
		return strings.Join(words, " ")
	}
	var all []map[string]any
	for _, it := range items {
		fields := map[string]any{"ServerId": it.Server}
		if kind := typeOf(it); kind != "" {
			fields["Type"] = kind
		}
		if it.Address != "" {
			fields["ServerIp"] = it.Address
		}
		if it.Port != nil {
			fields["Port"] = *it.Port
		}
		if it.Weight != nil {
			fields["Weight"] = *it.Weight
		}
		if it.Text != nil {
			fields["Description"] = *it.Text
		}
		all = append(all, fields)
	}
	b, _ := json.Marshal(all) // maps of text and numbers always encode
	return string(b)
}

func typeOf(it fidelity.Item) string {
	if kind, _, _ := strings.Cut(it.Server, "-"); kind == "eni" || kind == "eci" {
		return kind
	}
	return ""
}

// members are items as another actor's.
func members(words []string) (ms []slbfake.Member) {
	items, _ := fidelity.Items(words)
	for _, it := range items {
		m := slbfake.Member{ServerID: it.Server, Type: typeOf(it), ServerIP: it.Address, Weight: 100}
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

// text writes a group's members as items.
func text(ms []slbfake.Member) string {
	var words []string
	for _, m := range ms {
		w := m.ServerID
		if m.ServerIP != "" {
			w += "/" + m.ServerIP
		}
		if m.Port != 0 {
			w += fmt.Sprintf(":%d", m.Port)
		}
		w += fmt.Sprintf("@%d", m.Weight)
		if m.Description != "" {
			w += "=" + m.Description
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}
