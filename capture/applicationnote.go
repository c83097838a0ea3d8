package capture

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"anytls-inspect/protocol"
)

// The parts of the note on an application.
const (
	appliedPrefix = "applied "
	appliedRule   = "rule "
	appliedStream = "stream "
	appliedAll    = "all"
	appliedWaits  = "waits"
	appliedEnded  = "ended after "
	appliedAgain  = "again"
	appliedUndone = "not done"
)

// maxAction bounds the word for what a rule does, in bytes.
const maxAction = 32

// applicationNote is [StateNote] for an Applied event. The length is the header's, so that of
// a preamble is padding0's.
func applicationNote(e *Event) string {
	a := e.Application
	if a == nil {
		return ""
	}
	text := fmt.Sprintf("%s%v %s%d %s ", appliedPrefix, e.Dir, appliedRule, a.Rule, a.Action)
	if a.Preamble {
		text += PreambleName
	} else {
		text += a.Header.Command.String()
	}
	if a.Header.Stream != 0 {
		text += ", " + appliedStream + strconv.FormatUint(uint64(a.Header.Stream), 10)
	}
	text += ", " + strconv.Itoa(int(a.Header.Length)) + noteBytes
	if a.All {
		text += ", " + appliedAll
	}
	if a.Waits {
		text += ", " + appliedWaits
	}
	if a.Ended {
		text += ", " + appliedEnded + a.Held.String()
	}
	if a.Again {
		text += ", " + appliedAgain
	}
	if a.Undone {
		text += ", " + appliedUndone
	}
	if a.Text != "" {
		text += ": " + a.Text[:min(len(a.Text), maxWhy)]
	}
	return text
}

// parseApplication returns the Applied event that the rest of a comment tells of.
func parseApplication(text string) (e Event, ok bool) {
	what, why, explained := strings.Cut(text, ": ")
	dir, what, _ := strings.Cut(what, " ")
	a := &Application{Text: shown(why[:min(len(why), maxWhy)])}
	e.Kind, e.Application = Applied, a
	what, ok = strings.CutPrefix(what, appliedRule)
	if !ok || explained != (why != "") || !parseDirection(dir, &e.Dir) {
		return Event{}, false
	}
	number, what, _ := strings.Cut(what, " ")
	action, what, _ := strings.Cut(what, " ")
	rule, err := strconv.ParseUint(number, 10, 16)
	if err != nil || rule == 0 || !isWord(action) {
		return Event{}, false
	}
	a.Rule, a.Action = uint16(rule), action
	command, rest, more := strings.Cut(what, ", ")
	if !a.parseCommand(command) {
		return Event{}, false
	}
	measured := false
	for more {
		var part string
		part, rest, more = strings.Cut(rest, ", ")
		if !a.parse(part, &measured) {
			return Event{}, false
		}
	}
	return e, measured
}

// shown returns a printable text as it is, also one in which bytes are escaped already.
func shown(text string) string {
	for _, r := range text {
		if r == utf8.RuneError || !protocol.IsPrint(r) {
			return protocol.Printable(text)
		}
	}
	return text
}

// isWord tells whether text is the word for what a rule does.
func isWord(text string) bool {
	return text != "" && len(text) <= maxAction && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// parseCommand takes what the note calls the frame.
func (a *Application) parseCommand(name string) bool {
	if name == PreambleName {
		a.Preamble = true
		return true
	}
	code, unknown := strings.CutPrefix(strings.TrimSuffix(name, ")"), "unknown(")
	if unknown {
		name = code
	}
	c, err := protocol.ParseCommand(name)
	a.Header.Command = c
	return err == nil && (unknown || c.String() == name)
}

// parse takes one of the parts behind the note's first, and tells whether it is one.
func (a *Application) parse(part string, measured *bool) bool {
	var err error
	switch {
	case part == appliedAll:
		a.All = true
	case part == appliedWaits:
		a.Waits = true
	case part == appliedAgain:
		a.Again = true
	case part == appliedUndone:
		a.Undone = true
	case strings.HasPrefix(part, appliedEnded):
		a.Ended = true
		a.Held, err = time.ParseDuration(part[len(appliedEnded):])
	case strings.HasPrefix(part, appliedStream):
		var n uint64
		n, err = strconv.ParseUint(part[len(appliedStream):], 10, 32)
		a.Header.Stream = uint32(n)
	case strings.HasSuffix(part, noteBytes):
		var n uint64
		n, err = strconv.ParseUint(strings.TrimSuffix(part, noteBytes), 10, 16)
		a.Header.Length = uint16(n)
		*measured = true
	default:
		return false
	}
	return err == nil && a.Held >= 0
}
