package rule

import (
	"fmt"
	"slices"
	"strings"

	"anytls-inspect/protocol"
)

// Explain says what a rule does, a sentence a line: with which frames, how often, and what
// the known implementations make of it. The sentences are printable.
func Explain(r *Rule) []string {
	var lines []string
	for i := range r.actions {
		lines = append(lines, r.actions[i].says())
	}
	subjects := r.subjects()
	lines = append(lines, r.which(subjects), r.howOften())
	if r.LooksIntoData() {
		lines = append(lines, "It looks into frames' data: while it is on, each frame is gathered whole before it is judged.")
	}
	for i := range r.actions {
		a := &r.actions[i]
		lines = append(lines, a.made()...)
		lines = append(lines, a.allEffects(subjects)...)
	}
	seen := map[string]bool{"": true}
	return slices.DeleteFunc(lines, func(l string) bool {
		again := seen[l]
		seen[l] = true
		return again
	})
}

// allEffects says what the known implementations make of an action on kinds of frames. What
// is the same for several is said once.
func (a *action) allEffects(subjects []subject) []string {
	var lines []string
	of := make(map[string][]subject)
	for _, s := range subjects {
		for _, text := range a.effects(s) {
			if of[text] == nil {
				lines = append(lines, text)
			}
			of[text] = append(of[text], s)
		}
	}
	for i, text := range lines {
		if len(of[text]) == len(subjects) && len(subjects) > 1 {
			lines[i] = strings.ToUpper(text[:1]) + text[1:]
		} else {
			lines[i] = names(of[text]) + ": " + text
		}
	}
	return lines
}

// says says what an action does with a frame.
func (a *action) says() string {
	behind := "; what follows it in its stream waits behind it, and other streams go on."
	if a.all {
		behind = "; all of its direction waits behind it."
	}
	switch a.do {
	case Delay:
		return fmt.Sprintf("It delays the frame by %v%s", a.wait, behind)
	case Hold:
		if a.wait == 0 {
			return fmt.Sprintf("It holds the frame: SYN and SYNACK for %v at the longest, and all else for %v%s", holdOpening, holdOther, behind)
		}
		return fmt.Sprintf("It holds the frame for %v at the longest%s", a.wait, behind)
	case Throttle:
		return fmt.Sprintf("It lets %s bytes pass in a second, in each session%s", number(a.rate), behind)
	case Drop:
		return "It drops the frame: the receiver never gets it."
	case Duplicate:
		if a.copies > 1 {
			return fmt.Sprintf("It sends the frame, and %d copies behind it.", a.copies)
		}
		return "It sends the frame, and a copy behind it."
	case Replace:
		return a.saysReplaced()
	case Corrupt:
		return "It flips one bit of the " + [...]string{"data, or of the header where there is no data", "data", "header"}[a.part] + ", which the seed chooses."
	case Insert:
		return a.saysInserted()
	case Split:
		return fmt.Sprintf("It cuts the frame's bytes into TLS records: the first have %s bytes, and a last one has the rest.", commas(a.sizes))
	case Join:
		return fmt.Sprintf("It puts the frame's bytes into one TLS record, or as few as can be: one carries %d bytes.", protocol.MaxRecord)
	case Stall:
		return fmt.Sprintf("It sends the frame, and reads nothing from its sender for %v after it.", a.wait)
	default:
		return a.saysCut()
	}
}

// saysReplaced says what replaces what.
func (a *action) saysReplaced() string {
	switch a.part {
	case streamID:
		return fmt.Sprintf("It sends the frame with stream id %d.", a.stream)
	case command:
		return fmt.Sprintf("It sends the frame with command %v, code %d.", a.command, uint8(a.command))
	case wholeWire:
		return "It sends in the frame's place " + Preview(a.wire) + "."
	default:
		return "It sends the frame with other data, " + Preview(a.wire) + ", and the length of that."
	}
}

// saysInserted says what is inserted where.
func (a *action) saysInserted() string {
	where := "in front of the frame"
	if a.behind {
		where = "behind the frame"
	}
	if a.aimed {
		where = fmt.Sprintf("toward the %v, %s where that goes there, too", a.toward, where)
	}
	return fmt.Sprintf("It inserts %s: %s.", where, Preview(a.wire))
}

// saysCut says how which connection ends.
func (a *action) saysCut() string {
	how := [...]string{"a TCP reset", "TLS's close_notify and the end of the TCP stream", "the end of the TCP stream, without a close_notify"}[a.end]
	if a.aimed {
		return fmt.Sprintf("It drops the frame, and ends the connection with the %v by %s; the other peer's goes on as with a peer that is gone.", a.toward, how)
	}
	return "It drops the frame, and ends the session's both connections by " + how + "."
}

// which says which frames a rule looks at.
func (r *Rule) which(subjects []subject) string {
	if len(subjects) == 0 {
		return "No frame of the protocol can match: " + shown(r.where) + "."
	}
	return fmt.Sprintf("Frames that can match %s: %s.", shown(r.where), names(subjects))
}

// howOften says how often and when a rule applies.
func (r *Rule) howOften() string {
	text := ""
	switch {
	case r.limit == 1:
		text = "It applies once in the run."
	case r.limit != 0:
		text = fmt.Sprintf("It applies %d times in the run.", r.limit)
	case r.every > 1:
		text = fmt.Sprintf("It applies to each frame number %d, %d, … of those that match in a session and direction.", r.every, 2*r.every)
	case r.chance != 0:
		text = fmt.Sprintf("It applies to %s of 100 frames that match; the same seed chooses the same ones.", number(100*r.chance))
	}
	switch {
	case r.after != 0 && r.span != 0:
		text += fmt.Sprintf(" It applies while a session is between %v and %v old.", r.after, r.after+r.span)
	case r.after != 0:
		text += fmt.Sprintf(" It applies in sessions that are %v old or older.", r.after)
	case r.span != 0:
		text += fmt.Sprintf(" It applies in the first %v of a session.", r.span)
	}
	return strings.TrimPrefix(text, " ")
}

// commas joins numbers.
func commas(list []int) string {
	text := make([]string, len(list))
	for i, n := range list {
		text[i] = fmt.Sprint(n)
	}
	return strings.Join(text, ", ")
}
