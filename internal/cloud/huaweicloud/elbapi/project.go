package elbapi

import (
	"context"
	"fmt"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const listProjects = "KeystoneListProjects"

// project is the id of the client's project, looked up once by name.
type project struct {
	name  string
	id    string // where it is configured
	found membership.Shared[string]
}

// projectID is the id of the project. Callers that come while it is looked up
// share that look-up, which ends early only when all of them have given up; a
// failure reaches those that waited for it and is not remembered.
func (c *Client) projectID(ctx context.Context) (string, error) {
	if c.project.id != "" {
		return c.project.id, nil
	}
	if ctx.Err() != nil {
		return "", unsent(ctx, listProjects)
	}
	r, err := c.project.found.Get(ctx, membership.Forever, func(ctx context.Context, _ func(error)) (string, error) {
		return c.lookUpProject(ctx)
	})
	if err != nil {
		return "", unsent(ctx, listProjects)
	}
	return r.Value, r.Err
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
