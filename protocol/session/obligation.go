package session

import (
	"slices"
	"time"

	"anytls-inspect/protocol"
)

// An Obligation is what one peer owes the other, and since when.
type Obligation struct {
	What   Debt
	By     protocol.Peer // who owes it
	Stream uint32        // 0 where it is about the session, or about many streams
	Since  time.Time     // when it was first owed
	// Count is how many of them there are: of HeartResponses all, and of SYNACKs those
	// beyond the oldest, which stand one by one; else 1.
	Count int
	// Rule is the number of the rule that holds what is owed, or what that would stand behind:
	// the relay keeps it for a while. 0: none does. See Lost.
	Rule uint16
	// Lost says that the rule dropped it, or replaced it: it does not come any more.
	Lost bool
}

// A Debt is a kind of obligation.
type Debt uint8

// The kinds of obligations.
const (
	OwesServerSettings Debt = iota // after the Settings of a client of version 2 (section cmdServerSettings)
	OwesSYNACK                     // after a SYN (section cmdSYNACK)
	OwesHeartResponse              // after a HeartRequest (section cmdHeartResponse)
	OwesEnd                        // after an Alert (section cmdAlert)
	OwesReading                    // after bytes were offered: see [Blocked]
)

// String returns the debt as the output calls it.
func (d Debt) String() string {
	return [...]string{"ServerSettings", "SYNACK", "HeartResponse", "end", "reading"}[min(d, OwesReading)]
}

// maxListedSYNACKs is how many of the SYNACKs that a server owes stand one by one: the
// oldest. A client can open streams without end.
const maxListedSYNACKs = 8

// AppendOwed appends to dst what the peers owe, oldest first: at most 16 obligations,
// however many streams wait. Nothing is owed by a peer that is gone, or to one, but to read
// what was sent before; nothing in a session that is not AnyTLS; and no answer where those
// may be among bytes that were not seen.
func (t *Tracker) AppendOwed(dst []Obligation) []Obligation {
	if t.closed || t.st.Phase == NotAnyTLSPhase {
		return dst
	}
	had := len(dst)
	for p := protocol.Client; p <= protocol.Server; p++ {
		if t.gone(p) {
			continue
		}
		dst = t.appendAnswers(dst, p)
		if at := t.alerted.at; !at.IsZero() && !t.alerted.unsure && !t.someGone() {
			dst = append(dst, Obligation{What: OwesEnd, By: p, Since: at, Count: 1})
		}
		if b := &t.st.Blocked[p.Toward()]; !b.Since.IsZero() {
			dst = append(dst, Obligation{What: OwesReading, By: p, Stream: b.Stream, Since: b.Since, Count: 1})
		}
	}
	slices.SortStableFunc(dst[had:], func(a, b Obligation) int { return a.Since.Compare(b.Since) })
	return dst
}

// appendAnswers appends the answers that a peer owes.
func (t *Tracker) appendAnswers(dst []Obligation, p protocol.Peer) []Obligation {
	greets, opens, answers := t.mayOwe(p)
	had := len(dst)
	if greets {
		dst = append(dst, Obligation{What: OwesServerSettings, By: p, Since: t.settingsAt, Count: 1})
	}
	if opens {
		dst = t.streams.appendWaiting(dst)
	}
	if ledger := &t.side[p.Toward()].ledger; answers && ledger.owed > 0 {
		dst = append(dst, Obligation{What: OwesHeartResponse, By: p, Since: ledger.oldest(), Count: ledger.owed})
	}
	for i := had; t.touched != nil && i < len(dst); i++ {
		if o := &dst[i]; !o.Lost {
			o.Rule = t.heldBy(o)
		}
	}
	return dst
}

// mayOwe tells whether a peer owes ServerSettings, whether it owes SYNACKs where streams wait,
// and whether it owes HeartResponses where they were asked for. Until a server of version 2 may
// still say that it is one, it owes what such a one does.
func (t *Tracker) mayOwe(p protocol.Peer) (greets, opens, answers bool) {
	asked := p.Toward()
	if t.someGone() || t.side[asked].mislaid || t.st.Phase == NotAnyTLSPhase || t.dark(asked.Reverse()) || t.st.Evidence.Uncertain {
		return false, false, false
	}
	greets = p == protocol.Server && t.owesSettings()
	answers = t.st.Version() >= 2 || greets
	return greets, answers && p == protocol.Server && !t.dark(asked), answers
}

// owesOther tells whether a peer owes an answer that is no HeartResponse. It looks at no more
// streams than it must: each of thousands that wait may ask.
func (t *Tracker) owesOther(p protocol.Peer) bool {
	greets, opens, _ := t.mayOwe(p)
	return greets || opens && t.streams.someWaits()
}

// owesSettings tells whether the server owes ServerSettings. One that begins with another
// frame is of version 1, and owes none, or sends them in the same breath.
func (t *Tracker) owesSettings() bool {
	return t.st.ClientVersion >= 2 && !t.side[protocol.ServerToClient].framing.begun && t.streams.misses[protocol.ServerToClient] == 0
}

// appendWaiting appends the SYNACKs that streams wait for: the oldest one by one, and the
// others as one. Thousands may wait, and each row of the list of sessions asks for them.
func (l *streamTable) appendWaiting(dst []Obligation) []Obligation {
	listed, more := 0, Obligation{What: OwesSYNACK, By: protocol.Server}
	for _, s := range l.list {
		switch {
		case !l.awaits(s):
		case listed < maxListedSYNACKs:
			listed++
			dst = append(dst, Obligation{
				What: OwesSYNACK, By: protocol.Server, Stream: s.ID, Since: s.OpenedAt, Count: 1, Rule: s.keptACK, Lost: s.keptACK != 0,
			})
		default:
			if more.Count++; more.Count == 1 {
				more.Since = s.OpenedAt
			}
		}
	}
	if more.Count > 0 {
		dst = append(dst, more)
	}
	return dst
}

// someWaits tells whether a stream waits for its SYNACK.
func (l *streamTable) someWaits() bool {
	for _, s := range l.open {
		if l.awaits(s) {
			return true
		}
	}
	return false
}
