package script

import (
	"errors"
	"fmt"
	"time"

	"anytls-inspect/protocol/session"
)

// fate takes the next words, if they say what became of the bytes, and enters them
// into f. ok is false where they say something else.
func (l *line) fate(f *session.Fate) (ok bool, err error) {
	switch {
	case l.skip("held"):
		w, err := l.next("how long it was held")
		if err != nil {
			return false, err
		}
		if f.Held, err = time.ParseDuration(w.text); err != nil || f.Held < 0 || w.quoted {
			return false, fmt.Errorf("%q is no time, want something like 2.5s", w.text)
		}
		if f.Kind == session.Forwarded {
			f.Kind = session.Held
		}
		return true, nil
	case l.skip("rule"):
		n, err := l.number("the rule's number", 16)
		if err == nil && f.Rule != 0 {
			err = errors.New("two rules can't decide about one frame")
		}
		f.Rule = uint16(n)
		return true, err
	}
	for k := session.Absorbed; k < session.Held; k++ {
		if !l.skip(k.String()) {
			continue
		}
		if f.Kind != session.Forwarded && f.Kind != session.Held {
			return false, fmt.Errorf("one frame can't be both %v and %v", f.Kind, k)
		}
		f.Kind = k
		return true, nil
	}
	return false, nil
}

// appendFate appends the words of f, each behind a space.
func appendFate(dst []byte, f session.Fate) []byte {
	if f.Kind != session.Forwarded && f.Kind != session.Held {
		dst = append(dst, ' ')
		dst = append(dst, f.Kind.String()...)
	}
	if f.Rule != 0 {
		dst = fmt.Appendf(dst, " rule %d", f.Rule)
	}
	if f.Kind == session.Held || f.Held != 0 {
		dst = fmt.Appendf(dst, " held %v", f.Held)
	}
	return dst
}
