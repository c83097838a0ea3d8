package pane

import (
	"fmt"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// overdue is how old a debt is before a list shows it: peers that are well pay sooner.
const overdue = session.SYNACKTimeout

// stuck returns the direction of a live session that has been blocked for longest. ok is
// false where bytes move in both.
func stuck(r *journal.SessionRow) (b session.Blocked, ok bool) {
	if r.Closed {
		return b, false
	}
	for _, one := range r.State.Blocked {
		if !one.Since.IsZero() && (!ok || one.Since.Before(b.Since)) {
			b, ok = one, true
		}
	}
	return b, ok
}

// stuckText says for how long who takes no byte, and how much waits. The time comes first,
// since a narrow column cuts the end.
func stuckText(s *Scene, b session.Blocked) string {
	return fmt.Sprintf("%s: %v reads nothing; %s wait", cell.Age(s.Now.Sub(b.Since)), b.Dir.Receiver(), cell.Size(b.Bytes))
}

// oldest returns the oldest debt of a live session that is overdue, but for reading, which
// is told as what is blocked.
func oldest(s *Scene, r *journal.SessionRow) (o session.Obligation, ok bool) {
	if r.Closed {
		return o, false
	}
	return oldestOf(s, r.Owed)
}

func oldestOf(s *Scene, owed []session.Obligation) (o session.Obligation, ok bool) {
	for _, o := range owed {
		if o.What != session.OwesReading && s.Now.Sub(o.Since) > overdue {
			return o, true
		}
	}
	return o, false
}

// stateSince returns since when a live session is in its state, as far as that is known:
// else since it began.
func stateSince(s *Scene, r *journal.SessionRow) time.Time {
	if b, ok := stuck(r); ok {
		return b.Since
	}
	if _, gone, ok := keptFrom(&r.State); ok {
		return gone
	}
	if o, ok := oldest(s, r); ok {
		return o.Since
	}
	return r.OpenedAt
}

// debtText says for how long at a time who owes what.
func debtText(o session.Obligation, at time.Time) string {
	return fmt.Sprintf("%s: %v owes %s", cell.Age(at.Sub(o.Since)), o.By, debtName(o))
}

// debtName says what is owed.
func debtName(o session.Obligation) string {
	name := o.What.String()
	if o.What == session.OwesEnd {
		name = "the session's end"
	}
	if o.Count > 1 {
		name = cell.Count(o.Count) + " × " + name
	}
	if o.Stream != 0 {
		name += fmt.Sprintf(" of stream %d", o.Stream)
	}
	return name
}

// mostDebts is how many debts the detail names.
const mostDebts = 8

// standstillFields describes what does not go on in a session: bytes that don't move,
// heartbeats that wait, what is owed.
func standstillFields(s *Scene, d *journal.SessionDetail) []field {
	p := &s.Styles.Row
	var fields []field
	at, wait, label := s.Now, "wait", "owed"
	if d.Closed {
		at, wait, label = d.ClosedAt, "waited when it ended", "owed at its end"
	}
	clock := func(t time.Time) string { return t.In(s.Now.Location()).Format("15:04:05") }
	for dir, b := range d.State.Blocked {
		if b.Since.IsZero() {
			continue
		}
		value := fmt.Sprintf("toward %v since %s, %s: %s bytes %s", protocol.Direction(dir).Receiver(), clock(b.Since), cell.Age(at.Sub(b.Since)), cell.Count(b.Bytes), wait)
		if b.Text != "" {
			value += ", " + b.Text
		}
		fields = append(fields, field{label: "blocked", value: value, paint: p.Bad})
	}
	for toward, w := range d.State.Waits {
		if d.Closed || w.Since.IsZero() {
			continue
		}
		value := fmt.Sprintf("toward %v wait since %s, %s: %s", protocol.Peer(toward), clock(w.Since), cell.Age(at.Sub(w.Since)), w.Why)
		fields = append(fields, field{label: "heartbeats", value: value, paint: p.Own})
	}
	named := 0
	for i, o := range d.Owed {
		if o.What == session.OwesReading { // told as what is blocked
			continue
		}
		if named++; named > mostDebts {
			fields = append(fields, field{value: fmt.Sprintf("and %d more", len(d.Owed)-i), paint: p.Warn})
			break
		}
		fields = append(fields, field{label: label, value: fmt.Sprintf("%s by the %v for %s", debtName(o), o.By, cell.Age(at.Sub(o.Since))), paint: p.Warn})
		label = ""
	}
	return fields
}

// standsStill says what does not go on on a stream of the chosen session; nothing where all
// does.
func (p *Streams) standsStill(s *Scene, r *session.Stream) string {
	if s.Session.Closed {
		return ""
	}
	for _, b := range s.Session.State.Blocked {
		if !b.Since.IsZero() && b.Stream == r.ID {
			return fmt.Sprintf("%s: %v reads nothing", cell.Age(s.Now.Sub(b.Since)), b.Dir.Receiver())
		}
	}
	if o, ok := oldestOf(s, p.answer.OwedOn(r.ID)); ok {
		o.Stream = 0 // the row says which
		return debtText(o, s.Now)
	}
	return ""
}
