package iamlogin

import (
	"context"
	"fmt"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const listProjects = "KeystoneListProjects"

// Project is a project, looked up once by its name.
type Project struct {
	iam   *IAM
	creds apigw.Credentials
	name  string
	found membership.Shared[string]
}

// NewProject is the project of a name. It contacts nobody.
func NewProject(iam *IAM, creds apigw.Credentials, name string) *Project {
	return &Project{iam: iam, creds: creds, name: name}
}

// ID is the id of the project. Callers that come while it is looked up share
// that look-up, which ends early only when all of them have given up; a failure
// reaches those that waited for it and is not remembered.
func (p *Project) ID(ctx context.Context) (string, error) {
	if ctx.Err() != nil {
		return "", apikit.NotSent(ctx, listProjects)
	}
	r, err := p.found.Get(ctx, membership.Forever, func(ctx context.Context, _ func(error)) (string, error) {
		return p.lookUp(ctx)
	})
	if err != nil {
		return "", apikit.NotSent(ctx, listProjects)
	}
	return r.Value, r.Err
}

// lookUp asks IAM for the project by its name (IAM API KeystoneListProjects, GET
// /v3/projects). None or several of the name are class Denied.
func (p *Project) lookUp(ctx context.Context) (string, error) {
	type found struct {
		Projects *[]struct{ ID, Name string } `json:"projects"`
	}
	keys, failed := apikit.KeysOf(ctx, p.creds, listProjects)
	if failed != nil {
		return "", failed
	}
	if keys.ProjectID != "" { // a token that was asked for with this project's name
		return keys.ProjectID, nil
	}
	answer, err := apigw.Do(ctx, p.iam.client, p.creds, apigw.Call{Action: listProjects, Classify: classify}, func(x *apigw.Exchange) (found, error) {
		var f found
		err := iamRequest{method: "GET", path: "/v3/projects", query: map[string]string{"name": p.name}}.send(x, &f)
		if err == nil && f.Projects == nil {
			err = apigw.Incomplete("list of projects")
		}
		return f, err
	})
	if err != nil {
		return "", err
	}
	var ids []string
	for _, q := range *answer.Projects {
		if q.Name == "" || q.Name == p.name {
			ids = append(ids, q.ID)
		}
	}
	denied := func(format string, args ...any) error {
		return &membership.Error{Class: membership.Denied, Action: listProjects,
			Message: fmt.Sprintf("look up the id of project %q: ", p.name) + fmt.Sprintf(format, args...)}
	}
	switch {
	case len(ids) == 0:
		return "", denied("these credentials see no project of that name; check the region and the project name, or set the project id")
	case len(ids) > 1:
		return "", denied("%d projects have that name; set the project id", len(ids))
	case apigw.CheckID("project", ids[0]) != nil:
		return "", denied("IAM gave an invalid id")
	}
	return ids[0], nil
}
