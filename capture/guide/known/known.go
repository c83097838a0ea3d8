// Package known has the implementations of AnyTLS that are known by name: how each is found,
// started and configured as a server and as a client, what its log says of heartbeats, and what is
// known of how it behaves. They are a table in TOML (table.toml), which users add to.
//
// Several implementations call their programs alike. What a program is, its build information says
// where it is written in Go, cargo's record where cargo installed it, and else what it prints when it is
// asked, by [process.Ask].
package known

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"anytls-inspect/capture/guide/process"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

//go:embed table.toml
var builtin []byte

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

	table *Table // has the others that programs may be, too
}

// A Role is how an implementation is run as one end.
type Role struct {
	Programs []string // the names that its program may have on PATH, the usual one first; or paths
	Command  process.Command
	Identity Identity
}

// An Identity says how to tell a program from others of its name, and its version. Where it says
// nothing, any program of that name will do that is none of the others in the table.
type Identity struct {
	Module  string         // the path of the main module of a program in Go, as its build information has it
	Crate   string         // the crate that cargo installed a program in Rust from, as cargo's record has it
	Args    []string       // beside it or without: what makes the program say what it is
	Match   *regexp.Regexp // what only this program's answer matches; its group "version", if there is one, is the version; may be nil
	Version []string       // what makes it say its version, where Args do not
}

// A Program is a program that was found.
type Program struct {
	Path    string // absolute
	Version string // printable; empty: it does not tell
}

// Builtin returns the implementations that the program itself knows.
func Builtin() *Table {
	t := new(Table)
	if err := t.Add("table.toml", builtin); err != nil {
		panic(err) // it is part of the program
	}
	return t
}

// Find returns an implementation by its name, whatever its case. The error names those that there
// are.
func (t *Table) Find(name string) (*Implementation, error) {
	if i := t.index(name); i >= 0 {
		return &t.Implementations[i], nil
	}
	return nil, fmt.Errorf("no implementation is known as %s; known are %s", protocol.Printable(name), strings.Join(t.Names(), ", "))
}

// Names returns the names of all, in their order.
func (t *Table) Names() []string {
	var names []string
	for i := range t.Implementations {
		names = append(names, t.Implementations[i].Name)
	}
	return names
}

// index returns where in the table a name is; -1: nowhere.
func (t *Table) index(name string) int {
	return slices.IndexFunc(t.Implementations, func(i Implementation) bool { return strings.EqualFold(i.Name, name) })
}

// Role returns how it is run as one end; nil: it can't be.
func (i *Implementation) Role(end protocol.Peer) *Role {
	if end == protocol.Client {
		return i.Client
	}
	return i.Server
}

// Command returns what starts a program as one end, which it can be.
func (i *Implementation) Command(end protocol.Peer, p Program) process.Command {
	command := i.Role(end).Command
	command.Words = append([]string{p.Path}, command.Words[1:]...)
	command.Env = slices.Clone(command.Env)
	return command
}

// Peer returns what a report calls a program. One that was not found is not called untried.
func (i *Implementation) Peer(p Program) report.Peer {
	untried := p.Path != "" && !slices.Contains(i.Tried, p.Version)
	return report.Peer{Name: i.Name, Version: p.Version, Language: i.Language, Untried: untried}
}
