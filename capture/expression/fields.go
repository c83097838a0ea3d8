package expression

import (
	"slices"
	"strings"
)

// A Known says when a field of a frame is known.
type Known uint8

// When a field is known. Each includes those before it.
const (
	Header Known = iota // with the frame's header
	Past                // with the header, from what came before it in the session
	Data                // once all of the frame's data is there
	Later               // only afterwards: filters know it, rules can't
)

// String returns the word that documentation has for it.
func (k Known) String() string { return [...]string{"header", "past", "data", "later"}[min(k, Later)] }

// When says in words when it is.
func (k Known) When() string {
	return [...]string{
		"known with the frame's header", "known from what came before in the session",
		"known once all of the frame's data is there", "known only once the frame has passed",
	}[min(k, Later)]
}

// A Field is what an expression can ask of a frame.
type Field struct {
	Name  string
	Type  string // as Expr calls it: "int", "string", "bool", "duration", "[]string"
	Known Known
	Help  string // what it is, in one line
}

// Fields returns the fields: those first that are known first.
func Fields() []Field { return slices.Clone(fields[:]) }

// fields is the table of fields. It is never written to.
var fields = [...]Field{
	{"session", "int", Header, "the session's number, from 1"},
	{"route", "string", Header, `the route's name; "" where there is one route`},
	{"dir", "string", Header, `"c2s" from the client, "s2c" from the server`},
	{"cmd", "string", Header, `the command's name, such as "SYN"; "preamble" of the preamble`},
	{"code", "int", Header, "the command's number; 0 of the preamble"},
	{"stream", "int", Header, "the stream's id; 0 of what is about the session"},
	{"len", "int", Header, "bytes of data; of the preamble those of padding0"},
	{"preamble", "bool", Header, "it is the client's preamble, and no frame"},
	{"client", "string", Past, `the software that the client's Settings named before, such as "sing-anytls/0.0.11"; else ""`},
	{"target", "string", Past, `"host:port" that the stream leads to, from its first PSH on; else ""`},
	{"age", "duration", Past, "how long the session has lasted"},
	{"count", "int", Past, "which frame of its direction in the session it is, from 1; 0 of the preamble"},
	{"text", "string", Data, "the frame's data, and nothing of the preamble; in a filter the beginning that is kept"},
	{"rtt", "duration", Later, "of a HeartResponse or SYNACK, how long it was waited for; else 0s"},
	{"diag", "[]string", Later, `codes of the diagnostics that the frame brought about, such as "synack-late"`},
	{"incident", "int", Later, "the number of the incident that these are of; 0 for none"},
	{"owed", "[]string", Later, `what is owed in the session when the filter looks, such as "SYNACK"`},
	{"rule", "int", Later, "the number of the rule that decided the frame's fate; 0 for none"},
	{"injected", "bool", Later, "the relay made it"},
	{"absorbed", "bool", Later, "it answers the relay, and was not forwarded"},
}

// find returns the number of the field with a name, -1 for none.
func find(name string) int {
	return slices.IndexFunc(fields[:], func(f Field) bool { return f.Name == name })
}

// names returns the names of the fields that are known by then.
func names(by Known) (names []string) {
	for _, f := range fields {
		if f.Known <= by {
			names = append(names, f.Name)
		}
	}
	return names
}

// suggestion says which one of the names a wrong one is nearest to; it is empty where none is near.
func suggestion(wrong string, of []string) string {
	best, least := "", max(len(wrong)/3, 1)+1
	for _, name := range of {
		if d := distance(strings.ToLower(wrong), strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return " (is it " + best + "?)"
}

// distance returns how many bytes must be added, removed or changed to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
