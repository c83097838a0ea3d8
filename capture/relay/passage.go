package relay

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A passage is a frame that came, on its way through its program.
type passage struct {
	gate.Frame // Program is what is left of it

	came  time.Time // when the last of it came
	clock time.Time // when it would be this far in its program, did it wait for nothing else
	rule  uint16    // the last one that touched it; 0: none did
	told  uint16    // the last one of which it was told that it is applied; 0: none was
	// holder is the rule for which it waits, or has waited: its own, or that of the frame in
	// front of it; 0: it has not waited.
	holder uint16

	changed []byte // what goes in its place; nil: it goes itself
	changer uint16 // the rule that changed it last
	split   []int  // how it is cut into records; nil: into as few as can be
	copies  []uint16
	behind  []rule.Step // what is inserted behind it

	waits     *rule.Step     // the step for which it waits; nil: for none
	since     time.Time      // since when it does
	released  bool           // it was told not to wait any more
	cancelled bool           // it is to be dropped
	ticket    capture.Ticket // 0 until it waits
	noted     bool           // the recording of the sender's leg has a note on it
}

// A deed is one thing that is done to the legs, without the lock of the link.
type deed struct {
	item   *item // that is inserted; nil: it is none
	record leg.Record
	note   string     // on it; on nothing, where the record has no bytes
	cut    *rule.Step // the connection is cut; nil: the record is written
}

// proceed carries out what is left of a program. It returns false where the frame has to
// wait: until then, and with it all of the direction, or only its stream. queued says that it
// has to wait behind another one anyway: then only its own waiting begins. The caller has the
// turn, and l.mu.
func (l *link) proceed(p *passage, queued bool) (due time.Time, all, gone bool) {
	if p.waits != nil && !queued {
		how := ""
		if p.released {
			how = "released by hand"
		}
		l.waited(p, how)
		p.released = false
	}
	for len(p.Program) > 0 {
		st := &p.Program[0]
		switch st.Action {
		case rule.Delay, rule.Hold, rule.Throttle:
			if due, waits := l.wait(p, st); waits {
				return due, p.waits.All || p.Preamble, false
			}
			continue
		default:
			if queued {
				return time.Time{}, p.Preamble, false
			}
		}
		p.Program, p.rule = p.Program[1:], st.Rule
		if !l.do(p, st) {
			return time.Time{}, false, true
		}
	}
	if queued {
		return time.Time{}, p.Preamble, false
	}
	l.goes(p)
	return time.Time{}, false, true
}

// wait begins to wait for a step, unless the time of that is up already.
func (l *link) wait(p *passage, st *rule.Step) (due time.Time, waits bool) {
	p.Program, p.rule = p.Program[1:], st.Rule
	p.clock = p.clock.Add(st.Wait)
	switch {
	case l.releases != "":
		l.applied(p, st, l.releases, false)
		return time.Time{}, false
	case !p.clock.After(l.since):
		l.applied(p, st, waitText(st), false)
		return time.Time{}, false
	}
	p.waits, p.since, p.holder = st, l.since, st.Rule
	l.applied(p, st, waitText(st), true)
	return p.clock, true
}

// waited ends the waiting of a frame for its step.
func (l *link) waited(p *passage, text string) {
	if p.waits == nil {
		return
	}
	l.tell(&capture.Application{
		Rule: p.waits.Rule, Action: p.waits.Action.String(), Header: p.Header, Preamble: p.Preamble,
		All: p.waits.All || p.Preamble, Ended: true, Held: l.since.Sub(p.since), Text: text,
	})
	if p.clock.After(l.since) {
		p.clock = l.since // it was released
	}
	p.waits = nil
}

// do does one thing with a frame. It returns false where the frame goes nowhere.
func (l *link) do(p *passage, st *rule.Step) (goesOn bool) {
	if p.Absorb && changes(st.Action) {
		l.undone(p, st, "it answers the relay, and goes nowhere")
		return true
	}
	switch st.Action {
	case rule.Drop:
		l.applied(p, st, "", false)
		l.keep(p, session.Dropped, st.Rule)
		l.repeatNone(p)
		l.insertBehind(p)
		return false
	case rule.Duplicate:
		p.copies = append(p.copies, st.Rule)
	case rule.Replace, rule.Corrupt:
		p.changed, p.changer = st.Change(p.wire()), st.Rule
	case rule.Insert:
		l.insertMade(p, st)
		return true
	case rule.Split:
		p.split = st.Sizes
	case rule.Join:
		p.split = nil
	case rule.Stall:
		if until := l.since.Add(st.Wait); until.After(l.stalled) {
			l.stalled = until
		}
		l.reads(p, st.Rule)
	case rule.Cut:
		l.applied(p, st, cutText(st), false)
		l.keep(p, session.Dropped, st.Rule)
		l.repeatNone(p)
		l.insertBehind(p)
		l.deeds = append(l.deeds, deed{cut: st})
		if st.Both || st.Toward == l.dir.Receiver() {
			l.swallows(st.Rule)
			l.dropWaiting("dropped: " + endedBy(st))
		}
		if st.Both || st.Toward == l.dir.Sender() {
			l.errands = append(l.errands, errand{p.Header, st})
		}
		return false
	}
	l.applied(p, st, doneText(st), false)
	return true
}

// changes tells whether an action is about how a frame goes, so that it means nothing for one
// that goes nowhere.
func changes(a rule.Action) bool {
	switch a {
	case rule.Duplicate, rule.Replace, rule.Corrupt, rule.Split, rule.Join:
		return true
	default:
		return false
	}
}

// wire returns what goes.
func (p *passage) wire() []byte {
	if p.changed != nil {
		return p.changed
	}
	return p.Wire
}

// fate returns what becomes of a frame whose program does not say more.
func (l *link) fate(p *passage, kind session.FateKind, by uint16) session.Fate {
	f := session.Fate{Kind: kind, Rule: by}
	if p.holder != 0 {
		f.Held = l.since.Sub(p.came)
		if kind == session.Forwarded && f.Held > 0 {
			f.Kind = session.Held
		}
		if kind == session.Forwarded || f.Rule == 0 {
			f.Rule = p.holder
		}
	}
	return f
}

// keep records that a frame goes nowhere.
func (l *link) keep(p *passage, kind session.FateKind, by uint16) {
	l.touch(p)
	l.undoes(p)
	fate := l.fate(p, kind, by)
	l.record(p.Wire, nil, fate, false)
	l.noteCame(p, fate.Kind, fate.Rule)
	l.noteGone(p, fate)
}

// goes has a frame written whose program is over, with what goes behind it.
func (l *link) goes(p *passage) {
	if p.Absorb {
		l.keep(p, session.Absorbed, p.rule)
		l.insertBehind(p)
		return
	}
	fate := l.fate(p, session.Forwarded, p.rule)
	if p.changed == nil {
		if fate != (session.Fate{}) {
			l.touch(p)
			l.noteCame(p, fate.Kind, fate.Rule)
		}
		if !p.Preamble {
			l.gate.Wrote(l.since, p.Header, p.Wire[protocol.HeaderLen:], false)
		}
		l.write(p, fate)
	} else {
		l.keep(p, session.Replaced, p.changer)
		l.writeMade(p.changed, p.split, session.Fate{Kind: session.Injected, Rule: p.changer})
	}
	for _, by := range p.copies {
		if l.asksTooMuch(p.wire()) {
			l.refuse(p.Header, by, rule.Duplicate, capture.ErrTooManyOwed)
			continue
		}
		l.writeMade(p.wire(), nil, session.Fate{Kind: session.Repeated, Rule: by})
	}
	l.insertBehind(p)
}

// write has a frame of the sender written, in records of its own.
func (l *link) write(p *passage, fate session.Fate) {
	first := len(l.deeds)
	cutInto(p.Wire, p.split, func(part []byte) {
		l.record(part, nil, fate, false)
		l.deeds = append(l.deeds, deed{record: leg.NewRecord(part)})
	})
	if fate != (session.Fate{}) {
		l.deeds[first].note = l.noteOf(p, fate)
	}
}

// writeMade has bytes written that the relay made.
func (l *link) writeMade(b []byte, split []int, fate session.Fate) {
	if len(b) == 0 {
		return
	}
	if h, whole := wholeFrame(b); whole {
		l.gate.Wrote(l.since, h, b[protocol.HeaderLen:], true)
	}
	l.record(b, nil, fate, false)
	first := len(l.deeds)
	cutInto(b, split, func(part []byte) { l.deeds = append(l.deeds, deed{record: leg.NewRecord(part)}) })
	if l.noteSent != nil {
		l.deeds[first].note = capture.NoteOfBytes(fate, b).String()
	}
}

// cutInto cuts bytes into records: the first ones of these sizes, and none longer than a
// record can be.
func cutInto(b []byte, split []int, record func([]byte)) {
	for len(b) > 0 {
		n := min(len(b), leg.MaxPlaintext)
		if len(split) > 0 {
			n, split = min(n, max(split[0], 1)), split[1:]
		}
		record(b[:n])
		b = b[n:]
	}
}

// wholeFrame tells whether bytes are one whole frame, and returns its header.
func wholeFrame(b []byte) (h protocol.Header, whole bool) {
	h, ok := protocol.ParseHeader(b)
	if !ok || len(b) != protocol.HeaderLen+int(h.Length) {
		return protocol.Header{}, false
	}
	return h, true
}
