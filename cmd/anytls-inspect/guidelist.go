package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"anytls-inspect/capture/guide/known"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

// A listing is what is known of implementations, and which of their programs are found.
// docs/guide.md says what its keys mean.
type listing struct {
	Implementations []listedOne `json:"implementations"`
}

type listedOne struct {
	Name     string         `json:"name"`
	Author   string         `json:"author,omitempty"`
	Language string         `json:"language,omitempty"`
	Source   string         `json:"source,omitempty"`
	Tried    []string       `json:"tried"`  // none: untested
	Server   *listedEnd     `json:"server"` // nil: it can't be one
	Client   *listedEnd     `json:"client"`
	Log      listedLog      `json:"log"`
	Habits   []report.Habit `json:"habits"`
}

// A listedEnd is how an implementation is run as one end.
type listedEnd struct {
	Programs []string `json:"programs"`          // what they are called on PATH
	Path     string   `json:"path,omitempty"`    // of the one that is found
	Version  string   `json:"version,omitempty"` // empty: it does not tell
	Missing  string   `json:"missing,omitempty"` // why none is found
	Advice   string   `json:"advice,omitempty"`  // what to do about that
	Command  []string `json:"command"`
	Env      []string `json:"env,omitempty"`
	Config   string   `json:"config,omitempty"`
	Name     string   `json:"config_name,omitempty"`
	Early    bool     `json:"early,omitempty"` // it listens before it is ready
}

// A listedLog has the regular expressions of a log's lines; an empty one stands for the usual one.
type listedLog struct {
	Received string `json:"heart_request_received,omitempty"`
	Sent     string `json:"heart_response_sent,omitempty"`
	Response string `json:"heart_response_received,omitempty"`
	Trouble  string `json:"trouble,omitempty"`
	Harmless string `json:"harmless,omitempty"`
}

// runGuideList prints the implementations that are known by name; where some are named, all that is
// known of those.
func runGuideList(ctx context.Context, s *stdio, g *guideFlags, given *pflag.FlagSet, names []string) error {
	if err := checkList(g.output, given); err != nil {
		return usage(err)
	}
	table, err := g.table()
	if err != nil {
		return err
	}
	chosen, err := chosenOf(table, names)
	if err != nil {
		return usage(err)
	}
	ctx, stop := untilEnded(ctx)
	defer stop()
	patient, cancel := context.WithTimeout(ctx, listPatience)
	defer cancel()
	list := listingOf(patient, chosen, g.locate)
	if ctx.Err() != nil {
		return errEndedLooking
	}
	var text []byte
	switch {
	case g.output == string(outJSON):
		text = list.json()
	case len(names) > 0:
		text = list.details()
	default:
		text = list.overview()
	}
	_, err = s.out.Write(text)
	return err
}

// listPatience bounds how long programs are looked for.
const listPatience = 10 * time.Second

// checkList tells of flags that don't go with --list.
func checkList(output string, given *pflag.FlagSet) (err error) {
	given.Visit(func(f *pflag.Flag) {
		if !slices.Contains([]string{"list", "peers", "output"}, f.Name) && err == nil {
			err = fmt.Errorf("--%s is for a run, and --list runs nothing: leave one of the two out", f.Name)
		}
	})
	if err == nil && output != "" && output != string(outText) && output != string(outJSON) {
		err = fmt.Errorf("-o %q: --list prints text or json", output)
	}
	return err
}

// chosenOf returns the implementations that are named, or all where none is.
func chosenOf(table *known.Table, names []string) (chosen []*known.Implementation, err error) {
	for _, name := range names {
		i, err := table.Find(name)
		if err != nil {
			return nil, fmt.Errorf("--list: %w", err)
		}
		if !slices.Contains(chosen, i) {
			chosen = append(chosen, i)
		}
	}
	if len(names) > 0 {
		return chosen, nil
	}
	for i := range table.Implementations {
		chosen = append(chosen, &table.Implementations[i])
	}
	return chosen, nil
}

// listingOf looks for the programs of implementations.
func listingOf(ctx context.Context, chosen []*known.Implementation, locate locator) listing {
	list := listing{Implementations: make([]listedOne, len(chosen))}
	var looks []func()
	look := func(i *known.Implementation, end protocol.Peer) *listedEnd {
		if i.Role(end) == nil {
			return nil
		}
		listed := newListedEnd(i, end)
		looks = append(looks, func() { listed.find(ctx, i, end, locate) })
		return listed
	}
	for n, i := range chosen {
		list.Implementations[n] = listedOne{
			Name: i.Name, Author: i.Author, Language: i.Language, Source: i.Source, Tried: append([]string{}, i.Tried...),
			Server: look(i, protocol.Server), Client: look(i, protocol.Client),
			Log: listedLog(i.Log), Habits: append([]report.Habit{}, i.Habits...),
		}
	}
	lookAtOnce(looks)
	return list
}

// newListedEnd returns how an implementation is run as an end.
func newListedEnd(i *known.Implementation, end protocol.Peer) *listedEnd {
	programs := i.Role(end).Programs
	command := i.Command(end, known.Program{Path: programs[0]})
	return &listedEnd{
		Programs: programs, Command: command.Words, Env: command.Env, Config: command.Config, Name: command.ConfigName,
		Early: command.Early,
	}
}

// find looks for the end's program on PATH.
func (e *listedEnd) find(ctx context.Context, i *known.Implementation, end protocol.Peer, locate locator) {
	program, err := locate(ctx, i, end, "")
	if err != nil {
		e.Missing = err.Error()
		if missing := (*known.MissingError)(nil); errors.As(err, &missing) {
			e.Missing, e.Advice = missing.Why, missing.How
		}
		return
	}
	e.Path, e.Version = program.Path, program.Version
}

// json returns the list for programs.
func (l *listing) json() []byte {
	text, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		panic(err) // it is made of texts
	}
	return append(text, '\n')
}
