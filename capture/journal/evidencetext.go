package journal

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"anytls-inspect/protocol"
)

// What was not seen is said in the same words wherever people read it: the lines of an
// output, the fields of the screen, the end of a run.

// Words says in sentences without an end what was not seen of a session; none where all was. What
// is known of times and order, [OrderWords] says.
func (e *Evidence) Words() (list []string) {
	for _, dir := range directions {
		if g := e.Gaps[dir]; g.Count > 0 {
			list = append(list, g.Words(dir))
		}
	}
	return append(list, e.BlindWords()...)
}

// BlindWords says which directions of a session are not seen, and why; none where both are.
func (e *Evidence) BlindWords() (list []string) {
	if both := e.Blind[0]; both.Why != "" && both == e.Blind[1] && !both.Later {
		return []string{"neither direction was seen: " + both.Why}
	}
	for _, dir := range directions {
		if words := e.Blind[dir].Words(dir); words != "" {
			list = append(list, words)
		}
	}
	return list
}

// WhyBlind says which direction of a session is not seen, and why; of the client, if neither
// is: it begins all. It is empty where both are.
func (e *Evidence) WhyBlind() string {
	if words := e.BlindWords(); len(words) > 0 {
		return words[0]
	}
	return ""
}

// Brief says what Words does, without the reasons.
func (e *Evidence) Brief() (list []string) {
	for _, dir := range directions {
		if g := e.Gaps[dir]; g.Count > 0 {
			list = append(list, g.Words(dir))
		}
	}
	neither := e.Blind[0] == e.Blind[1] && e.Blind[0].Why != "" && !e.Blind[0].Later
	if neither {
		list = append(list, "nothing of either direction")
	}
	for _, dir := range directions {
		switch b := e.Blind[dir]; {
		case b.Why == "" || neither:
		case b.Later:
			list = append(list, "not the end of "+Whose(dir))
		default:
			list = append(list, "nothing of "+Whose(dir))
		}
	}
	return list
}

// Words says in sentences without an end what was not seen in all sessions; none where all was.
func (t *EvidenceTotals) Words() (list []string) {
	for _, dir := range directions {
		if g := t.Gaps[dir]; g.Count > 0 {
			list = append(list, g.Words(dir))
		}
	}
	for i, b := range t.Blind {
		what, other := Whose(b.Dir)+" was not seen", BlindCount{b.Dir.Reverse(), b.Why, b.Sessions}
		switch at := slices.Index(t.Blind, other); {
		case at > i && b.Why != "":
			what = "neither direction was seen"
		case at >= 0 && b.Why != "":
			continue // it was told with the other
		}
		list = append(list, fmt.Sprintf("%s, or not to its end, in %s: %s",
			what, plural(b.Sessions, "session"), cmp.Or(b.Why, "for other reasons")))
	}
	return list
}

// OrderWords says in sentences without an end how far times and order of the directions can be
// relied on in all sessions; in none where that is as far as can be.
func (t *EvidenceTotals) OrderWords() []string {
	list := OrderWords(t.Within, false, "")
	if t.Uncertain > 0 {
		list = append(list, "the order of the directions is not known in "+plural(t.Uncertain, "session"))
	}
	return list
}

// Words says how many gaps of a direction there are, and how many bytes are missing: "2 gaps,
// 1,414 bytes of the client's direction".
func (g *Gaps) Words(dir protocol.Direction) string {
	bytes := plural(g.Bytes, "byte")
	switch {
	case g.Unknown == g.Count:
		bytes = "an unknown number of bytes"
	case g.Unknown > 0:
		bytes = "at least " + bytes
	}
	return plural(g.Count, "gap") + ", " + bytes + " of " + Whose(dir)
}

// Words says that a direction is not seen, and why; nothing where it is.
func (b *Blind) Words(dir protocol.Direction) string {
	switch {
	case b.Why == "":
		return ""
	case b.Later:
		return "nothing more of " + Whose(dir) + " was seen: " + b.Why
	default:
		return Whose(dir) + " was not seen: " + b.Why
	}
}

// Words says how many bytes are missing.
func (g Gap) Words() string {
	switch whose := Whose(g.Dir); {
	case g.Bytes < 0:
		return "an unknown number of bytes of " + whose + " is missing"
	case g.Bytes == 1:
		return "1 byte of " + whose + " is missing"
	default:
		return Grouped(uint64(g.Bytes)) + " bytes of " + whose + " are missing"
	}
}

// Words says that nothing more of a direction is seen, and why.
func (u Unseen) Words() string {
	return "nothing of " + Whose(u.Dir) + " is seen from here on: " + u.Why
}

// Words says how far times and order of the directions can be relied on.
func (o Order) Words() string {
	return cmp.Or(orderWords(o.Within, o.Uncertain, o.Why), "times between the directions are good")
}

// OrderWords says how far times and order of the two directions can be relied on, in one
// sentence without an end; in none where that is as far as can be.
func OrderWords(within time.Duration, uncertain bool, why string) []string {
	if words := orderWords(within, uncertain, why); words != "" {
		return []string{words}
	}
	return nil
}

func orderWords(within time.Duration, uncertain bool, why string) string {
	text := ""
	switch {
	case uncertain:
		text = "the order of the directions is not known"
	case within > 0:
		text = "times between the directions may be off by " + milliseconds(within)
	default:
		return ""
	}
	if why != "" {
		text += ": " + why
	}
	return text
}

// Whose names a direction by who sends: "the client's direction".
func Whose(dir protocol.Direction) string { return "the " + dir.Sender().String() + "'s direction" }

var directions = [...]protocol.Direction{protocol.ClientToServer, protocol.ServerToClient} // never written to

// milliseconds returns a duration in milliseconds: to a tenth, and below a tenth to the
// microsecond. It rounds up: what may be off by more must not be said to be off by less.
func milliseconds(d time.Duration) string {
	step := 100 * time.Microsecond
	if d < step {
		step = time.Microsecond
	}
	if over := d % step; over > 0 {
		d += step - over
	}
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', -1, 64) + " ms"
}

// plural counts things: "1 gap", "1,414 bytes".
func plural(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return Grouped(n) + " " + what + "s"
}

// Grouped returns a number with commas between the thousands: "1,414".
func Grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
