package elbfake

import (
	"net/http"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// iamBody is an answer of IAM's, which has no request_id.
type iamBody map[string]any

// listProjects is IAM's "Querying Project Information", GET /v3/projects
// (https://support.huaweicloud.com/intl/en-us/api-iam/iam_06_0001.html).
func (c *Cloud) listProjects(_ *fakecloud.Call, req *request) (int, any, *refusal) {
	out := []any{}
	for _, p := range c.seed.Projects {
		if req.who.domain == c.account() && any1(req.query["name"], p.Name) {
			out = append(out, map[string]any{
				"id": p.ID, "name": p.Name, "domain_id": "domain", "parent_id": "domain", "is_domain": false, "enabled": true, "description": "",
			})
		}
	}
	return http.StatusOK, iamBody{"projects": out, "links": map[string]any{"next": nil, "previous": nil}}, nil
}
