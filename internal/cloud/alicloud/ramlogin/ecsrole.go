package ramlogin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const (
	metadataURL      = "http://100.100.100.200"
	actionMetadata   = "ECS metadata"
	metadataTimeout  = 2 * time.Second // one request; the service is on the instance's host
	metadataTokenTTL = 6 * time.Hour   // the longest there is
)

// ECSRole gives keys of the RAM role of the ECS instance that this runs on,
// from its metadata service; with no role's name the service is asked for that
// too. A token is used (IMDSv2) where the service gives one:
// https://www.alibabacloud.com/help/en/ecs/user-guide/attach-an-instance-ram-role-to-an-ecs-instance
func (l Login) ECSRole(role string) (acs.Credentials, error) {
	base := l.Metadata
	if base == "" {
		base = metadataURL
	}
	ep, err := apikit.ParseEndpoint("metadata", base)
	if err != nil {
		return nil, err
	}
	m := &metadata{base: ep.String(), role: role, onlyV2: l.OnlyIMDSv2, transport: l.Transport}
	if m.transport == nil {
		m.transport = direct()
	}
	return renewed(true, m.keys), nil
}

// metadata is the metadata service of this instance.
type metadata struct {
	base      string
	role      string
	onlyV2    bool
	transport http.RoundTripper

	mu    sync.Mutex
	token string
	end   time.Time // of the token
}

const credentialsPath = "/latest/meta-data/ram/security-credentials/"

func (m *metadata) keys(ctx context.Context) (temporary, error) {
	token, err := m.tokenFor(ctx)
	if err != nil {
		return temporary{}, err
	}
	role := m.role
	if role == "" {
		x, err := m.get(ctx, credentialsPath, token)
		if err != nil {
			return temporary{}, err
		}
		// One instance has one role.
		role, _, _ = strings.Cut(strings.TrimSpace(string(x.Body)), "\n")
		if role = strings.TrimSpace(role); role == "" || len(role) > 64 || strings.ContainsAny(role, "<>{}/ ") {
			return temporary{}, denied("the instance names no role: attach a RAM role to it")
		}
	}
	x, err := m.get(ctx, credentialsPath+url.PathEscape(role), token)
	if err != nil {
		return temporary{}, err
	}
	return readIssued(actionMetadata, x, false)
}

// tokenFor gets a token for the requests to come; "" where the service has
// none, as before IMDSv2.
func (m *metadata) tokenFor(ctx context.Context) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.token != "" && time.Now().Before(m.end) {
		return m.token, nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, m.base+"/latest/api/token", http.NoBody)
	if err != nil {
		return "", denied(err.Error())
	}
	r.Header.Set("X-aliyun-ecs-metadata-token-ttl-seconds", fmt.Sprint(int(metadataTokenTTL.Seconds())))
	x, err := apikit.Ask(ctx, m.transport, actionMetadata, r, metadataTimeout)
	if err == nil {
		token := strings.TrimSpace(string(x.Body))
		if token == "" || len(token) > 4096 || strings.ContainsAny(token, "<>{} \r\n") {
			err = denied("the metadata service gave an unusable token")
		} else {
			m.token, m.end = token, time.Now().Add(metadataTokenTTL-time.Minute)
			return token, nil
		}
	}
	e, _ := errors.AsType[*membership.Error](err)
	switch {
	case e == nil || ctx.Err() != nil:
		return "", err
	case e.Status == 0: // nobody there: no use in asking again in another way
		return "", unreachable(e)
	case m.onlyV2:
		return "", err
	}
	return "", nil
}

func (m *metadata) get(ctx context.Context, path, token string) (*apikit.Exchange, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, m.base+path, http.NoBody)
	if err != nil {
		return nil, denied(err.Error())
	}
	if token != "" {
		r.Header.Set("X-aliyun-ecs-metadata-token", token)
	}
	x, err := apikit.Ask(ctx, m.transport, actionMetadata, r, metadataTimeout)
	e, _ := errors.AsType[*membership.Error](err)
	switch {
	case e == nil:
	case e.Status == 0:
		return nil, unreachable(e)
	case e.Status == http.StatusNotFound:
		e.Message = "the instance has no RAM role of that name: is it attached to it, and ecs_role_name right?"
		if m.role == "" {
			e.Message = "the instance has no RAM role: attach one to it"
		}
	}
	return x, err
}

// unreachable says what that the metadata service does not answer may mean.
func unreachable(e *membership.Error) *membership.Error {
	out := *e
	out.Err = fmt.Errorf("%w: is this an ECS instance?", e.Err)
	return &out
}

// denied is a login that has no prospect.
func denied(text string) *membership.Error {
	return &membership.Error{Class: membership.Denied, Action: actionMetadata, Err: errors.New(text)}
}
