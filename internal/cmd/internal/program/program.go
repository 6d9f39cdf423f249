// Package program is what the programs under internal/cmd have in common: they end
// in order at a signal, explain wrong arguments, and end with the same exit statuses.
package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit statuses.
const (
	OK          = 0
	Failed      = 1
	Misused     = 2   // wrong arguments
	Interrupted = 130 // as a shell has it
)

// Main runs a command with the arguments and streams of this process, and ends the
// process with the command's exit status. The first interrupt or SIGTERM ends the
// context, the second the process.
func Main(command func(ctx context.Context, args []string, stdout, stderr io.Writer) int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(command(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// Program is one call of a program: its flags, and where it says what.
type Program struct {
	*flag.FlagSet
	usage          string
	stdout, stderr io.Writer
}

// New is a call of the program of a name. Its usage is all that --help prints.
func New(name, usage string, stdout, stderr io.Writer) *Program {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	return &Program{f, usage, stdout, stderr}
}

// misuse is an error of who typed the arguments.
type misuse struct{ error }

// Misuse makes that of an error which shows only when work has begun.
func Misuse(err error) error { return misuse{err} }

// Parse reads flags, of which check says what is wrong with their values, if it is
// not nil, and then at most so many other arguments. The error is for Status.
func (p *Program) Parse(args []string, most int, check func() error) error {
	err := p.FlagSet.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err == nil && p.NArg() > most:
		err = fmt.Errorf("unexpected argument %q", p.Arg(most))
	case err == nil && check != nil:
		err = check()
	}
	if err != nil {
		return misuse{err}
	}
	return nil
}

// Status says how the program ended, if not well, and is its exit status.
func (p *Program) Status(ctx context.Context, err error) int {
	switch wrong := (misuse{}); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(p.stdout, p.usage)
		return OK
	case errors.As(err, &wrong):
		fmt.Fprintf(p.stderr, "%s: %v\n--help lists the flags.\n", p.Name(), err)
		return Misused
	case ctx.Err() != nil:
		fmt.Fprintf(p.stderr, "%s: interrupted\n", p.Name())
		return Interrupted
	case err != nil:
		fmt.Fprintf(p.stderr, "%s: %v\n", p.Name(), err)
		return Failed
	}
	return OK
}
