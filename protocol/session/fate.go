package session

import (
	"fmt"
	"time"
)

// A Fate says what became of a frame on its way from its sender to its receiver. The
// zero value is that of a frame that was forwarded, or that nobody stood in the way
// of.
type Fate struct {
	Kind FateKind
	// Rule is the number of the rule that decided it, from 1; 0: none did.
	Rule uint16
	// Held is how long the frame was held before it was written.
	Held time.Duration
}

// String returns the fate in words, such as "held for 2.5s by rule 2".
func (f Fate) String() string {
	text := f.Kind.String()
	if f.Held != 0 {
		text += " for " + f.Held.String()
	}
	if f.Rule != 0 {
		text += fmt.Sprintf(" by rule %d", f.Rule)
	}
	return text
}

// A FateKind is what became of a frame.
type FateKind uint8

// The kinds of fates.
const (
	Forwarded FateKind = iota // the receiver got it
	Absorbed                  // it answers the relay, which kept it
	Injected                  // the relay made it; the receiver got it
	Dropped                   // the relay kept it
	Replaced                  // the relay kept it, and wrote another, injected one in its place
	Repeated                  // the relay made it, as a copy of one that it forwarded
	Held                      // the receiver got it, later than it came
)

// String returns the kind in a word, such as "forwarded".
func (k FateKind) String() string {
	if int(k) < len(fateKinds) {
		return fateKinds[k]
	}
	return fmt.Sprintf("fate(%d)", uint8(k))
}

// fateKinds is indexed by kind. It is never written to.
var fateKinds = [...]string{
	"forwarded", "absorbed", "injected", "dropped", "replaced", "repeated", "held",
}

// ParseFateKind returns the kind that a word names. Any other text is an error.
func ParseFateKind(word string) (FateKind, error) {
	for k, name := range fateKinds {
		if word == name {
			return FateKind(k), nil
		}
	}
	return Forwarded, fmt.Errorf("%q is no fate of a frame", word)
}

// Made tells whether the relay made the frame: its sender knows nothing of it.
func (f Fate) Made() bool { return f.Kind.made() }

func (k FateKind) made() bool { return k == Injected || k == Repeated }

// counts tells whether the frame means something to anybody: its receiver got it, or it
// answers the relay.
func (k FateKind) counts() bool { return k != Dropped && k != Replaced }

// Kept tells whether the relay kept the frame: its receiver knows nothing of it.
func (f Fate) Kept() bool { return f.Kind == Absorbed || f.Kind == Dropped || f.Kind == Replaced }
