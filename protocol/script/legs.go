package script

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"anytls-inspect/protocol"
)

// parseBlocked reads the rest of a line of bytes that do not move.
func parseBlocked(l line) (Step, error) {
	dir, err := l.side()
	if err != nil {
		return Step{}, err
	}
	n, err := l.number("the number of bytes that wait", 64)
	if err != nil {
		return Step{}, err
	}
	silent := l.skip("silent")
	since, err := l.lasting()
	return Step{Kind: Blocked, Dir: dir, Bytes: n, Silent: silent, For: since}, err
}

// parseUnblocked reads the rest of a line of bytes that move again.
func parseUnblocked(l line) (Step, error) {
	dir, err := l.side()
	if err != nil {
		return Step{}, err
	}
	return Step{Kind: Unblocked, Dir: dir}, l.end()
}

// parseWaits reads the rest of a line of heartbeats that can't be sent.
func parseWaits(l line) (Step, error) {
	dir, err := l.side()
	if err != nil {
		return Step{}, err
	}
	why, err := l.next("why they wait")
	if err != nil {
		return Step{}, err
	}
	since, err := l.lasting()
	return Step{Kind: Waits, Dir: dir, Text: why.text, For: since}, err
}

// parseGoes reads the rest of a line of heartbeats that can be sent again.
func parseGoes(l line) (Step, error) {
	dir, err := l.side()
	if err != nil {
		return Step{}, err
	}
	return Step{Kind: Goes, Dir: dir}, l.end()
}

// parseTLS reads the rest of a line of TLS that failed.
func parseTLS(l line) (Step, error) {
	if !l.skip("failed") {
		return Step{}, errors.New("of TLS it can only be said that it failed")
	}
	dir, err := l.side()
	if err != nil {
		return Step{}, err
	}
	why, err := l.next("why it failed")
	if err != nil {
		return Step{}, err
	}
	return Step{Kind: TLSFailed, Dir: dir, Text: why.text}, l.end()
}

// side takes the next word, a side, and returns the direction in which it sends.
func (l *line) side() (protocol.Direction, error) {
	side, err := l.next("the side")
	if err != nil {
		return 0, err
	}
	return parseSide(side.text)
}

// lasting takes the rest of the line: for how long already, if it says so.
func (l *line) lasting() (time.Duration, error) {
	if !l.skip("for") {
		return 0, l.end()
	}
	w, err := l.next("for how long")
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(w.text)
	if err != nil || d < 0 || w.quoted {
		return 0, fmt.Errorf("%q is no time, want something like 2.5s", w.text)
	}
	return d, l.end()
}

// appendLegs appends the line of a step that says something of the legs.
func (st *Step) appendLegs(dst []byte) []byte {
	switch st.Kind {
	case Blocked:
		dst = append(append(dst, "blocked "...), side(st.Dir)...)
		dst = strconv.AppendUint(append(dst, "> "...), st.Bytes, 10)
		if st.Silent {
			dst = append(dst, " silent"...)
		}
	case Unblocked:
		return append(append(append(dst, "unblocked "...), side(st.Dir)...), '>')
	case Waits:
		dst = append(append(append(dst, "waits "...), side(st.Dir)...), ' ')
		dst = appendQuoted(dst, st.Text)
	case Goes:
		return append(append(dst, "goes "...), side(st.Dir)...)
	default:
		dst = append(append(append(dst, "tls failed "...), side(st.Dir)...), ' ')
		return appendQuoted(dst, st.Text)
	}
	if st.For > 0 {
		dst = append(append(dst, " for "...), shortened(st.For)...)
	}
	return dst
}
