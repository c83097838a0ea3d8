package session

// A Severity says how bad a [Diagnostic] is.
type Severity uint8

// The severities. An error breaks a session or a peer's expectation; a warning
// may; a note is worth knowing.
const (
	Note Severity = iota
	Warning
	Error
)

// String returns "note", "warning" or "error".
func (s Severity) String() string {
	return [...]string{"note", "warning", "error"}[min(s, Error)]
}

// A Code names a kind of diagnostic. Codes are stable: scripts rely on them.
type Code string

// A DiagnosticSpec is what is known of a code: how severe it is, which part of the
// protocol document it rests on, and what to do, in a sentence or two.
type DiagnosticSpec struct {
	Code     Code
	Severity Severity
	Section  string
	Advice   string
}

// Spec returns what is known of c. A code that is not one of [Codes] is a note, without
// a section and without advice.
func (c Code) Spec() DiagnosticSpec {
	for _, s := range specs {
		if s.Code == c {
			return s
		}
	}
	return DiagnosticSpec{Code: c}
}

// Codes returns the codes of diagnostics about sessions, in the table's order.
func Codes() []Code {
	codes := make([]Code, len(specs))
	for i, s := range specs {
		codes[i] = s.Code
	}
	return codes
}
