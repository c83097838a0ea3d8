package journal

import (
	"cmp"
	"slices"
	"strings"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// AskBarren asks why sessions have no frames. It goes through all that are held, and is meant
// for a run that shows nothing. The answer is [Barren].
type AskBarren struct{}

// Barren says why the sessions that are held have no frames.
type Barren struct {
	Sessions uint64 // how many have none
	// Reasons are those of sessions of which one is known, most sessions first. Few are told
	// apart.
	Reasons []BarrenReason
}

// A BarrenReason is why some sessions have no frames.
type BarrenReason struct {
	Why      string // printable: that of the first of them, whole; empty for the reasons beyond the first few
	Sessions uint64
}

func (AskBarren) answer(j *Journal) Barren {
	l := &j.sessions
	l.mu.RLock()
	all := slices.Clone(l.order)
	l.mu.RUnlock()
	var b Barren
	for _, s := range all {
		s.mu.Lock()
		row := s.row()
		s.mu.Unlock()
		b.add(&row)
	}
	return b.sorted()
}

func (AskBarren) asOf(s *Snapshot) Barren {
	var b Barren
	for i := range s.sessions {
		row := s.sessions[i].row()
		b.add(&row)
	}
	return b.sorted()
}

// add counts a session.
func (b *Barren) add(r *SessionRow) {
	if r.State.Frames != (protocol.ByDirection[uint64]{}) {
		return
	}
	b.Sessions++
	why := barrenFor(r)
	if why == "" {
		return
	}
	i := slices.IndexFunc(b.Reasons, func(have BarrenReason) bool { return gist(have.Why) == gist(why) })
	if i < 0 && len(b.Reasons) >= maxWhys {
		i, why = slices.IndexFunc(b.Reasons, func(have BarrenReason) bool { return have.Why == "" }), ""
	}
	if i < 0 {
		i = len(b.Reasons)
		b.Reasons = append(b.Reasons, BarrenReason{Why: why})
	}
	b.Reasons[i].Sessions++
}

func (b *Barren) sorted() Barren {
	slices.SortStableFunc(b.Reasons, func(x, y BarrenReason) int { return cmp.Compare(y.Sessions, x.Sessions) })
	return *b
}

// NotAnyTLS is why a session has no frames whose TLS was opened.
const NotAnyTLS = "what its TLS carries is not AnyTLS"

// barrenFor says why a session has no frames, as far as that is known; else it is empty.
func barrenFor(r *SessionRow) string {
	switch blind := r.Evidence.WhyBlind(); {
	case r.State.Phase == session.NotAnyTLSPhase:
		return NotAnyTLS
	case r.Undecoded != "":
		return r.Undecoded
	case blind != "":
		return blind
	case r.Closed:
		return r.Reason
	default:
		return ""
	}
}

// gist returns the first part of a reason, by which reasons are told apart: how a session
// ended stands behind it.
func gist(why string) string {
	first, _, _ := strings.Cut(why, "; ")
	return first
}
