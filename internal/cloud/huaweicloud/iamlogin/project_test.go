package iamlogin_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// cloud answers IAM with projects, after a second, and ELB with an empty pool.
func cloud(projects func() (int, string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "iam.test" {
			write(w, 200, `{"members":[]}`)
			return
		}
		select {
		case <-time.After(time.Second):
		case <-r.Context().Done():
			return
		}
		status, body := projects()
		write(w, status, body)
	}
}

func found() (int, string) {
	return 200, `{"projects":[{"id":"` + testProject + `","name":"cn-north-4"}],"links":{}}`
}

func byName(c *elbapi.Config) { c.ProjectID = "" }

func iamCalls(w *wire) (n int) {
	for _, s := range w.Requests() {
		if s.Host == "iam.test" {
			n++
		}
	}
	return n
}

func TestFiftyCallersShareOneProjectLookUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{Handler: cloud(found)}
		c := testClient(t, w, byName)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if _, err := c.Pool(testPool).List(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if _, err := c.Pool(testPool).List(t.Context()); err != nil {
			t.Error(err)
		}
		if n, all := iamCalls(w), len(w.Requests()); n != 1 || all != 52 {
			t.Errorf("%d look-ups in %d requests", n, all)
		}
		s := w.Requests()[0]
		if s.Method != "GET" || s.Path != "/v3/projects" || s.Query != "name=cn-north-4" || s.Header.Get("User-Agent") != "cloudlb-test" {
			t.Errorf("sent %+v", s)
		}
		verifySignature(t, s, testKeys)
		if list := w.Requests()[1]; list.Path != poolPath {
			t.Errorf("then %s", list.Path)
		}
	})
}

func TestAProjectNameIsEscaped(t *testing.T) {
	t.Parallel()
	w := &wire{Handler: answers(200, `{"projects":[{"id":"`+testProject+`","name":"a b&name=c/ü"}]}`)}
	c := testClient(t, w, byName, func(c *elbapi.Config) { c.ProjectName = "a b&name=c/ü" })
	if _, err := c.Pool(testPool).List(t.Context()); membership.Is(err, membership.Denied) {
		t.Fatal(err)
	}
	if s := w.Requests()[0]; s.Query != "name=a%20b%26name%3Dc%2F%C3%BC" {
		t.Errorf("query %s", s.Query)
	}
	verifySignature(t, w.Requests()[0], testKeys)
}

func TestAFailedLookUpIsNotRemembered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		w := &wire{Handler: cloud(func() (int, string) {
			if n.Add(1) == 1 {
				return 502, "<html>bad gateway</html>"
			}
			return found()
		})}
		g := testClient(t, w, byName).Pool(testPool)
		e := wantClass(t, g.Add(t.Context(), []membership.Member{withID(memberA)}), membership.Transient)
		if e.Action != "KeystoneListProjects" {
			t.Errorf("%+v", e)
		}
		if _, err := g.List(t.Context()); err != nil || iamCalls(w) != 2 {
			t.Errorf("%v after %d look-ups", err, iamCalls(w))
		}
	})
}

func TestACallerThatGivesUpTakesNobodyWithIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{Handler: cloud(found)}
		g := testClient(t, w, byName).Pool(testPool)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		var first, second error
		var wg sync.WaitGroup
		wg.Go(func() { _, first = g.List(ctx) })
		synctest.Wait()
		wg.Go(func() { _, second = g.List(t.Context()) })
		wg.Wait()
		e := wantClass(t, first, membership.Transient)
		if !errors.Is(e, context.DeadlineExceeded) || second != nil || iamCalls(w) != 1 {
			t.Errorf("first %v, second %v, %d look-ups", first, second, iamCalls(w))
		}
	})
}

func TestALookUpThatNobodyWaitsForIsCancelledAndReplaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var cancelled atomic.Bool
		w := &wire{Handler: func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Host == "iam.test" && !cancelled.Load() {
				<-r.Context().Done()
				cancelled.Store(true)
				return
			}
			cloud(found)(w, r)
		}}
		g := testClient(t, w, byName).Pool(testPool)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := g.List(ctx)
		wantClass(t, err, membership.Transient)
		synctest.Wait()
		if !cancelled.Load() {
			t.Error("the look-up goes on")
		}
		if _, err := g.List(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestNoneOrSeveralProjectsAreDenied(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		class  membership.Class
		want   string
	}{
		"none":        {200, `{"projects":[]}`, membership.Denied, "no project of that name"},
		"other name":  {200, `{"projects":[{"id":"x","name":"cn-north-1"}]}`, membership.Denied, "no project of that name"},
		"two":         {200, `{"projects":[{"id":"x","name":"cn-north-4"},{"id":"y","name":"cn-north-4"}]}`, membership.Denied, "2 projects"},
		"odd id":      {200, `{"projects":[{"id":"a/../b","name":"cn-north-4"}]}`, membership.Denied, "an invalid id"},
		"IAM says no": {401, `{"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}`, membership.Denied, "requires authentication"},
		"not IAM":     {404, `<html>`, membership.Denied, "endpoint or the region"},
		"redirect":    {302, ``, membership.Denied, "redirects"},
		"no list":     {200, `{}`, membership.Transient, "no list of projects"},
		"HTML":        {200, `<html>hello</html>`, membership.Transient, "cannot be read"},
		"empty":       {200, ``, membership.Transient, "cannot be read"},
	} {
		w := &wire{Handler: answers(tt.status, tt.body)}
		_, err := testClient(t, w, byName).Pool(testPool).List(t.Context())
		e := wantClass(t, err, tt.class)
		if !strings.Contains(e.Message, tt.want) || e.Action != "KeystoneListProjects" || len(w.Requests()) != 1 {
			t.Errorf("%s: %v after %d requests", name, err, len(w.Requests()))
		}
	}
}
