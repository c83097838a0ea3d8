package script

import (
	"fmt"
	"strconv"
	"time"
)

// parseGap reads the rest of a line of bytes that are missing.
func parseGap(l line) (Step, error) {
	dir, err := l.side()
	if err != nil {
		return Step{}, err
	}
	count, err := l.next("the number of bytes")
	if err != nil {
		return Step{}, err
	}
	n, err := strconv.ParseInt(count.text, 10, 64)
	if err != nil || n < -1 {
		return Step{}, fmt.Errorf("the number of bytes is %q, want a number, or -1 where it is not known", count.text)
	}
	return Step{Kind: Gap, Dir: dir, Missing: n}, l.end()
}

// parseUnseen reads the rest of a line of a direction of which nothing more is seen.
func parseUnseen(l line) (Step, error) {
	dir, err := l.side()
	if err != nil {
		return Step{}, err
	}
	why, err := l.next("why nothing is seen")
	if err != nil {
		return Step{}, err
	}
	return Step{Kind: Unseen, Dir: dir, Text: why.text}, l.end()
}

// parseOrder reads the rest of a line of how far order and times are known.
func parseOrder(l line) (Step, error) {
	if l.skip("uncertain") {
		return Step{Kind: Order, Uncertain: true}, l.end()
	}
	w, err := l.next("how far the times may be off")
	if err != nil {
		return Step{}, err
	}
	d, err := time.ParseDuration(w.text)
	if err != nil || d < 0 || w.quoted {
		return Step{}, fmt.Errorf("%q is no time, want something like 50ms, or uncertain", w.text)
	}
	return Step{Kind: Order, Within: d}, l.end()
}

// appendEvidence appends the line of a step that says what a capture does not show.
func (st *Step) appendEvidence(dst []byte) []byte {
	switch st.Kind {
	case Gap:
		dst = append(append(dst, "gap "...), side(st.Dir)...)
		return strconv.AppendInt(append(dst, ' '), st.Missing, 10)
	case Unseen:
		dst = append(append(append(dst, "unseen "...), side(st.Dir)...), ' ')
		return appendQuoted(dst, st.Text)
	default:
		if st.Uncertain {
			return append(dst, "order uncertain"...)
		}
		return append(append(dst, "order "...), shortened(st.Within)...)
	}
}
