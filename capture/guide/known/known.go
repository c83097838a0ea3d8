// Package known has the implementations of AnyTLS that are known by name: how each is found,
// started and configured as a server and as a client, what its log says of heartbeats, and what is
// known of how it behaves. They are a table in TOML (table.toml), which users add to.
package known

import (
	"context"

	"anytls-inspect/capture/guide/process"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

// A Table is the implementations that are known, by name.
type Table struct {
	Implementations []Implementation // in the order in which they are listed
}

// An Implementation is a program, or a pair of them, that speaks AnyTLS.
type Implementation struct {
	Name     string // as users name it: "anytls-rs"
	Author   string // whose it is, where a name alone says too little; may be empty
	Language string // "Go", "Rust"
	Source   string // where it can be had
	// Tried are the versions that the project's own interop run tries; none: it tries none.
	Tried  []string
	Server *Role // nil: it can't be one
	Client *Role
	Log    process.Patterns
	Habits []report.Habit // of both roles: Habit.Peer says of which, empty: of both
}

// A Role is how an implementation is run as one end.
type Role struct {
	Programs []string // the names that its program may have on PATH, the usual one first
	Command  process.Command
	Identity Identity
}

// An Identity says how to tell a program from others of its name, and its version.
type Identity struct {
	Module  string   // the path of the main module of a program in Go, as its build information has it
	Args    []string // else: what makes the program say what it is
	Match   string   // a regular expression that only this program's answer matches; its group "version", if there is one, is the version
	Version []string // what makes it say its version, where Args do not
}

// A Program is a program that was found.
type Program struct {
	Path    string // absolute
	Version string // empty: it does not tell
}

// Builtin returns the implementations that the program itself knows.
func Builtin() *Table { panic("to be built") }

// Add adds the implementations of a file in TOML; one with the name of another replaces it. The
// error says where in the file what is wrong, and what there may be.
func (t *Table) Add(file string, text []byte) error { panic("to be built") }

// Find returns an implementation by its name, whatever its case. The error names those that there
// are.
func (t *Table) Find(name string) (*Implementation, error) { panic("to be built") }

// Locate finds the program of one end: at path, a program or a folder that has it, or where path is
// empty, in the folders of PATH, the first that is this implementation and no other of the same name.
// The error says what was looked for, where, and how to name the path.
func (i *Implementation) Locate(ctx context.Context, end protocol.Peer, path string) (Program, error) {
	panic("to be built")
}

// Command returns what starts a program as one end.
func (i *Implementation) Command(end protocol.Peer, p Program) process.Command { panic("to be built") }

// Peer returns what a report calls a program.
func (i *Implementation) Peer(p Program) report.Peer { panic("to be built") }
