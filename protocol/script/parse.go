package script

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// Limits on a text, since a few words can ask for many bytes.
const (
	// maxLine is the most bytes of one line: what the longest preamble has.
	maxLine = protocol.PreambleLen + protocol.MaxData
	// maxWire is the most bytes of all lines.
	maxWire = 16 << 20
)

// Parse reads a script. Where a line is not understood it returns an error that names
// the line and what is wrong with it, and the script up to there. The package comment
// has the language.
func Parse(text string) (Script, error) {
	r := reader{session: 1, room: maxWire}
	n := 0
	for raw := range strings.SplitSeq(text, "\n") {
		n++
		if err := r.line(n, raw); err != nil {
			return r.script, fmt.Errorf("line %d: %s: %w", n, excerpt(raw), err)
		}
	}
	return r.script, nil
}

// excerpt returns a line in a form that is safe to print, and not too long.
func excerpt(text string) string {
	const most = 80
	text = strings.Trim(text, spaces)
	end := ""
	if len(text) > most {
		cut := most
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text, end = text[:cut], "…"
	}
	if !isReadable(text) {
		text = string(appendQuoted(nil, text))
	}
	return text + end
}

// A reader reads a script, line by line.
type reader struct {
	script  Script
	session uint32 // that the next line is of
	room    int    // bytes that the script may still have
}

// line reads line n.
func (r *reader) line(n int, text string) error {
	l, err := split(text)
	if err != nil || len(l) == 0 {
		return err
	}
	first, _ := l.next("")
	if first.quoted {
		return errors.New("no line begins with text")
	}
	var st Step
	switch first.text {
	case "config":
		return r.config(l)
	case "c>", "s>":
		dir, _ := parseSide(first.text)
		st, err = parseData(dir, l)
	case "+":
		st, err = parseWait(l)
	case "gap":
		st, err = parseGap(l)
	case "unseen":
		st, err = parseUnseen(l)
	case "order":
		st, err = parseOrder(l)
	case "gone":
		st, err = parseGone(l)
	case "blocked":
		st, err = parseBlocked(l)
	case "unblocked":
		st, err = parseUnblocked(l)
	case "waits":
		st, err = parseWaits(l)
	case "goes":
		st, err = parseGoes(l)
	case "tls":
		st, err = parseTLS(l)
	case "rule":
		st, err = parseRule(l)
	case "close":
		st, err = parseClose(l)
	case "session":
		var opens bool
		if st, opens, err = r.open(l); !opens {
			return err
		}
	default:
		return fmt.Errorf("no line begins with %q", first.text)
	}
	if err != nil {
		return err
	}
	if r.room -= len(st.Wire); r.room < 0 {
		return fmt.Errorf("the script has more than %d bytes", maxWire)
	}
	st.Line, st.Session = n, r.session
	r.script.Steps = append(r.script.Steps, st)
	return nil
}

// config reads the rest of a config line.
func (r *reader) config(l line) error {
	for _, w := range l {
		key, value, found := strings.Cut(w.text, "=")
		if !found || key == "" {
			return fmt.Errorf("%q is no key=value", w.text)
		}
		r.script.Config = append(r.script.Config, protocol.KeyValue{Key: key, Value: value})
	}
	return nil
}

// open reads the rest of a session line. opens tells whether it is a step.
func (r *reader) open(l line) (st Step, opens bool, err error) {
	n, err := l.number("the session's number", 32)
	if err != nil {
		return st, false, err
	}
	if len(l) > 0 {
		from, _ := l.next("")
		st, opens = Step{Kind: Open, Text: from.text}, true
	}
	if err := l.end(); err != nil {
		return st, false, err
	}
	r.session = uint32(n)
	return st, opens, nil
}

// parseWait reads the rest of a line of time.
func parseWait(l line) (Step, error) {
	var text strings.Builder
	for _, w := range l {
		text.WriteString(w.text)
	}
	d, err := time.ParseDuration(text.String())
	if err == nil && d < 0 {
		err = errors.New("time does not pass backwards")
	}
	return Step{Kind: Wait, Wait: d}, err
}

// parseGone reads the rest of a line of a peer's end.
func parseGone(l line) (Step, error) {
	dir, err := l.side()
	if err != nil {
		return Step{}, err
	}
	return Step{Kind: Gone, Dir: dir}, l.end()
}

// parseClose reads the rest of a line of a session's end.
func parseClose(l line) (Step, error) {
	who, err := l.next("who ended it")
	if err != nil {
		return Step{}, err
	}
	for by := session.ClosedByClient; by <= session.ClosedByCapture; by++ {
		if by.String() != who.text {
			continue
		}
		st := Step{Kind: Close, By: by}
		if len(l) > 0 {
			why, _ := l.next("")
			st.Text = why.text
		}
		return st, l.end()
	}
	return Step{}, fmt.Errorf("nobody called %q can end a session", who.text)
}

// parseSide returns the direction in which a side sends.
func parseSide(text string) (protocol.Direction, error) {
	switch text {
	case "c", "c>":
		return protocol.ClientToServer, nil
	case "s", "s>":
		return protocol.ServerToClient, nil
	default:
		return 0, fmt.Errorf("%q is no side, want c or s", text)
	}
}
