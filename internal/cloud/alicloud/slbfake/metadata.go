package slbfake

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// The metadata service of an ECS instance:
// https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
const (
	metadataTokenPath = "/latest/api/token"
	metadataRolePath  = "/latest/meta-data/ram/security-credentials/"
	metadataTTL       = "X-Aliyun-Ecs-Metadata-Token-Ttl-Seconds"
	metadataToken     = "X-Aliyun-Ecs-Metadata-Token"
	maxMetadataTTL    = 21600

	instanceKeyLife = 6 * time.Hour
	instanceKeyLead = 30 * time.Minute // before their expiry new ones are there
	uriKeyLife      = time.Hour
)

// parsePlain recognises what is not a call of an API: the metadata service and
// a credentials URI.
func (c *Cloud) parsePlain(call *fakecloud.Call) bool {
	path := call.HTTP.URL.Path
	switch {
	case path == metadataTokenPath:
		call.Op, call.Parsed = "MetadataToken", issuing(func(c *Cloud) fakecloud.Reply { return c.metadataToken(call.HTTP) })
	case strings.HasPrefix(path, metadataRolePath):
		call.Op, call.Detail = "MetadataRole", strings.TrimPrefix(path, metadataRolePath)
		call.Parsed = issuing(func(c *Cloud) fakecloud.Reply { return c.metadataRole(call.HTTP, call.Detail) })
	case path != "" && path == c.login.path:
		call.Op, call.Parsed = "CredentialsURI", issuing(func(c *Cloud) fakecloud.Reply { return c.credentialsURI(call.HTTP) })
	default:
		return false
	}
	return true
}

// page is an answer of a plain web server.
func page(status int, text string) fakecloud.Reply {
	return fakecloud.Reply{Status: status, ContentType: "text/plain", Body: []byte(text), Code: http.StatusText(status)}
}

func (c *Cloud) metadataToken(r *http.Request) fakecloud.Reply {
	if c.rules.NoIMDSv2 {
		return page(404, "404 - Not Found")
	}
	if r.Method != http.MethodPut {
		return page(405, "405 - Method Not Allowed")
	}
	ttl, err := strconv.Atoi(r.Header.Get(metadataTTL))
	if err != nil || ttl < 1 || ttl > maxMetadataTTL {
		return page(400, "400 - Bad Request")
	}
	token := fmt.Sprintf("metadata-token-%04d==", len(c.login.metadata)+1)
	c.login.metadata[token] = time.Now().Add(time.Duration(ttl) * time.Second)
	return fakecloud.Reply{Status: 200, ContentType: "text/plain", Body: []byte(token)}
}

func (c *Cloud) metadataRole(r *http.Request, name string) fakecloud.Reply {
	if r.Method != http.MethodGet {
		return page(405, "405 - Method Not Allowed")
	}
	token := r.Header.Get(metadataToken)
	if end, ok := c.login.metadata[token]; token == "" && c.rules.OnlyIMDSv2 || token != "" && (!ok || !time.Now().Before(end)) {
		return page(403, "403 - Forbidden")
	}
	switch {
	case c.login.instance == "" || name != "" && name != c.login.instance:
		return page(404, "404 - Not Found")
	case name == "":
		return fakecloud.Reply{Status: 200, ContentType: "text/plain", Body: []byte(c.login.instance)}
	}
	if k := c.login.onBoard; k.ID == "" || time.Until(k.Expires) < instanceKeyLead {
		c.login.onBoard = c.issue("instance", instanceKeyLife, false)
	}
	answer := credentialsOf(c.login.onBoard)
	answer["Code"], answer["LastUpdated"] = "Success", time.Now().UTC().Format("2006-01-02T15:04:05Z")
	return jsonReply(200, answer)
}

// credentialsURI answers as the vendor's tools expect of a credentials URI.
func (c *Cloud) credentialsURI(r *http.Request) fakecloud.Reply {
	if r.Method != http.MethodGet {
		return page(405, "405 - Method Not Allowed")
	}
	answer := credentialsOf(c.issue("uri", uriKeyLife, false))
	answer["Code"] = "Success"
	return jsonReply(200, answer)
}
