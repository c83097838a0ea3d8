package keylog

import (
	"bytes"
	"fmt"
)

// MaxLine is the length of the longest line that is read, in bytes, without the LF
// or CR LF at its end. A longer line is malformed, unless it is a comment.
const MaxLine = 4096

// A LineError says that a line is not one of a key log. It holds nothing of the
// line, which may be a secret.
type LineError struct {
	Line   int    // from 1
	Reason string // what is wrong
}

// Error implements error: it says which line, and what is wrong with it.
func (e *LineError) Error() string {
	return fmt.Sprintf("key log, line %d: %s", e.Line, e.Reason)
}

// Stats are how many lines a parser has read, by what they were.
type Stats struct {
	Lines     int // all, empty ones and comments too
	Secrets   int // with a secret that was kept
	Ignored   int // well-formed, with a label that is not kept, such as EXPORTER_SECRET
	Malformed int // each of them was told of

	UTF16 bool // the text is UTF-16, as PowerShell's > writes it; it is read like any other
}

// A Parser reads a key log in chunks of any size into a store. A malformed line
// does not end the parsing. One goroutine uses a parser at a time.
//
// To follow a file that grows, io.Copy it into the parser whenever it may have
// grown, then call Flush. Each copy begins where the last one ended.
type Parser struct {
	store *Store
	warn  func(*LineError)
	text  textDecoder
	cut   []byte // what has come of a line whose end has not come
	over  bool   // that line is longer than MaxLine: cut has its start
	pem   bool   // inside of a PEM block
	stats Stats
}

// NewParser returns a parser that adds to store. It calls warn, where that is not
// nil, with each malformed line, in order.
func NewParser(store *Store, warn func(*LineError)) *Parser {
	return &Parser{store: store, warn: warn}
}

// Write reads the lines that end in b. It takes all of b, and never fails.
func (p *Parser) Write(b []byte) (int, error) {
	p.text.write(b, p)
	return len(b), nil
}

// take reads the lines that end in b.
func (p *Parser) take(b []byte) {
	for {
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			p.keep(b)
			return
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

// keep keeps b, which is of the line whose end has not come.
func (p *Parser) keep(b []byte) {
	// One byte more than a line may have, since it may be the CR of its end.
	if room := MaxLine + 1 - len(p.cut); len(b) > room {
		b, p.over = b[:room], true
	}
	p.cut = append(p.cut, b...)
}

// Flush reads the last line where it is well-formed, though its end has not come: a
// file that grows may stop there for long. The line is read again, and counted,
// when its end comes. Of a secret of 48 bytes, the first 32 look like a whole one:
// whoever uses it knows from the cipher suite how long it has to be.
func (p *Parser) Flush() {
	if len(p.cut) == 0 || p.over || p.pem {
		return
	}
	if e, fault := parseLine(p.cut); fault == "" && e.kept {
		_ = p.store.Add(e.random, e.label, e.secret()) // parseLine has checked the length
	}
}

// Close reads the last line like any other, where it has no end. What is written
// afterwards is another line. Close never fails.
func (p *Parser) Close() error {
	p.text.close(p)
	if len(p.cut) > 0 {
		p.line(p.cut, p.over)
		p.cut, p.over = p.cut[:0], false
	}
	return nil
}

// Stats returns how many lines were read so far.
func (p *Parser) Stats() Stats { return p.stats }

// line reads a whole line or, where over is set, the start of one that is too long.
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
	if p.isPEM(b) {
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

// isPEM tells whether a line is one of a PEM block. Of a block it tells once: someone has
// given the server's key in place of a key log.
func (p *Parser) isPEM(b []byte) bool {
	begins := bytes.HasPrefix(b, []byte("-----BEGIN "))
	switch {
	case begins && bytes.Contains(b, []byte("PRIVATE KEY")):
		p.fault("is a private key, and no key log: since TLS 1.3 the server's key opens nothing; a key log is what the client or the server writes where SSLKEYLOGFILE names a file")
	case begins:
		p.fault("is a PEM block, and no key log")
	}
	was := p.pem
	p.pem = (begins || was) && !bytes.HasPrefix(b, []byte("-----END "))
	return begins || was
}

// fault tells of a malformed line.
func (p *Parser) fault(reason string) {
	p.stats.Malformed++
	if p.warn != nil {
		p.warn(&LineError{Line: p.stats.Lines, Reason: reason})
	}
}
