package elbapi

import (
	"context"
	"fmt"
	"sync"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const listProjects = "KeystoneListProjects"

// project is the id of the client's project, looked up once by name.
type project struct {
	name string

	mu     sync.Mutex
	id     string
	flight *flight
}

// flight is a look-up under way and the number of callers waiting for it.
type flight struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	id      string
	err     error
}

// projectID is the id of the project. Callers that come while it is looked up
// share that look-up, which ends early only when all of them have given up; a
// failure reaches those that waited for it and is not remembered.
func (c *Client) projectID(ctx context.Context) (string, error) {
	p := &c.project
	p.mu.Lock()
	if p.id != "" {
		defer p.mu.Unlock()
		return p.id, nil
	}
	if ctx.Err() != nil {
		defer p.mu.Unlock()
		return "", unsent(ctx, listProjects)
	}
	f := p.flight
	if f == nil {
		f = &flight{done: make(chan struct{})}
		var shared context.Context
		shared, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
		p.flight = f
		go c.fly(shared, f)
	}
	f.waiting++
	p.mu.Unlock()

	select {
	case <-f.done:
		return f.id, f.err
	case <-ctx.Done():
		p.mu.Lock()
		defer p.mu.Unlock()
		if f.waiting--; f.waiting == 0 {
			f.cancel()
			if p.flight == f {
				p.flight = nil // the next caller does not wait for a cancelled one
			}
		}
		return "", unsent(ctx, listProjects)
	}
}

func (c *Client) fly(ctx context.Context, f *flight) {
	defer f.cancel()
	id, err := c.lookUpProject(ctx)
	p := &c.project
	p.mu.Lock()
	defer p.mu.Unlock()
	f.id, f.err = id, err
	if err == nil {
		p.id = id
	}
	if p.flight == f {
		p.flight = nil
	}
	close(f.done)
}

// lookUpProject asks IAM for the project by its name (IAM API
// KeystoneListProjects, GET /v3/projects). None or several of the name are
// class Denied.
func (c *Client) lookUpProject(ctx context.Context) (string, error) {
	type found struct {
		Projects *[]struct{ ID, Name string } `json:"projects"`
	}
	op := operation{action: listProjects}
	keys, err := keysOf(ctx, c.creds, listProjects)
	if err != nil {
		return "", err
	}
	if keys.ProjectID != "" { // a token that was asked for with this project's name
		return keys.ProjectID, nil
	}
	answer, err := exchangeOnce(ctx, c.iam.sender, c.creds, op, func(x *exchange) (found, error) {
		var f found
		err := c.iam.call(x, iamRequest{method: "GET", path: "/v3/projects", query: map[string]string{"name": c.project.name}}, &f)
		if err == nil && f.Projects == nil {
			err = incomplete("list of projects")
		}
		return f, err
	})
	if err != nil {
		return "", err
	}
	var ids []string
	for _, p := range *answer.Projects {
		if p.Name == "" || p.Name == c.project.name {
			ids = append(ids, p.ID)
		}
	}
	denied := func(format string, args ...any) error {
		return &membership.Error{Class: membership.Denied, Action: listProjects,
			Message: fmt.Sprintf("look up the id of project %q: ", c.project.name) + fmt.Sprintf(format, args...)}
	}
	switch {
	case len(ids) == 0:
		return "", denied("these credentials see no project of that name; check the region and the project name, or set the project id")
	case len(ids) > 1:
		return "", denied("%d projects have that name; set the project id", len(ids))
	case checkID("project", ids[0]) != nil:
		return "", denied("IAM gave an id that is none")
	}
	return ids[0], nil
}
