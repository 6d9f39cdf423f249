package traffic

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// lines serves TCP: it greets with its name and echoes lines.
func lines(t *testing.T, name string) Target {
	t.Helper()
	s, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	go func() {
		for {
			conn, err := s.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				fmt.Fprintln(conn, name)
				_, _ = io.Copy(conn, conn)
				fmt.Fprintln(conn, "bye") // the client has closed its half
			}()
		}
	}()
	return Target{Key: name, Address: s.Addr().String(), Weight: 1}
}

// line is a connection through a listener.
type line struct {
	net.Conn
	*bufio.Reader
	who string
}

func (l line) Read(p []byte) (int, error) { return l.Reader.Read(p) }

func (l line) echo() error {
	fmt.Fprintln(l.Conn, "hello")
	if s, err := l.ReadString('\n'); err != nil || s != "hello\n" {
		return fmt.Errorf("echo %q: %w", s, err)
	}
	return nil
}

func dial(t *testing.T, l *Listener) (line, error) {
	t.Helper()
	conn, err := net.Dial("tcp", l.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	r := bufio.NewReader(conn)
	who, err := r.ReadString('\n')
	return line{conn, r, strings.TrimSpace(who)}, err
}

func TestEachConnectionIsBalancedByWeight(t *testing.T) {
	t.Parallel()
	a, b, c := lines(t, "a"), lines(t, "b"), lines(t, "c")
	b.Weight, c.Weight = 2, 0
	api := &cloud{}
	api.set(a, b, c)
	l := listen(t, TCP, api, Options{Health: &Check{Interval: 5 * time.Millisecond, Healthy: 1, Unhealthy: 1}})
	eventually(t, "both are healthy", func() bool { return l.is("a", Healthy)() && l.is("b", Healthy)() })
	got := map[string]int{}
	for range 9 {
		conn, err := dial(t, l)
		if err != nil {
			t.Fatal(err)
		}
		got[conn.who]++
		if err := conn.echo(); err != nil {
			t.Error(err)
		}
		_ = conn.Conn.(*net.TCPConn).CloseWrite()
		if rest, err := io.ReadAll(conn); string(rest) != "bye\n" || err != nil {
			t.Errorf("after closing one half: %q, %v", rest, err)
		}
	}
	if got["a"] != 3 || got["b"] != 6 {
		t.Errorf("1, 2, 0: %v", got)
	}
}

func TestWithoutAHealthyTargetAConnectionIsClosed(t *testing.T) {
	t.Parallel()
	api := &cloud{}
	api.set(Target{Key: "dead", Address: deadAddress(t), Weight: 1})
	l := listen(t, TCP, api, Options{Health: &Check{Interval: 5 * time.Millisecond, Unhealthy: 1}})
	eventually(t, "dead is unhealthy", l.is("dead", Unhealthy))
	if h := l.Health("dead"); h.Cause != Refused {
		t.Errorf("%+v", h)
	}
	if conn, err := dial(t, l); err == nil {
		t.Errorf("greeted by %q", conn.who)
	}
}

func TestARemovedTargetsConnectionsGoOnOrAreCut(t *testing.T) {
	t.Parallel()
	for _, removal := range []Removal{Keep, Cut} {
		a, b := lines(t, "a"), lines(t, "b")
		api := &cloud{}
		api.set(a)
		l := listen(t, TCP, api, Options{OnRemove: removal})
		old, err := dial(t, l)
		if err != nil {
			t.Fatal(err)
		}
		api.set(b)
		if conn, err := dial(t, l); err != nil || conn.who != "b" {
			t.Errorf("after the removal of a: %q, %v", conn.who, err)
		}
		if removal == Keep {
			if err := old.echo(); err != nil {
				t.Errorf("kept: %v", err)
			}
			continue
		}
		if _, err := io.ReadAll(old); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("cut: %v", err)
		}
	}
}
