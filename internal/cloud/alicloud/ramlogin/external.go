package ramlogin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const actionExternal = "process_command"

// external are the keys that a command prints, as a profile of the aliyun CLI
// may say (mode External): the command is split at spaces and run without a
// shell and without input, and prints a profile of mode AK or StsToken. It is
// the user's own file, named by the user, that has the command, as with other
// clouds' credential_process. What it prints is never shown.
func external(command string) acs.Credentials {
	return renewed(true, func(ctx context.Context) (temporary, error) {
		fail := func(class membership.Class, format string, args ...any) (temporary, error) {
			return temporary{}, &membership.Error{Class: class, Action: actionExternal, Err: fmt.Errorf(format, args...)}
		}
		words := strings.Fields(command)
		if len(words) == 0 {
			return fail(membership.Denied, "no command")
		}
		cmd := exec.CommandContext(ctx, words[0], words[1:]...)
		cmd.WaitDelay = time.Second // what it started may hold the pipe open
		out := &bounded{limit: maxProfiles}
		cmd.Stdout = out
		if err := cmd.Run(); ctx.Err() != nil {
			return fail(membership.Transient, "interrupted: %w", context.Cause(ctx))
		} else if err != nil {
			return fail(membership.Denied, "run %s: %w", words[0], err)
		}
		var p profile
		if err := json.Unmarshal(acs.Trim(out.b.Bytes()), &p); err != nil {
			return fail(membership.Denied, "%s does not print a profile in JSON", words[0])
		}
		switch mode := p.mode(); strings.ToLower(mode) {
		case "ak":
			p.STSToken = ""
		case "ststoken":
			if p.STSToken == "" {
				return fail(membership.Denied, "%s prints no sts_token", words[0])
			}
		default:
			return fail(membership.Denied, "%s prints a profile of mode %q, not AK or StsToken", words[0], apikit.Word(mode))
		}
		if err := p.need("access_key_id", p.AccessKeyID, "access_key_secret", p.AccessKeySecret); err != nil {
			return fail(membership.Denied, "what %s prints: %w", words[0], err)
		}
		t := temporary{Keys: acs.Keys{AccessKeyID: p.AccessKeyID, AccessKeySecret: p.AccessKeySecret, SecurityToken: p.STSToken}}
		if p.STSExpiration > 0 {
			t.expires = time.Unix(p.STSExpiration, 0)
		}
		return t, nil
	})
}

// bounded is a buffer that refuses more than its limit.
type bounded struct {
	b     bytes.Buffer
	limit int
}

func (w *bounded) Write(p []byte) (int, error) {
	if w.b.Len()+len(p) > w.limit {
		return 0, errors.New("too much output")
	}
	return w.b.Write(p)
}
