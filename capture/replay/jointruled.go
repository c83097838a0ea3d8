package replay

import (
	"encoding/binary"
	"slices"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// maxAside is how many bytes a lane sets aside at most. The relay itself holds no more than
// half a MiB of a direction.
const maxAside = 1 << 20

// A jointRuled is what a lane knows of frames that a rule touched.
//
// The sender's leg tells which these are, with what is known when they come, and they are set
// aside: others need not wait for them. The receiver's leg tells what became of each in the
// end, and when: with the bytes that were written, or with none. That is what is told. Both say
// with which byte of the sender's the frame begins: on its way to the joint, an event's Missing
// is that number. Where the legs can't be matched, such a frame is told as the sender's leg has
// it, among the others that its sender sent.
type jointRuled struct {
	asides  []aside
	set     int     // bytes of them all
	newest  int64   // with which byte the newest frame begins that was set aside
	early   []int64 // frames of which the receiver's leg has told, before the sender's leg had them
	touched bool    // the client's records that come are not those that the receiver got
	cuts    bool    // the records of the direction are as the relay cut them
	part    partTold
}

// A partTold is the frame of which pieces were told last that the receiver's leg has.
type partTold struct {
	of      int64     // with which byte it begins; 0: there is none
	at      time.Time // of the last piece
	decoder protocol.Decoder
}

// inside tells whether the rest of the frame was not told yet.
func (p *partTold) inside() bool { return p.of != 0 && !p.decoder.AtBoundary() }

// tells takes note of a piece of a frame that a rule touched, which is told now.
func (p *partTold) tells(e *capture.Event) {
	if p.of != e.Missing {
		p.of = e.Missing
		if p.decoder = protocol.NewDecoder(e.Dir); e.Missing > 1 { // the preamble is the first
			p.decoder.Skip(protocol.Header{}, 0)
		}
	}
	p.at = e.At
	for b := e.Data; len(b) > 0; {
		_, n := p.decoder.Next(b)
		b = b[n:]
	}
}

// An aside is a frame that came, or as much of it as has come.
type aside struct {
	event capture.Event // of its first piece
	data  []byte
}

// maxEarly is how many frames may be told before they have come.
const maxEarly = 1024

// isKept tells whether an event says that a frame was not written, and where that stands.
func isKept(e *capture.Event) bool { return e.Missing != 0 && len(e.Data) == 0 }

// came sets aside a piece of a frame that a rule touched, from the sender's leg.
func (l *jointLane) came(e *capture.Event) {
	l.newest = max(l.newest, e.Missing)
	onlyCut := e.Missing == 1 && e.Fate.Kind == session.Forwarded // the preamble, which is told as the receiver got it
	l.touched = l.touched || l.dir == protocol.ClientToServer && !onlyCut
	l.early = slices.DeleteFunc(l.early, func(of int64) bool { return of < e.Missing })
	if slices.Contains(l.early, e.Missing) {
		return // it is told already
	}
	if l.loose || l.joint.legs[l.dir.Receiver()].ended {
		if piece := *e; piece.Fate.Kept() || l.loose {
			piece.Missing = 0
			l.sent(&piece)
		}
		return
	}
	l.latest = e.At
	n := len(l.asides)
	if n == 0 || l.asides[n-1].event.Missing != e.Missing {
		l.asides = append(l.asides, aside{event: *e})
		l.asides[n].event.Data = nil
		l.joint.room.held += itemSize
		n++
	}
	a := &l.asides[n-1]
	a.data = append(a.data, e.Data...)
	l.set += len(e.Data)
	l.joint.room.held += len(e.Data)
	if l.set > maxAside || len(l.asides) > maxLaneItems || l.joint.room.held > maxRoom && len(l.asides) > 0 {
		l.loosen()
		l.joint.overflows()
	}
}

// wrote takes what the receiver's leg tells of a frame that a rule touched.
func (l *jointLane) wrote(e *capture.Event) {
	if l.loose {
		return
	}
	if len(e.Data) > 0 {
		l.insert(e)
		return
	}
	l.push(&l.made, jointItem{event: *e, behind: l.passed})
}

// applied takes an event that says what a rule does, from the receiver's leg.
func (l *jointLane) applied(e *capture.Event) {
	l.push(&l.made, jointItem{event: *e, behind: l.passed})
}

// hasCome tells whether all has come of the frame that an item tells not to have been written.
func (l *jointLane) hasCome(it *jointItem) bool {
	if !isKept(&it.event) {
		return true
	}
	i := l.findAside(it.event.Missing)
	return i >= 0 && l.asides[i].isWhole(l.dir)
}

// isWhole tells whether all of the frame has come.
func (a *aside) isWhole(dir protocol.Direction) bool {
	if dir == protocol.ClientToServer && a.event.Missing == 1 {
		p, ok := protocol.ParsePreamble(a.data)
		return ok && len(a.data) >= protocol.PreambleLen+int(p.Padding)
	}
	return len(a.data) >= protocol.HeaderLen && len(a.data) >= protocol.HeaderLen+int(binary.BigEndian.Uint16(a.data[5:]))
}

func (l *jointLane) findAside(of int64) int {
	return slices.IndexFunc(l.asides, func(a aside) bool { return a.event.Missing == of })
}

// takeAside returns the frame that begins with byte number of, and forgets it. It is empty
// where that is not set aside. 0 is the number of none.
func (l *jointLane) takeAside(of int64) aside {
	if of == 0 {
		return aside{}
	}
	i := l.findAside(of)
	if i < 0 {
		if of > l.newest && len(l.early) < maxEarly && !slices.Contains(l.early, of) {
			l.early = append(l.early, of)
		}
		return aside{}
	}
	a := l.asides[i]
	l.asides = slices.Delete(l.asides, i, i+1)
	l.set -= len(a.data)
	l.joint.room.held -= len(a.data) + itemSize
	return a
}

// emitKept emits a frame that was not written, which an event of the receiver's leg tells.
func (l *jointLane) emitKept(e *capture.Event) {
	l.cuts = l.cuts || l.dir == protocol.ClientToServer
	a := l.takeAside(e.Missing)
	if len(a.data) == 0 {
		return
	}
	told := *e
	told.Data, told.Missing, told.RecordsUnknown = a.data, 0, l.cuts
	l.joint.pass(&told)
}

// tellAside has the lane tell a frame that is set aside as the sender's leg has it: of what
// became of it in the end nothing more is known.
func (l *jointLane) tellAside(i int) {
	a := l.takeAside(l.asides[i].event.Missing)
	a.event.Data, a.event.Missing = a.data, 0
	l.sent(&a.event)
}

// tellAsides is tellAside for all that are set aside and were surely not written. The others
// wait, or the relay has not told what became of them.
func (l *jointLane) tellAsides() {
	for i := 0; i < len(l.asides); {
		if l.asides[i].event.Fate.Kept() {
			l.tellAside(i)
		} else {
			i++
		}
	}
}

// forgetTouched forgets all frames that a rule touched and that wait, since the legs can't be
// matched any more: they are missing, where the next bytes of the sender's stand. The rest of one
// of which a piece was told is missing at once.
func (l *jointLane) forgetTouched() {
	l.tellRest()
	lacks := len(l.asides) > 0
	l.forgetAsides()
	for n := l.made.len(); n > 0; n-- {
		it := l.pop(&l.made)
		if it.event.Kind == capture.Data && it.event.Missing != 0 {
			lacks = true
			l.release(len(it.event.Data))
		} else {
			l.push(&l.made, it)
		}
	}
	if lacks {
		l.push(&l.items, jointItem{event: l.gap(l.latest)})
	}
}

// gap returns the event that says that bytes are missing.
func (l *jointLane) gap(at time.Time) capture.Event {
	return capture.Event{Kind: capture.Gap, Session: l.joint.legs[protocol.Client].opened.Session, At: at, Dir: l.dir, Missing: -1}
}

// tellRest tells that the rest of a frame is missing of which a piece was told, if there is one.
func (l *jointLane) tellRest() {
	if l.part.inside() {
		rest := l.gap(l.part.at)
		l.part = partTold{}
		l.joint.pass(&rest)
	}
}

// forgetAsides forgets what is set aside.
func (l *jointLane) forgetAsides() {
	for len(l.asides) > 0 {
		l.takeAside(l.asides[0].event.Missing)
	}
}

// passAlone is pass for a joint that has the client's leg alone.
func (j *joint) passAlone(e *capture.Event) {
	if e.Kind != capture.Data {
		j.pass(e)
		return
	}
	if isKept(e) {
		return
	}
	told := *e
	told.Missing = 0
	j.pass(&told)
}
