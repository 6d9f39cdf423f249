// Cloudsim serves the simulated clouds on one port of this machine, so that the
// provider, or a module that uses it, can be tried without an account. --help
// says how.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/program"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

const usage = `cloudsim serves simulated clouds, with what their ways to log in need, on one
port until it is interrupted:
%s
Usage: cloudsim [flags]

  --listen ADDRESS        address to listen on; port 0 picks a free one
                          (default 127.0.0.1:0)
  --seed FILE             what the clouds hold to begin with, as JSON: an object
                          with what each is named by above, or some (default:
                          what examples/quickstart needs; --print-seed shows it)
  --example NAME          what a built-in example holds instead of a seed; prints a
                          configuration for it that can be pasted. NAME list
                          lists the examples
  --portfile FILE         write the line about how to reach the clouds to FILE
                          too; FILE is complete as soon as it is there
  --read-latency TIME     how long each read takes, such as 50ms
  --write-latency TIME    how long each write takes; meanwhile a cloud that locks
                          a load balancer for it refuses another one there
  --lock-tail TIME        how long a write's lock outlives its answer
  --job-time TIME         how long a job takes, where writes are jobs that go on after
                          their answer (default 1.5s)
  --data-plane            let the listeners for HTTP and TCP carry traffic, each on a
                          free port of 127.0.0.1, and probe the members for real.
                          A server that the seed's "addresses" do not name is one
                          that answers every request with its id or address
  --print-seed            print the default seed, or the example's, and exit
  --allow-remote          allow an address that other machines can reach

When it is ready it prints one line of JSON: the URL, the address of the admin
page, for each cloud the provider's settings (region, keys, endpoints), and with
--data-plane the address of each listener.
GET the admin page (/_admin/) for what it can show and do. Requests that no
correct client sends are named on standard error.

Exit status: 0 when stopped by SIGINT or SIGTERM, 1 when it could not serve,
2 for wrong flags or a wrong seed.
`

func main() {
	program.Main(func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
		return run(ctx, stages.Products(), args, stdout, stderr)
	})
}

type options struct {
	listen, seed, portfile string
	example                string
	latency                fakecloud.Latency
	printSeed, allowRemote bool
	dataPlane              bool
}

// check says what is wrong with the flags' values.
func (o *options) check() error {
	if o.example != "" && o.seed != "" {
		return errors.New("--seed and --example: an example has a seed of its own")
	}
	if !o.allowRemote {
		if err := checkLoopback(o.listen); err != nil {
			return err
		}
	}
	return checkExample(o.example)
}

// checkLoopback refuses an address that other machines can reach: the admin
// page asks nobody who they are.
func checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("--listen %s: %w", address, err)
	}
	if ip, err := netip.ParseAddr(host); host == "localhost" || err == nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("--listen %s: other machines could reach this address; use 127.0.0.1, or --allow-remote", address)
}

// run serves until ctx ends and returns the exit status.
func run(ctx context.Context, products []fakecloud.Product, args []string, stdout, stderr io.Writer) int {
	var clouds strings.Builder
	for _, p := range products {
		fmt.Fprintf(&clouds, "  %-13s %s\n", p.Seed, p.Title)
	}
	p := program.New("cloudsim", fmt.Sprintf(usage, &clouds), stdout, stderr)
	var o options
	p.StringVar(&o.listen, "listen", "127.0.0.1:0", "")
	p.StringVar(&o.seed, "seed", "", "")
	p.StringVar(&o.example, "example", "", "")
	p.StringVar(&o.portfile, "portfile", "", "")
	p.DurationVar(&o.latency.Read, "read-latency", 0, "")
	p.DurationVar(&o.latency.Write, "write-latency", 0, "")
	p.DurationVar(&o.latency.LockTail, "lock-tail", 0, "")
	p.DurationVar(&o.latency.Job, "job-time", 0, "")
	p.BoolVar(&o.dataPlane, "data-plane", false, "")
	p.BoolVar(&o.printSeed, "print-seed", false, "")
	p.BoolVar(&o.allowRemote, "allow-remote", false, "")
	err := p.Parse(args, 0, o.check)
	switch {
	case err != nil:
	case o.example == "list":
		_, err = io.WriteString(stdout, listExamples())
	case o.printSeed:
		_, err = stdout.Write(builtIn(products, o.example))
	default:
		err = o.simulate(ctx, products, stdout, stderr)
	}
	return p.Status(context.WithoutCancel(ctx), err) // to be interrupted is to end well
}

func (o *options) simulate(ctx context.Context, products []fakecloud.Product, stdout, stderr io.Writer) error {
	s, err := readSeed(products, *o)
	if err != nil {
		return program.Misuse(err)
	}
	sim, err := newSimulator(products, s, o.latency, &reporter{w: stderr})
	if err != nil {
		return program.Misuse(err)
	}
	return serve(ctx, sim, *o, stdout)
}

// shutdownGrace is how long calls under way may take to end.
const shutdownGrace = 2 * time.Second

func serve(ctx context.Context, sim *simulator, o options, stdout io.Writer) (err error) {
	var plane *dataPlane
	if o.dataPlane {
		if plane, err = sim.openDataPlane(ctx); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, plane.close()) }()
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	var listeners map[string]map[string]string
	if plane != nil {
		listeners = plane.listeners()
	}
	if err := announce(sim, "http://"+listener.Addr().String(), listeners, o, stdout); err != nil {
		_ = server.Close()
		return err
	}
	if o.portfile != "" {
		defer func() { _ = os.Remove(o.portfile) }()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		_ = server.Close() // calls that take longer are cut
	}
	return nil
}

// announce writes the line about how to reach the clouds, and of an example what
// to paste.
func announce(sim *simulator, url string, listeners map[string]map[string]string, o options, stdout io.Writer) error {
	line, err := json.Marshal(sim.ready(url, listeners))
	if err != nil {
		return fmt.Errorf("write how to reach the clouds: %w", err)
	}
	line = append(line, '\n')
	if o.portfile != "" {
		if err := writeWhole(o.portfile, line); err != nil {
			return fmt.Errorf("write %s: %w", o.portfile, err)
		}
	}
	if o.example != "" {
		settings, _ := sim.settings(url) // they were together when the clouds were made
		line = append(line, pasted(o.example, url, settings)...)
	}
	_, err = stdout.Write(line)
	return err
}

// writeWhole writes a file so that nobody ever sees a part of it.
func writeWhole(file string, content []byte) error {
	part, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	_, err = part.Write(content)
	if err := errors.Join(err, part.Close()); err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	return os.Rename(part.Name(), file)
}

// reporter names requests that no correct client sends.
type reporter struct {
	mu sync.Mutex
	w  io.Writer
}

func (r *reporter) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(r.w, "cloudsim: "+format+"\n", args...)
}
