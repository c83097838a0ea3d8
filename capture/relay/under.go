package relay

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// underRules tells whether what comes has to be sifted: a rule is on, or something is under
// way for one. The caller has the turn, and l.mu.
func (l *link) underRules() bool {
	return l.outbox.came > 0 || l.gate.Sifts() || l.cutBy != 0
}

// Queued implements [gate.Queue]. Where too much waits, everything does: then the link comes
// to stand between frames, and may stop reading.
func (l *link) Queued(stream uint32) bool {
	return l.cutBy != 0 || l.overfull() || l.outbox.blocker(stream) != nil
}

// Due implements [gate.Queue].
func (l *link) Due() bool { return l.next(l.since) >= 0 }

// fewDeeds is how many deeds' memory a link keeps.
const fewDeeds = 8

// carryUnderRules is the rest of carry, which has the turn, where the record has to be sifted.
func (l *link) carryUnderRules(r leg.Record) error {
	wasUnpadded := l.shared.Unpadded()
	l.sift(r)
	unpadded := l.onUnpadded != nil && !wasUnpadded && l.shared.Unpadded()
	l.writing(func() error {
		if unpadded {
			l.onUnpadded()
		}
		return l.perform()
	})
	l.wroteSettings()
	l.insertAll()
	return l.giveTurn()
}

// An output is what goes out in place of a record under rules, while its parts come by.
type output struct {
	goesOn pending
	open   bool         // a part was not recorded yet, since it is not known whether the record goes on
	data   []byte       // that part
	fate   session.Fate // its
	at     int64        // the number of its first byte, where it is absorbed
}

// sift lets the gate sift a record, and carries out its parts: events are recorded, and what
// is to be written is noted in l.deeds. The caller has the turn, and l.mu.
func (l *link) sift(r leg.Record) {
	r = r.Extend(gate.Headroom)
	out := output{goesOn: newPending(r, l.gate.Held())}
	l.gate.Begin(l.since, r.Bytes())
	for {
		p, ok := l.gate.Sift(l)
		if !ok {
			break
		}
		l.part(&out, &p)
	}
	l.recordOpen(&out, false)
	if wire, at := l.gate.Gathered(); l.cutBy != 0 && at > 1 && l.gate.Gathers() {
		// The rest of it may never come, and then it would be too late for a note.
		h, _ := protocol.ParseHeader(wire)
		l.noteCame(&passage{Frame: gate.Frame{At: at, Header: h}}, session.Dropped, l.cutBy)
	}
	l.touched = l.touched || l.gate.Held() > 0
	if rest := out.goesOn.all(); rest.Len() > 0 {
		l.deeds = append(l.deeds, deed{record: rest})
	}
}

// part carries out a part of a record.
func (l *link) part(out *output, p *gate.Part) {
	switch p.Order {
	case gate.Pass, gate.Absorb:
		l.recordOpen(out, true)
		out.open, out.data, out.fate, out.at = true, p.Data, session.Fate{}, p.At
		if p.Order == gate.Pass {
			out.goesOn.add(len(p.Data))
			return
		}
		out.fate.Kind = session.Absorbed
		out.goesOn.skip(len(p.Data))
	case gate.Gather:
		out.goesOn.skip(len(p.Data))
		l.touched = l.touched || out.open
	case gate.Late:
		l.cutOff(out)
		from := 0
		for _, to := range p.Cuts {
			l.record(p.Data[from:to], nil, session.Fate{}, false)
			l.deeds = append(l.deeds, deed{record: leg.NewRecord(p.Data[from:to])})
			from = to
		}
	case gate.Whole:
		l.cutOff(out)
		l.takes(p.Frame)
	case gate.Insert:
		l.cutOff(out)
		l.touched = true
		for i := l.next(l.since); i >= 0; i = l.next(l.since) {
			l.send(i)
		}
	case gate.Lose:
		l.cutOff(out)
		l.release("released: the framing is lost")
	}
}

// recordOpen records the part that was not recorded yet. continues says that the record goes
// on behind it.
func (l *link) recordOpen(out *output, continues bool) {
	if !out.open {
		return
	}
	l.record(out.data, nil, out.fate, continues)
	if out.fate.Kind == session.Absorbed && l.noteReceived != nil {
		l.noteReceived(capture.NoteOf(out.fate, protocol.Header{Command: protocol.HeartResponse}).At(out.at).String())
	}
	out.open = false
}

// cutOff ends the record that goes out: something else is written behind it.
func (l *link) cutOff(out *output) {
	l.recordOpen(out, false)
	if out.goesOn.some() {
		l.deeds = append(l.deeds, deed{record: out.goesOn.split()})
	}
}

// takes begins the program of a frame that came.
func (l *link) takes(f *gate.Frame) {
	p := &passage{Frame: *f, came: l.since, clock: l.since}
	if l.cutBy != 0 {
		l.keep(p, session.Dropped, l.cutBy)
		return
	}
	front := l.outbox.blocker(p.Header.Stream)
	due, all, gone := l.proceed(p, front != nil)
	if gone {
		return
	}
	if p.holder == 0 {
		p.holder = front.holder
	}
	l.noteCame(p, session.Held, p.holder)
	l.outbox.add(l.waitsUntil(p, due, all))
	l.tellOverfull(p)
}

// waitsUntil returns the item of a frame that came and has to wait. Due is zero where it waits
// only for others.
func (l *link) waitsUntil(p *passage, due time.Time, all bool) item {
	if p.ticket == 0 && l.newTicket != nil {
		p.ticket = l.newTicket()
	}
	it := item{
		ticket: p.ticket, came: p, all: all, since: p.came, due: due,
		frame: protocol.Frame{Command: p.Header.Command, Stream: p.Header.Stream},
	}
	if wait := due.Sub(l.since); !due.IsZero() && wait > 0 {
		it.alarm = time.AfterFunc(wait, l.look) // the outbox stops it
	}
	return it
}

// send takes item i out of the outbox, and has it written, or carries on with its program. The
// caller has the turn, and l.mu.
func (l *link) send(i int) {
	it := l.outbox.take(i)
	p := it.came
	switch {
	case p == nil:
		if !it.raw {
			l.gate.Inserted(l.since, it.frame)
		}
		l.recordInserted(&it)
		l.deeds = append(l.deeds, deed{item: &it})
	case p.cancelled:
		l.waited(p, "dropped by hand")
		l.keep(p, session.Dropped, p.holder)
	default:
		if due, all, gone := l.proceed(p, false); !gone {
			l.outbox.put(i, l.waitsUntil(p, due, all))
		}
	}
}

// release lets all that came and waits go now, in order: none of it waits any more.
func (l *link) release(why string) {
	l.releases = why
	for i := l.outbox.firstCame(); i >= 0; i = l.outbox.firstCame() {
		p := l.outbox.take(i).came
		l.waited(p, why)
		l.proceed(p, false)
	}
	l.releases = ""
}

// dropWaiting drops all that came and waits.
func (l *link) dropWaiting(why string) {
	for i := l.outbox.firstCame(); i >= 0; i = l.outbox.firstCame() {
		p := l.outbox.take(i).came
		l.waited(p, why)
		l.keep(p, session.Dropped, p.holder)
	}
}

// perform does what was noted in l.deeds. The caller has the turn.
func (l *link) perform() error {
	deeds := l.deeds
	l.deeds = deeds[:0]
	if len(deeds) > fewDeeds {
		l.deeds = nil
	}
	defer clear(deeds) // they have records
	for i := range deeds {
		d := &deeds[i]
		switch {
		case d.cut != nil:
			if l.onCut != nil {
				l.onCut(d.cut)
			}
			continue
		case d.item != nil:
			if err := l.writeInserted(d.item); err != nil {
				return err
			}
			continue
		case d.record.Len() == 0:
			l.dst.NoteNothing(d.note)
			continue
		case d.note != "" && l.noteSent != nil:
			l.noteSent(d.note)
		}
		if err := l.dst.Write(d.record); err != nil {
			return err
		}
	}
	return nil
}
