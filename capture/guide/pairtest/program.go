package pairtest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Role is the environment variable that makes a program of a test's binary: "server" or "client".
const Role = "ANYTLS_PAIRTEST"

// Main runs the program that the environment names, and exits with its code. It returns where the
// environment names none. A TestMain calls it first.
func Main() {
	switch os.Getenv(Role) {
	case "server":
		ServerMain()
	case "client":
		ClientMain()
	}
}

// ServerMain is the server as a program, with the flags of the command line. It never returns.
//
//	-l ADDR -p PASSWORD [-cert FILE -key FILE] [-fault FAULT,…]
func ServerMain() {
	p := newProgram("server")
	cert := p.flags.String("cert", "", "a PEM `file` with the certificate")
	key := p.flags.String("key", "", "a PEM `file` with its key")
	p.run(func(ctx context.Context, l net.Listener) error {
		cfg := ServerConfig{Password: p.password, Fault: p.fault, Logf: log.Printf}
		if *cert != "" {
			pair, err := tls.LoadX509KeyPair(*cert, *key)
			if err != nil {
				return err
			}
			cfg.Certificate = &pair
		}
		return Server(ctx, l, cfg)
	})
}

// ClientMain is the client as a program, with the flags of the command line. It never returns.
//
//	-l SOCKS -s SERVER -p PASSWORD [-ca FILE] [-idle DURATION] [-heartbeat DURATION] [-fault FAULT,…]
func ClientMain() {
	p := newProgram("client")
	server := p.flags.String("s", "", "the server's `address`")
	ca := p.flags.String("ca", "", "a PEM `file` to verify the server with; without it nothing is verified")
	idle := p.flags.Duration("idle", idleTimeout, "close sessions that are idle for so `long`")
	heartbeat := p.flags.Duration("heartbeat", 0, "send heartbeats of its own, so `long` apart")
	p.run(func(ctx context.Context, l net.Listener) error {
		cfg := ClientConfig{Server: *server, Password: p.password, Idle: *idle, Heartbeat: *heartbeat, Fault: p.fault, Logf: log.Printf}
		if *ca != "" {
			text, err := os.ReadFile(*ca)
			if err != nil {
				return err
			}
			cfg.Roots = x509.NewCertPool()
			if !cfg.Roots.AppendCertsFromPEM(text) {
				return fmt.Errorf("%s holds no certificate", *ca)
			}
		}
		return Client(ctx, l, cfg)
	})
}

// A program is what the two have in common.
type program struct {
	flags            *flag.FlagSet
	listen, password string
	fault            Fault
}

func newProgram(name string) *program {
	p := &program{flags: flag.NewFlagSet(name, flag.ExitOnError)}
	p.flags.StringVar(&p.listen, "l", "", "listen at `address`")
	p.flags.StringVar(&p.password, "p", "", "the `password`")
	p.flags.Func("fault", "misbehave", func(text string) (err error) {
		p.fault, err = ParseFault(text)
		return err
	})
	return p
}

// run serves until a signal ends it, and exits: with 0 then, with 3 where it was to die, else
// with 1.
func (p *program) run(serve func(context.Context, net.Listener) error) {
	log.SetFlags(log.LstdFlags | log.Lmicroseconds)
	_ = p.flags.Parse(os.Args[1:]) // it exits at an error
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	ctx, stop := context.Background(), func() {}
	if p.fault.IgnoreTerm {
		signal.Ignore(signals...)
	} else {
		ctx, stop = signal.NotifyContext(ctx, signals...)
	}
	err := p.serve(ctx, serve)
	stop()
	switch {
	case errors.Is(err, ErrDied):
		log.Print("FATAL ", err)
		os.Exit(3)
	case err != nil:
		log.Print("ERROR ", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve serves until ctx ends.
func (p *program) serve(ctx context.Context, serve func(context.Context, net.Listener) error) error {
	if p.fault.Deaf {
		log.Print("INFO does not listen")
		select {
		case <-ctx.Done():
		case <-time.After(24 * time.Hour): // a program that waits for nothing is taken for a deadlock
		}
		return nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", p.listen)
	if err != nil {
		return err
	}
	return serve(ctx, l)
}
