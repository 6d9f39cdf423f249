package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// sim is a running cloudsim.
type sim struct {
	URL   string `json:"url"`
	Admin string `json:"admin"`

	cancel context.CancelFunc
	cmd    *exec.Cmd
	stderr text
	mark   string // what the log's next page is since
}

// writeLatency is long enough that two writes at once would be seen to
// overlap, and be refused.
const writeLatency = 50 * time.Millisecond

// startSim starts cloudsim and waits until it is ready. It outlives ctx, so
// that what is interrupted can end in order, until stop.
func startSim(ctx context.Context, program string) (*sim, error) {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &sim{cancel: cancel}
	s.cmd = exec.CommandContext(own, program, "--write-latency", writeLatency.String())
	s.cmd.Stderr = &s.stderr
	s.cmd.WaitDelay = 5 * time.Second
	if runtime.GOOS != "windows" {
		s.cmd.Cancel = func() error { return s.cmd.Process.Signal(os.Interrupt) }
	}
	stdout, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start cloudsim: %w", err)
	}
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, s)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start cloudsim: %w\n%s", err, s.stderr.take()), s.stop())
	}
	return s, nil
}

// stop ends cloudsim.
func (s *sim) stop() error {
	s.cancel()
	if err := s.cmd.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("stop cloudsim: %w", err)
	}
	return nil
}

// call makes a request of the admin page's and reads the answer into out.
func (s *sim) call(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, s.Admin+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return fmt.Errorf("cloudsim: %s %s: %w", method, path, err)
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("cloudsim: %s %s: %s: %s", method, path, resp.Status, answer)
	}
	return json.Unmarshal(answer, out)
}

// act has another actor change something.
func (s *sim) act(ctx context.Context, what string, member map[string]any) error {
	return s.call(ctx, http.MethodPost, what, member, &struct{}{})
}

// holdings are members with their weights.
type holdings map[member]int

// member is a member as the demo names it: i-1, i-1:8080 or 10.0.0.1:8080 of a
// load balancer, vserver group or pool.
type member struct{ group, name string }

func (s *sim) holds(ctx context.Context) (holdings, error) {
	var groups map[string]map[string]int
	if err := s.call(ctx, http.MethodGet, "held", nil, &groups); err != nil {
		return nil, err
	}
	h := holdings{}
	for group, members := range groups {
		for name, weight := range members {
			h[member{group, name}] = weight
		}
	}
	return h, nil
}

// call is one request that a simulated cloud answered.
type call struct {
	Cloud string `json:"cloud"`
	fakecloud.Entry
}

// calls are those since the last time it was asked.
func (s *sim) calls(ctx context.Context) ([]call, error) {
	var page struct {
		Next    string
		Entries []call
	}
	if err := s.call(ctx, http.MethodGet, "log?since="+s.mark, nil, &page); err != nil {
		return nil, err
	}
	s.mark = page.Next
	return page.Entries, nil
}

// complaints are the lines about requests that no correct client sends, since
// the last time it was asked.
func (s *sim) complaints() []string {
	return strings.FieldsFunc(s.stderr.take(), func(r rune) bool { return r == '\n' })
}

// text gathers what is written to it.
type text struct {
	mu sync.Mutex
	b  strings.Builder
}

func (t *text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *text) take() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.b.Reset()
	return t.b.String()
}
