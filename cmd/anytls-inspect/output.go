package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/pflag"

	"anytls-inspect/capture/export"
	"anytls-inspect/capture/filter"
	"anytls-inspect/capture/journal"
	"anytls-inspect/tui"
)

// An outputKind is a kind of output, as -o names it.
type outputKind string

// The kinds of output.
const (
	outTUI   outputKind = "tui"
	outText  outputKind = "text"
	outJSON  outputKind = "json"
	outQuiet outputKind = "quiet"
)

// The defaults of -o, as the help names them.
const (
	standardScreen = "tui on a terminal, else text" // see screenOrText
	standardLines  = "text"
)

// screenOrText returns the kind of output that most commands have by default.
func screenOrText(terminal bool) outputKind {
	if terminal {
		return outTUI
	}
	return outText
}

// outputFlags say what is shown of the journal, and how much it keeps.
type outputFlags struct {
	kind, filter string
	secrets, all bool
	history      historyFlags
}

// register adds the flags of a command whose text is made of events. Standard says which
// kind of output is the default.
func (o *outputFlags) register(f *pflag.FlagSet, standard string) {
	o.registerLines(f, standard)
	f.BoolVar(&o.all, "all", false, "with -o text: print what each incident is made of, too (json has it always)")
	o.history.register(f)
}

// registerOwnText adds the flags of a command that has a text of its own.
func (o *outputFlags) registerOwnText(f *pflag.FlagSet, standard string) {
	o.registerLines(f, standard)
	o.history.register(f)
}

// registerLines adds the flags that say what is printed, and how much of it.
func (o *outputFlags) registerLines(f *pflag.FlagSet, standard string) {
	f.StringVarP(&o.kind, "output", "o", "", "print or show `KIND`: tui, text, json, quiet (default: "+standard+")")
	f.StringVarP(&o.filter, "filter", "f", "", "show only frames that match `EXPR`, such as 'cmd == \"PSH\" && stream == 3': that of rules, and more (docs/lab.md)")
	f.BoolVar(&o.secrets, "show-secrets", false, "print credential hashes and payload in full")
}

// An outputConfig says what is shown of the journal, and how much it keeps.
type outputConfig struct {
	kind    outputKind
	filter  *filter.Filter // which frames are shown; nil: all
	secrets bool           // credential hashes and payload are shown
	all     bool           // text has the effects of incidents, too
	limits  journal.Limits
}

// config returns what the flags say. Standard is the default kind; terminal says
// whether a screen can be shown.
func (o *outputFlags) config(standard outputKind, terminal bool) (outputConfig, error) {
	cfg := outputConfig{kind: outputKind(o.kind), secrets: o.secrets, all: o.all}
	switch cfg.kind {
	case "":
		cfg.kind = standard
	case outText, outJSON, outQuiet:
	case outTUI:
		if !terminal {
			return outputConfig{}, errors.New("-o tui needs a terminal on standard input and output")
		}
	default:
		return outputConfig{}, fmt.Errorf("-o %q is none of tui, text, json, quiet", o.kind)
	}
	if cfg.all && (cfg.kind == outTUI || cfg.kind == outQuiet) {
		return outputConfig{}, fmt.Errorf("--all goes with -o text, and not with -o %s", cfg.kind)
	}
	var err error
	if cfg.limits, err = o.history.config(); err != nil {
		return outputConfig{}, err
	}
	if o.filter != "" {
		if cfg.filter, err = filter.Compile(o.filter); err != nil {
			return outputConfig{}, err
		}
		cfg.limits.Facts = cfg.filter.NeedsFacts()
	}
	return cfg, nil
}

// writer returns what writes the journal's entries to standard output, nil where
// nothing does.
func (o *outputConfig) writer(stdout io.Writer) export.Writer {
	options := export.Options{Secrets: o.secrets, All: o.all, Today: time.Now()}
	if o.filter != nil {
		options.Match = o.filter.Match
	}
	switch o.kind {
	case outJSON:
		return export.NewJSON(stdout, options)
	case outText:
		return export.NewText(stdout, options)
	default:
		return nil
	}
}

// screen returns the options of a screen that shows the journal. The title says
// what is looked at.
func (o *outputConfig) screen(s *stdio, title string) tui.Options {
	options := tui.Options{Title: title, ShowSecrets: o.secrets, Input: s.in, Output: s.screenFile()}
	if o.filter != nil {
		options.Match, options.Filter = o.filter.Match, o.filter.String()
	}
	return options
}

// watchFilter sets the journal that a filter looks things up in, and has a filter that fails
// told once: in the journal, which the output and the screen show, and to the user.
func (o *outputConfig) watchFilter(j *journal.Journal, w *warner) {
	if o.filter == nil {
		return
	}
	o.filter.Over(j)
	o.filter.OnFailure(func(reason string) {
		j.Diagnose(time.Now(), journal.CodeFilterFailed, reason)
		w.warn(reason)
	})
}

// runScreen shows the journal on the screen until the user quits or ctx ends.
// Warnings wait until the screen is gone.
func runScreen(ctx context.Context, j *journal.Journal, w *warner, o tui.Options) error {
	w.hold()
	defer w.release()
	return tui.Run(ctx, j, o)
}
