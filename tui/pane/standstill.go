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

// stuckPhrase says for how long who takes no byte, and how much waits.
func stuckPhrase(s *Scene, b session.Blocked) phrase {
	peer, d := b.Dir.Receiver(), s.Now.Sub(b.Since)
	return phrase{
		fmt.Sprintf("%s: %v reads nothing; %s wait", cell.Age(d), peer, cell.Size(b.Bytes)),
		fmt.Sprintf("%v reads nothing %s", peer, cell.Age(d)),
		fmt.Sprintf("by %v %s", peer, roughly(d)),
	}
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

// debtPhrase says for how long at a time who owes what.
func debtPhrase(o session.Obligation, at time.Time) phrase {
	d, who := at.Sub(o.Since), brief(o.By)
	short := [...]string{
		session.OwesServerSettings: "Settings", session.OwesSYNACK: "SYNACK", session.OwesHeartResponse: "♥",
		session.OwesEnd: "the end", session.OwesReading: "reading",
	}[o.What]
	if o.Count > 1 {
		short = cell.Count(o.Count) + " " + short
	}
	on := ""
	if o.Stream != 0 {
		on = fmt.Sprintf(" s%d", o.Stream)
	}
	if o.Rule != 0 { // it waits here, or is lost
		did := "holds"
		if o.Lost {
			did = "dropped"
		}
		return phrase{
			fmt.Sprintf("%s: rule %d %s %s", cell.Age(d), o.Rule, did, debtName(o)),
			fmt.Sprintf("r%d %s %s%s %s", o.Rule, did, short, on, cell.Age(d)),
			fmt.Sprintf("r%d %s %s", o.Rule, short, roughly(d)),
		}
	}
	return phrase{
		fmt.Sprintf("%s: %v owes %s", cell.Age(d), o.By, debtName(o)),
		fmt.Sprintf("%s owes %s%s %s", who, short, on, cell.Age(d)),
		fmt.Sprintf("%s %s %s", who, short, roughly(d)),
	}
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
		value := fmt.Sprintf("%s by the %v for %s", debtName(o), o.By, cell.Age(at.Sub(o.Since)))
		switch {
		case o.Lost:
			value += fmt.Sprintf(", which rule %d dropped", o.Rule)
		case o.Rule != 0:
			value += fmt.Sprintf(", which rule %d holds", o.Rule)
		}
		fields = append(fields, field{label: label, value: value, paint: p.Warn})
		label = ""
	}
	return fields
}

// standsStill says what does not go on on a stream of the chosen session; nothing where all
// does.
func (p *Streams) standsStill(s *Scene, r *session.Stream) phrase {
	if s.Session.Closed {
		return nil
	}
	for _, b := range s.Session.State.Blocked {
		if !b.Since.IsZero() && b.Stream == r.ID {
			d, peer := s.Now.Sub(b.Since), b.Dir.Receiver()
			return phrase{
				fmt.Sprintf("%s: %v reads nothing", cell.Age(d), peer), fmt.Sprintf("%s reads 0 %s", brief(peer), roughly(d)),
			}
		}
	}
	if o, ok := oldestOf(s, p.answer.OwedOn(r.ID)); ok {
		o.Stream = 0 // the row says which
		return debtPhrase(o, s.Now)
	}
	return nil
}
