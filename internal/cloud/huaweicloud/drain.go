package huaweicloud

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// noteTimeout bounds the reading of a pool for what a plan says about a drain:
// the plan does without it. A failure stands for as long, so that a pool that
// cannot be read holds a plan up once.
const noteTimeout = 10 * time.Second

// poolLooks are pools that plans have looked at, each read once in a run.
type poolLooks struct {
	mu    sync.Mutex
	pools map[string]*membership.Shared[elbapi.PoolInfo]
}

func (l *poolLooks) at(pool string) *membership.Shared[elbapi.PoolInfo] {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pools == nil {
		l.pools = map[string]*membership.Shared[elbapi.PoolInfo]{}
	}
	look, ok := l.pools[pool]
	if !ok {
		look = &membership.Shared[elbapi.PoolInfo]{Gap: noteTimeout}
		l.pools[pool] = look
	}
	return look
}

// look is what there is to know of a pool: nothing where it cannot be read.
func (r *regional) look(ctx context.Context, pool string) elbapi.PoolInfo {
	look, err := r.looks.at(pool).Get(ctx, membership.Forever, func(ctx context.Context, _ func(error)) (info elbapi.PoolInfo, err error) {
		ctx, cancel := context.WithTimeout(ctx, noteTimeout)
		defer cancel()
		err = r.engine.Read(ctx, func(ctx context.Context) error {
			info, err = r.client.PoolInfo(ctx, pool)
			return err
		})
		return info, err
	})
	if err != nil || look.Err != nil {
		return elbapi.PoolInfo{}
	}
	return look.Value
}

// drainNotes warns about a drain that does nothing, or that ELB does by itself.
// A pool that cannot be read, or does not exist yet, is no reason to fail.
func (s *session) drainNotes(ctx context.Context, region, pool string, drain time.Duration) (diags diag.Diagnostics) {
	r, err := s.in(region)
	if err != nil {
		return nil
	}
	for _, note := range r.look(ctx, pool).DrainNotes(drain) {
		diags.AddAttributeWarning(path.Root("drain_duration"), "drain_duration and the pool", "ELB pool "+pool+": "+note)
	}
	return diags
}
