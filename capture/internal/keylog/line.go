package keylog

import (
	"bytes"
	"encoding/hex"
	"fmt"
)

// An entry is a well-formed line.
type entry struct {
	kept   bool // its label is one of those that are kept; else nothing below is set
	label  Label
	random Random
	n      int
	b      [MaxSecretLen]byte
}

func (e *entry) secret() []byte { return e.b[:e.n] }

// parseLine reads a line that is neither empty nor a comment; it may have quotes, as some
// shells and tables put them. It returns what is
// wrong with it, "" for nothing, and quotes nothing of it, which may be a secret.
func parseLine(b []byte) (e entry, fault string) {
	var fields [3][]byte
	n := 0
	for field := range bytes.FieldsSeq(b) {
		if n == len(fields) {
			return e, "more than three fields"
		}
		fields[n] = bytes.Trim(field, `"'`)
		n++
	}
	if !isLabel(fields[0]) {
		return e, "does not begin with a label such as CLIENT_RANDOM"
	}
	if n < len(fields) {
		return e, fmt.Sprintf("has %d of three fields: label, client random, secret", n)
	}
	label, known := labelOf(fields[0])
	if !known {
		return e, unused(fields[1:])
	}
	e.label = label
	if len(fields[1]) != 2*RandomLen {
		return e, fmt.Sprintf("client random has %d hex digits, not %d", len(fields[1]), 2*RandomLen)
	}
	if _, err := hex.Decode(e.random[:], fields[1]); err != nil {
		return e, "client random is not hex"
	}
	if len(fields[2])%2 != 0 {
		return e, fmt.Sprintf("secret has an odd number of hex digits (%d)", len(fields[2]))
	}
	e.n = len(fields[2]) / 2
	if fault := label.lengthFault(e.n); fault != "" {
		return e, fault
	}
	if _, err := hex.Decode(e.b[:], fields[2]); err != nil {
		return e, "secret is not hex"
	}
	e.kept = true
	return e, ""
}

// unused says what is wrong with the values of a label that is not kept, "" for
// nothing.
func unused(values [][]byte) string {
	for _, value := range values {
		for _, c := range value {
			if !isHex(c) {
				return "an unknown label, and its values are not hex"
			}
		}
	}
	return ""
}

// labelOf returns the label of that name, and false where it is none that is kept.
func labelOf(name []byte) (Label, bool) {
	for l := range labels {
		if string(name) == labelNames[l] {
			return l, true
		}
	}
	return 0, false
}

// isLabel tells whether b is a name in upper case, as all labels are.
func isLabel(b []byte) bool {
	if len(b) == 0 || b[0] < 'A' || b[0] > 'Z' {
		return false
	}
	for _, c := range b {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
