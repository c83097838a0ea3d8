package script

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// parseRule reads the rest of a line of what a rule does.
func parseRule(l line) (Step, error) {
	n, err := l.number("the rule's number", 16)
	if err != nil {
		return Step{}, err
	}
	action, err := l.next("what the rule does")
	if err != nil {
		return Step{}, err
	}
	dir, err := l.side()
	if err != nil {
		return Step{}, err
	}
	st := Step{Kind: Rule, Dir: dir, Applied: session.Application{Rule: uint16(n), Action: action.text, Dir: dir}}
	if err := l.touched(&st.Applied); err != nil {
		return st, err
	}
	return st, l.outcome(&st.Applied)
}

// touched takes the words of the frame that a rule was applied to.
func (l *line) touched(a *session.Application) error {
	name, err := l.next("the command")
	if err != nil {
		return err
	}
	if a.Preamble = strings.EqualFold(name.text, "preamble"); !a.Preamble {
		if a.Header.Command, err = protocol.ParseCommand(name.text); err != nil {
			return err
		}
		if len(*l) > 0 && !(*l)[0].quoted && isNumber((*l)[0].text) {
			id, err := l.number("the stream id", 32)
			if err != nil {
				return err
			}
			a.Header.Stream = uint32(id)
		}
	}
	if l.skip("len") {
		n, err := l.number("the length", 16)
		if err != nil {
			return err
		}
		a.Header.Length = uint16(n)
	}
	return nil
}

// outcome takes the words that say whether the frame waits, and the text.
func (l *line) outcome(a *session.Application) error {
	a.All, a.Again, a.Undone = l.skip("all"), l.skip("again"), l.skip("undone")
	switch {
	case l.skip("waits"):
		a.Waits = true
	case l.skip("goes"):
		w, err := l.next("how long it waited")
		if err != nil {
			return err
		}
		if a.Held, err = time.ParseDuration(w.text); err != nil || a.Held < 0 || w.quoted {
			return fmt.Errorf("%q is no time, want something like 2.5s", w.text)
		}
		a.Ended = true
	}
	if len(*l) > 0 && (*l)[0].quoted {
		text, _ := l.next("")
		a.Text = text.text
	}
	return l.end()
}

// appendRule appends the line of what a rule does in a direction.
func appendRule(dst []byte, dir protocol.Direction, a *session.Application) []byte {
	dst = strconv.AppendUint(append(dst, "rule "...), uint64(a.Rule), 10)
	dst = append(append(append(appendWord(dst, a.Action), ' '), side(dir)...), "> "...)
	switch {
	case a.Preamble:
		dst = append(dst, "PREAMBLE"...)
	case a.Header.Command.Known():
		dst = append(dst, strings.ToUpper(a.Header.Command.String())...)
	default:
		dst = strconv.AppendUint(dst, uint64(a.Header.Command), 10)
	}
	if a.Header.Stream != 0 {
		dst = strconv.AppendUint(append(dst, ' '), uint64(a.Header.Stream), 10)
	}
	if a.Header.Length != 0 {
		dst = strconv.AppendUint(append(dst, " len "...), uint64(a.Header.Length), 10)
	}
	if a.All {
		dst = append(dst, " all"...)
	}
	if a.Again {
		dst = append(dst, " again"...)
	}
	if a.Undone {
		dst = append(dst, " undone"...)
	}
	switch {
	case a.Waits:
		dst = append(dst, " waits"...)
	case a.Ended:
		dst = append(append(dst, " goes "...), shortened(a.Held)...)
	}
	if a.Text != "" {
		dst = appendQuoted(append(dst, ' '), a.Text)
	}
	return dst
}
