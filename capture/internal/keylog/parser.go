package keylog

import (
	"bytes"
	"fmt"
)

// MaxLine is the length of the longest line that is read, in bytes without its
// end, LF or CR LF. A longer one is malformed, unless it is a comment.
const MaxLine = 4096

// A LineError is a line that is not one of a key log. It holds nothing of what
// the line says, which may be a secret.
type LineError struct {
	Line   int    // from 1
	Reason string // what is wrong
}

// Error says which line, and what is wrong with it.
func (e *LineError) Error() string {
	return fmt.Sprintf("key log, line %d: %s", e.Line, e.Reason)
}

// Stats count the lines that a parser has read.
type Stats struct {
	Lines     int // all, also empty ones and comments
	Secrets   int // that were kept
	Ignored   int // well-formed, with a label that is not used here (EXPORTER_SECRET, ...)
	Malformed int // each of which was reported
}

// A Parser reads a key log in pieces of any size into a store. A malformed line
// is reported and doesn't end the parsing. A Parser is for one goroutine; many
// may fill one store.
//
// To follow a file that grows, io.Copy it into the parser whenever it may have
// grown (the copy begins where the last one ended), then call Flush.
type Parser struct {
	store  *Store
	report func(*LineError)
	cut    []byte // what came so far of a line whose end has not come
	over   bool   // that line is longer than MaxLine: cut has its start
	stats  Stats
}

// NewParser returns a parser that adds to store and calls report, where it is
// not nil, for each malformed line, in order.
func NewParser(store *Store, report func(*LineError)) *Parser {
	return &Parser{store: store, report: report}
}

// Write reads the lines that end in b. It takes all of b and never fails.
func (p *Parser) Write(b []byte) (int, error) {
	n := len(b)
	for {
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			p.keep(b)
			return n, nil
		}
		if len(p.cut) > 0 {
			p.keep(b[:end])
			p.line(p.cut, p.over)
			p.cut, p.over = p.cut[:0], false
		} else {
			p.line(b[:end], false)
		}
		b = b[end+1:]
	}
}

// keep adds to the line whose end has not come.
func (p *Parser) keep(b []byte) {
	// One byte more than a line may have: it may be the CR of its end.
	if room := MaxLine + 1 - len(p.cut); len(b) > room {
		b, p.over = b[:room], true
	}
	p.cut = append(p.cut, b...)
}

// Flush reads the last line though its end has not come yet, if it is
// well-formed. The line stays as it is: it is read again, and counted, when its
// end comes, so that Flush is right for a file that grows. Mind that a secret of
// 48 bytes that is cut may look like one of 32; whoever uses it knows by its
// suite how long it has to be.
func (p *Parser) Flush() {
	if len(p.cut) == 0 || p.over {
		return
	}
	if e, fault := parseLine(p.cut); fault == "" && e.kept {
		_ = p.store.Add(e.random, e.label, e.secret()) // parseLine has checked the length
	}
}

// Close reads the last line, if it has no end, like any other. The parser may
// be written to again: it goes on with the next line.
func (p *Parser) Close() error {
	if len(p.cut) > 0 {
		p.line(p.cut, p.over)
		p.cut, p.over = p.cut[:0], false
	}
	return nil
}

// Stats returns what was read so far.
func (p *Parser) Stats() Stats { return p.stats }

// line reads a whole line, or, if over, the first part of one that is too long.
func (p *Parser) line(b []byte, over bool) {
	p.stats.Lines++
	if len(b) > MaxLine+1 {
		b, over = b[:MaxLine+1], true
	}
	if p.stats.Lines == 1 {
		b = bytes.TrimPrefix(b, []byte("\ufeff")) // some editors' byte order mark
	}
	b = bytes.Trim(b, " \t\r")
	if len(b) == 0 || b[0] == '#' {
		return
	}
	if over || len(b) > MaxLine {
		p.fault(fmt.Sprintf("longer than %d bytes", MaxLine))
		return
	}
	e, fault := parseLine(b)
	switch {
	case fault != "":
		p.fault(fault)
	case !e.kept:
		p.stats.Ignored++
	default:
		p.stats.Secrets++
		_ = p.store.Add(e.random, e.label, e.secret()) // parseLine has checked the length
	}
}

func (p *Parser) fault(reason string) {
	p.stats.Malformed++
	if p.report != nil {
		p.report(&LineError{Line: p.stats.Lines, Reason: reason})
	}
}
