// Package process starts programs that others give, each in a process group of its own, with
// their output in a file, and says what can be known of them: whether they listen, how they
// ended, what they wrote last, how much CPU time they took.
package process

import (
	"context"
	"time"
)

// A Command is a command line with placeholders, such as {listen}.
type Command struct {
	Words  []string // the program and its arguments
	Env    []string // NAME=VALUE, beside the environment of this process
	Config string   // the text of a configuration file, which {config} names; empty: there is none
}

// Parse splits a command line into words, as a shell does, but runs none.
func Parse(text string) (Command, error) { panic("to be built") }

// Values are what placeholders stand for. One that is empty stands for nothing that the end may use.
type Values struct {
	Listen   string // {listen}, {listen_host}, {listen_port}: where a server is to listen
	Server   string // {server}, {server_host}, {server_port}: where a client finds its server
	Socks    string // {socks}, {socks_host}, {socks_port}: where a client's SOCKS inbound is to listen
	Password string // {password}
	Cert     string // {cert}: a PEM file with the server's certificate
	Key      string // {key}: a PEM file with its key
	CA       string // {ca}: a PEM file with the authority that a client may verify with
	Dir      string // {dir}: a folder for the program's files
}

// Check tells what is wrong with a command, before anything is started: a placeholder that
// nobody knows, or that must be there and is not.
func (c Command) Check(required ...string) error { panic("to be built") }

// A Process is a program that was started.
type Process struct{}

// Start starts a command in its own process group. The name is what errors call it; its standard
// output and error go to the file at log, which is created with mode 0600. A configuration file
// is written into Values.Dir, mode 0600.
func Start(name string, c Command, v Values, log string) (*Process, error) { panic("to be built") }

// Ready waits until something accepts TCP connections at addr. It returns an error, with the last
// lines of the program's output, if the program ends before that, or within is over, or ctx ends.
func (p *Process) Ready(ctx context.Context, addr string, within time.Duration) error {
	panic("to be built")
}

// Stop ends the program and all of its process group: it asks, and kills what has not ended soon
// after. It returns when the program is gone. It may be called again.
func (p *Process) Stop() { panic("to be built") }

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { panic("to be built") }

// Ended says how the program ended, with the last lines of its output. It is nil while it runs,
// and where Stop ended it.
func (p *Process) Ended() error { panic("to be built") }

// PID returns the process id.
func (p *Process) PID() int { panic("to be built") }

// Log returns the path of the file with its output.
func (p *Process) Log() string { panic("to be built") }

// FreeAddr returns an address of 127.0.0.1 at which nothing listens, another one each time.
func FreeAddr() (string, error) { panic("to be built") }
