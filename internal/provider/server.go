package provider

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// Address is the provider's in the registry.
const Address = "registry.terraform.io/cloudlb/cloudlb"

// Serve serves the provider to the Terraform that has started this process, until
// that ends it; with debug to one that a person tells of it.
func Serve(version string, debug bool) error {
	var opts []tf6server.ServeOpt
	if debug {
		opts = append(opts, tf6server.WithManagedDebug())
	} else {
		outlive(syscall.SIGTERM)
	}
	if _, err := NewServer(New(version)()); err != nil {
		return err
	}
	return tf6server.Serve(Address, func() tfprotov6.ProviderServer {
		s, _ := NewServer(New(version)()) // as just now
		return s
	}, opts...)
}

// outlive has this process go on after a signal for as long as the Terraform is there
// that has started it. What ends a job, such as timeout(1), a CI system or systemd,
// signals all of its processes: Terraform takes that as an interrupt, and stops its
// providers itself, which puts the weights of drains back. A provider that is gone
// by then has left them at 0. Ctrl-C is dealt with likewise by the library that
// serves the protocol.
func outlive(s os.Signal) {
	terraform := os.Getppid()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, s)
	go func() {
		for range signals {
			if os.Getppid() != terraform {
				os.Exit(1)
			}
		}
	}()
}

// protocol is all of the plugin protocol that the framework's server serves.
type protocol interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

// server lets an action that is interrupted say what became of it. The library that
// serves the protocol drops whatever comes once it has ended its contexts, and
// Terraform takes an action of which it hears nothing for one that succeeded: it goes
// on to the change that the action was to come before, such as the destruction of a
// server whose drain was interrupted. So the stop of the provider, which ends the
// framework's contexts first, is not over before the actions are.
type server struct {
	protocol
	actions sync.WaitGroup
}

// NewServer is a provider as the plugin protocol has it.
func NewServer(p provider.Provider) (tfprotov6.ProviderServer, error) {
	inner, ok := providerserver.NewProtocol6(p)().(protocol)
	if !ok {
		return nil, errors.New("the framework serves no list resources or actions")
	}
	return &server{protocol: inner}, nil
}

func (s *server) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	s.actions.Add(1)
	stream, err := s.protocol.InvokeAction(ctx, req)
	if err != nil {
		s.actions.Done()
		return nil, err
	}
	events := stream.Events
	stream.Events = func(push func(tfprotov6.InvokeActionEvent) bool) {
		defer s.actions.Done()
		events(push)
	}
	return stream, nil
}

func (s *server) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	resp, err := s.protocol.StopProvider(ctx, req)
	s.actions.Wait()
	return resp, err
}
