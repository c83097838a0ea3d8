package process

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/charmbracelet/x/ansi"
)

// Patterns find the guide's lines in the log of an end. They are regular expressions; an empty
// one stands for the common one.
type Patterns struct {
	Received string // HeartRequest received
	Sent     string // HeartResponse sent
	Response string // HeartResponse received
	Trouble  string // an error or a warning
	Harmless string // of those, what is none; empty: nothing
}

// Lines are what a log has of one kind.
type Lines struct {
	Count uint64
	// First is printable, without ANSI escapes, cut where it is long; empty: none. Of trouble it is
	// the first error, if there is one, or else the first warning.
	First string
	// Errors is how many are errors, of trouble; the others are warnings.
	Errors uint64
}

// Findings are what a log has.
type Findings struct {
	Lines                             uint64 // all that were read
	Received, Sent, Response, Trouble Lines
}

// ReadLog reads a log from one offset to another, in bytes; to < 0: its end. Lines are looked at
// as far as 4 KiB. A log that is shorter than from is another one by now, which is an error, and so
// is one that is not read when ctx ends: nothing bounds what a program writes.
func (p Patterns) ReadLog(ctx context.Context, path string, from, to int64) (Findings, error) {
	finders, err := p.finders()
	if err != nil {
		return Findings{}, err
	}
	// Whoever opens a pipe or a device may wait for ever.
	stat, err := os.Stat(path)
	switch {
	case err != nil:
		return Findings{}, err
	case !stat.Mode().IsRegular():
		return Findings{}, fmt.Errorf("%s is not a file", quote(path))
	case stat.Size() < from:
		return Findings{}, fmt.Errorf("%s was shortened or replaced meanwhile", quote(path))
	case to < 0:
		to = stat.Size()
	}
	f, err := os.Open(path)
	if err != nil {
		return Findings{}, err
	}
	defer f.Close()
	var read uint64
	err = eachLine(ctx, io.NewSectionReader(f, from, max(0, to-from)), func(line []byte) {
		read++
		text := plain(line)
		for _, f := range finders {
			f.look(text)
		}
	})
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%s is too long to be read in time: %d lines were", quote(path), read)
	}
	return Findings{
		Lines: read, Received: finders[received].lines(), Sent: finders[sent].lines(),
		Response: finders[response].lines(), Trouble: finders[trouble].lines(),
	}, err
}

// plain returns a line without ANSI escapes.
func plain(line []byte) string {
	if bytes.IndexByte(line, 0x1b) < 0 && bytes.IndexByte(line, 0xc2) < 0 && bytes.IndexByte(line, 0x9b) < 0 {
		return string(line)
	}
	return ansi.Strip(string(line))
}

// The kinds of lines, in the order of the finders.
const (
	received = iota
	sent
	response
	trouble
	kinds
)

// A finder counts lines of one kind. Programs say the same in several lines, as when a frame
// comes and when it is dealt with: of the ways to say it, the first that a log has counts.
type finder struct {
	ways   []func(line string) bool
	found  []Lines // by way
	levels bool    // errors are told from warnings
}

func (f *finder) look(line string) {
	for i, is := range f.ways {
		found := &f.found[i]
		if is(line) {
			wrong := f.levels && !isWarning(line)
			if found.Count == 0 || wrong && found.Errors == 0 {
				found.First = shownTo(line, maxFirst)
			}
			found.Count++
			if wrong {
				found.Errors++
			}
		}
		if found.Count > 0 {
			return // the ways behind it don't count any more
		}
	}
}

func (f *finder) lines() Lines {
	for _, lines := range f.found {
		if lines.Count > 0 {
			return lines
		}
	}
	return Lines{}
}

func (p Patterns) finders() (finders [kinds]*finder, err error) {
	given := [kinds]string{received: p.Received, sent: p.Sent, response: p.Response, trouble: p.Trouble}
	names := [kinds]string{"HeartRequest received", "HeartResponse sent", "HeartResponse received", "trouble"}
	for kind := range kinds {
		ways := common(kind)
		if given[kind] != "" {
			own, err := compile(names[kind], given[kind])
			if err != nil {
				return finders, err
			}
			ways = []func(string) bool{own.MatchString}
		}
		finders[kind] = &finder{ways: ways, found: make([]Lines, len(ways)), levels: kind == trouble}
	}
	if p.Harmless != "" {
		harmless, err := compile("harmless trouble", p.Harmless)
		if err != nil {
			return finders, err
		}
		is := finders[trouble].ways[0]
		finders[trouble].ways[0] = func(line string) bool { return is(line) && !harmless.MatchString(line) }
	}
	return finders, nil
}

func compile(name, pattern string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("the pattern for lines of %s: %w", name, err)
	}
	return re, nil
}
