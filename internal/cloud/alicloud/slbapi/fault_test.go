package slbapi

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Any body at any status: no panic, a class that fits, texts fit to print.
func FuzzErrorBody(f *testing.F) {
	for _, body := range []string{
		"", "{}", "null", `{"Code":"Throttling","Message":"m","RequestId":"r"}`, `{"Code":400}`, `{"Code":{"a":[]}}`,
		`{"Code":"InvalidParameter","Message":"The specified VServerGroupId does not exist."}`,
		`{"Error":{"Code":"a"}}`, `{"Code":"\u0000\n","Message":"\ud800"}`,
		"<Error><Code>SystemBusy</Code><Message>m</Message></Error>", "<Error><Code>a</Code>", "<a/>", "</a>", "<!DOCTYPE html><p>",
		"<?xml version='1.0' encoding='x'?><Error><Code>a</Code></Error>", "<html>\xff\xfe</html>", "\xef\xbb\xbf{",
		"POST https://h/?Signature=abc&x=y", strings.Repeat("{\"Error\":", 50), strings.Repeat("<a>", 50),
	} {
		f.Add(404, []byte(body))
		f.Add(500, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 300 || status > 599 {
			t.Skip("no status of an error")
		}
		g := newClient(t, always(status, string(body))).VServerGroup("rsp-1")
		_, err := g.List(t.Context())
		e := asError(t, err)
		if e.Class == membership.Unknown {
			t.Errorf("a read has an unknown outcome: %+v", e)
		}
		if e.Class == membership.NotFound && e.Code == "" {
			t.Errorf("not found without a code: %+v", e)
		}
		w := asError(t, g.Add(t.Context(), []membership.Member{at(ecs, 80)}))
		if w.Class != e.Class && (w.Class != membership.Unknown || e.Class != membership.Transient) {
			t.Errorf("a read is %s and a write %s", e.Class, w.Class)
		}
		for _, s := range []string{e.Code, e.Message, e.RequestID, e.Error()} {
			if !utf8.ValidString(s) || utf8.RuneCountInString(s) > 1500 || strings.ContainsFunc(s, unicode.IsControl) {
				t.Errorf("unfit for an error: %q", s)
			}
		}
		if e.Code == "" && e.Message == "" {
			t.Error("an error that says nothing")
		}
	})
}

// Any body of a success: no panic, and members only with the echo.
func FuzzListBody(f *testing.F) {
	for _, body := range []string{
		"", "{}", `{"VServerGroupId":"rsp-1"}`, `{"VServerGroupId":"rsp-1","BackendServers":{"BackendServer":[{"ServerId":"i-1","Port":"80","Weight":1}]}}`,
		`{"DescribeVServerGroupAttribute":{"VServerGroupId":"rsp-1"}}`, `{"VServerGroupId":"rsp-1","BackendServers":{"BackendServer":{"ServerId":7}}}`,
		`{"VServerGroupId":"rsp-1","BackendServers":[null,{}]}`, `{"VServerGroupId":["rsp-1"]}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		members, err := newClient(t, always(200, string(body))).VServerGroup("rsp-1").List(t.Context())
		if err != nil {
			asError(t, err)
			return
		}
		if !json.Valid(acs.Trim(body)) || !strings.Contains(string(body), "rsp-") && !strings.Contains(string(body), `\u`) {
			t.Errorf("believed %q", body)
		}
		for _, m := range members {
			if m.Key.Server == "" || m.Type == "" || m.Type == typeECS && m.Key.Address != "" {
				t.Errorf("member %+v from %q", m, body)
			}
		}
	})
}
