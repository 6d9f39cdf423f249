package tfkit

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
)

// progressEvery is how far apart the lines are that tell how an action goes.
const progressEvery = 10 * time.Second

// progress tells a user how an action goes. Nothing is said once the action is
// cancelled: Terraform's side of the call ends at the first line after that, and the
// process with it, in the midst of whatever is to be undone. Nor does anything wait
// for a line that nobody takes any more.
type progress struct {
	ctx    context.Context // of the call, which Terraform cancels
	send   func(action.InvokeProgressEvent)
	ticker *time.Ticker
	ticks  sync.WaitGroup
	over   chan struct{}

	mu    sync.Mutex
	last  time.Time     // when a line was said
	doing func() string // what goes on, where there is something to say of it
}

func newProgress(ctx context.Context, send func(action.InvokeProgressEvent)) *progress {
	p := &progress{ctx: ctx, send: send, ticker: time.NewTicker(progressEvery), over: make(chan struct{})}
	p.ticks.Go(func() {
		for {
			select {
			case <-p.ticker.C:
				p.tick()
			case <-p.over:
				return
			case <-ctx.Done():
				return
			}
		}
	})
	return p
}

// stop ends the lines that time brings.
func (p *progress) stop() {
	p.ticker.Stop()
	close(p.over)
	p.ticks.Wait()
}

// while sets what is said of what goes on; "" is nothing.
func (p *progress) while(doing func() string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doing = doing
}

// reached says how far the action has come, unless a line has just been said.
func (p *progress) reached(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.last) >= progressEvery {
		p.say(text)
	}
}

// done says what the action has done.
func (p *progress) done(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doing = nil
	p.say(text)
}

func (p *progress) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.doing != nil {
		p.say(p.doing())
	}
}

// say says a line; p.mu is held.
func (p *progress) say(text string) {
	if text == "" || p.ctx.Err() != nil {
		return
	}
	p.last = time.Now()
	p.ticker.Reset(progressEvery)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		p.send(action.InvokeProgressEvent{Message: text})
	}()
	select {
	case <-sent:
	case <-p.ctx.Done():
	}
}
