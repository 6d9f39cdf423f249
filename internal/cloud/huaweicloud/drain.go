package huaweicloud

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbapi"
)

// noteTimeout bounds the reading of a pool for what a plan says about a drain:
// the plan does without it.
const noteTimeout = 10 * time.Second

// poolLooks are pools that plans have looked at, each read once in a run.
type poolLooks struct {
	mu    sync.Mutex
	pools map[string]func() (elbapi.PoolInfo, error)
}

func (l *poolLooks) at(pool string, read func() (elbapi.PoolInfo, error)) (elbapi.PoolInfo, error) {
	l.mu.Lock()
	if l.pools == nil {
		l.pools = map[string]func() (elbapi.PoolInfo, error){}
	}
	look, ok := l.pools[pool]
	if !ok {
		look = sync.OnceValues(read)
		l.pools[pool] = look
	}
	l.mu.Unlock()
	return look()
}

// drainNotes warns about a drain that does nothing, or that ELB does by itself.
// A pool that cannot be read, or does not exist yet, is no reason to fail.
func (s *session) drainNotes(ctx context.Context, region, pool string, drain time.Duration) (diags diag.Diagnostics) {
	r, err := s.in(region)
	if err != nil {
		return nil
	}
	info, err := r.looks.at(pool, func() (info elbapi.PoolInfo, err error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
		defer cancel()
		err = r.engine.Read(ctx, func(ctx context.Context) error {
			info, err = r.client.PoolInfo(ctx, pool)
			return err
		})
		return info, err
	})
	if err != nil {
		return nil
	}
	for _, note := range info.DrainNotes(drain) {
		diags.AddAttributeWarning(path.Root("drain_duration"), "drain_duration and the pool", "ELB pool "+pool+": "+note)
	}
	return diags
}
