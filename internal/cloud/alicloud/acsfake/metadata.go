package acsfake

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

// IMDS is which versions of the metadata service there are.
type IMDS string

// The versions.
const (
	BothIMDS   IMDS = ""   // its tokens are optional
	OnlyIMDSv1 IMDS = "v1" // it knows no tokens, as before they were brought in
	OnlyIMDSv2 IMDS = "v2" // it refuses what carries no token
)

// Plain recognises what is not a call of an API: the metadata service and a
// credentials URI. The call is an [Issuing] then.
func (f *Front) Plain(call *fakecloud.Call, versions IMDS) bool {
	path, g := call.HTTP.URL.Path, f.Gate
	switch {
	case path == metadataTokenPath:
		call.Op, call.Parsed = "MetadataToken", g.issuing(func() fakecloud.Reply { return g.metadataToken(call.HTTP, versions) })
	case strings.HasPrefix(path, metadataRolePath):
		call.Op, call.Detail = "MetadataRole", strings.TrimPrefix(path, metadataRolePath)
		call.Parsed = g.issuing(func() fakecloud.Reply { return g.metadataRole(call.HTTP, call.Detail, versions) })
	case path != "" && path == g.credentialsPath():
		call.Op, call.Parsed = "CredentialsURI", g.issuing(func() fakecloud.Reply { return g.credentialsURI(call.HTTP) })
	default:
		return false
	}
	return true
}

func (g *Gate) credentialsPath() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.path
}

// page is an answer of a plain web server.
func page(status int, text string) fakecloud.Reply {
	return fakecloud.Reply{Status: status, ContentType: "text/plain", Body: []byte(text), Code: http.StatusText(status)}
}

func (g *Gate) metadataToken(r *http.Request, versions IMDS) fakecloud.Reply {
	if versions == OnlyIMDSv1 {
		return page(404, "404 - Not Found")
	}
	if r.Method != http.MethodPut {
		return page(405, "405 - Method Not Allowed")
	}
	ttl, err := strconv.Atoi(r.Header.Get(metadataTTL))
	if err != nil || ttl < 1 || ttl > maxMetadataTTL {
		return page(400, "400 - Bad Request")
	}
	token := fmt.Sprintf("metadata-token-%04d==", len(g.metadata)+1)
	g.metadata[token] = time.Now().Add(time.Duration(ttl) * time.Second)
	return fakecloud.Reply{Status: 200, ContentType: "text/plain", Body: []byte(token)}
}

func (g *Gate) metadataRole(r *http.Request, name string, versions IMDS) fakecloud.Reply {
	if r.Method != http.MethodGet {
		return page(405, "405 - Method Not Allowed")
	}
	token := r.Header.Get(metadataToken)
	if end, ok := g.metadata[token]; token == "" && versions == OnlyIMDSv2 || token != "" && (!ok || !time.Now().Before(end)) {
		return page(403, "403 - Forbidden")
	}
	switch {
	case g.instance == "" || name != "" && name != g.instance:
		return page(404, "404 - Not Found")
	case name == "":
		return fakecloud.Reply{Status: 200, ContentType: "text/plain", Body: []byte(g.instance)}
	}
	if k := g.onBoard; k.ID == "" || time.Until(k.Expires) < instanceKeyLead {
		g.onBoard = g.issue("instance", instanceKeyLife, false)
	}
	answer := credentialsOf(g.onBoard)
	answer["Code"], answer["LastUpdated"] = "Success", time.Now().UTC().Format("2006-01-02T15:04:05Z")
	return jsonReply(200, answer)
}

// credentialsURI answers as the vendor's tools expect of a credentials URI.
func (g *Gate) credentialsURI(r *http.Request) fakecloud.Reply {
	if r.Method != http.MethodGet {
		return page(405, "405 - Method Not Allowed")
	}
	answer := credentialsOf(g.issue("uri", uriKeyLife, false))
	answer["Code"] = "Success"
	return jsonReply(200, answer)
}
