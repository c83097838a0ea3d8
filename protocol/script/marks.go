package script

import "anytls-inspect/protocol/session"

// mark takes the next word, if it is a mark, and enters it into m.
func (l *line) mark(m *session.Marks) bool {
	switch {
	case l.skip("injected"):
		m.Injected = true
	case l.skip("absorbed"):
		m.Absorbed = true
	default:
		return false
	}
	return true
}

// appendMarks appends the words of m, each behind a space.
func appendMarks(dst []byte, m session.Marks) []byte {
	if m.Injected {
		dst = append(dst, " injected"...)
	}
	if m.Absorbed {
		dst = append(dst, " absorbed"...)
	}
	return dst
}
