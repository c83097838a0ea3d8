package replay

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

const (
	// maxLane is how many bytes a lane holds at most, and maxLaneItems how many events.
	maxLane      = 1 << 20
	maxLaneItems = 4096
	// laneLag is how much later than it came something is emitted at most, where it is not
	// sure what comes before it. The relay itself keeps the beginning of a frame back while
	// it does not know the frame.
	laneLag = 20 * time.Millisecond
	// madeLag is the same of what the relay made.
	madeLag = time.Second
	// ruledLag is madeLag where the relay has rules: it tells what it read when it reads again,
	// which a rule may keep it from.
	ruledLag = 10 * time.Second
)

// A jointLane puts one direction of a session together: what the sender sent, as its own leg has
// it, and what the relay made, as the receiver's leg has it.
//
// The receiver's leg says where that goes: behind so many bytes that were passed on. So what
// the sender sent is held until it was passed on, and emitted then, with the time when it
// came. What was sent and not passed on the relay has not told either.
//
// Either leg may stand first in the recording: the recorder keeps back what the relay read
// while the answer to a request of its own may be in it. So an answer may stand before what it
// answers, and waits for it.
type jointLane struct {
	joint  *joint
	dir    protocol.Direction
	items  jointQueue // what came on the sender's leg
	made   jointQueue // what the relay made
	passed int64      // how many bytes of the sender's the receiver's leg has
	told   int64      // how many of them were emitted
	loose  bool       // the legs can't be matched any more: nothing is held
	held   int        // bytes
	latest time.Time  // when the sender's leg had something last
	memory []byte     // for the data of what is held
	// inserted counts what the relay made, and insertedTold what of it was emitted.
	inserted, insertedTold uint64
	history                writtenHistory
	late                   bool // the other lane does not wait for this one: see has
	jointRuled
}

// sent takes an event of the sender's leg.
func (l *jointLane) sent(e *capture.Event) {
	it := jointItem{event: *e}
	l.latest = e.At
	if e.Kind == capture.Data {
		it.event.RecordsUnknown = e.RecordsUnknown || l.touched
		it.after = l.other().history.before(e.At)
	}
	l.push(&l.items, l.keep(it))
}

// insert takes a frame that the relay made, from the receiver's leg.
func (l *jointLane) insert(e *capture.Event) {
	l.inserted++
	l.history.add(written{e.At, l.passed, l.inserted})
	l.push(&l.made, l.keep(jointItem{event: *e, behind: l.passed}))
}

// hides takes note, by a Gap event, that frames which the relay made may be missing.
func (l *jointLane) hides(e capture.Event) {
	e.At = l.history.newest().at
	l.push(&l.made, jointItem{event: e, behind: l.passed})
}

// keep returns an item whose data is its own. Where too much is held, the lane is loose from
// then on.
func (l *jointLane) keep(it jointItem) jointItem {
	n := len(it.event.Data)
	if cap(l.memory)-len(l.memory) < n {
		l.joint.room.held -= cap(l.memory)
		l.memory = l.joint.room.memory(n)
		l.joint.room.held += cap(l.memory)
	}
	from := len(l.memory)
	l.memory = append(l.memory, it.event.Data...)
	it.event.Data = l.memory[from:len(l.memory):len(l.memory)]
	l.held += n
	l.joint.room.held += n
	if l.isFull() {
		l.loosen()
		l.joint.overflows()
	}
	return it
}

func (l *jointLane) isFull() bool {
	return l.held > maxLane || l.items.len()+l.made.len() > maxLaneItems || l.joint.room.held > maxRoom
}

// front returns what came first of what is held, and whether the relay made it; nil where
// nothing is held.
func (l *jointLane) front() (it *jointItem, made bool) {
	if l.items.len() > 0 {
		it = l.items.front()
	}
	if l.made.len() > 0 && (it == nil || l.made.front().event.At.Before(it.event.At)) {
		return l.made.front(), true
	}
	return it, false
}

// emit emits the front.
func (l *jointLane) emit(made bool) {
	if made {
		l.emitMade()
	} else {
		l.emitItem()
	}
}

// isBefore tells whether something that the lane holds came before all that another does.
func (l *jointLane) isBefore(other *jointLane) bool {
	a, _ := l.front()
	b, _ := other.front()
	return a != nil && (b == nil || a.event.At.Before(b.event.At))
}

// release notes that n bytes are held no longer. Their memory is not used again before the
// next event is taken.
func (l *jointLane) release(n int) {
	l.held -= n
	l.joint.room.held -= n
}

// rest gives back the memory of a lane that holds nothing.
func (l *jointLane) rest() {
	if l.held == 0 && l.memory != nil {
		l.joint.room.held -= cap(l.memory)
		l.joint.room.back(l.memory)
		l.memory = nil
	}
}

// passes notes that the receiver's leg has n more bytes of the sender's.
func (l *jointLane) passes(at time.Time, n int) {
	l.passed += int64(n)
	l.history.add(written{at, l.passed, l.inserted})
}

func (l *jointLane) other() *jointLane { return &l.joint.lanes[l.dir.Reverse()] }

// has tells whether the lane has told what was written to its receiver by some time. Where
// that takes too long, it is not waited for any more until it has told all.
func (l *jointLane) has(w written, overdue bool) bool {
	if l.told >= l.passed && l.insertedTold == l.inserted {
		l.late = false
	}
	l.late = l.late || overdue
	return l.loose || l.late || l.told >= w.passed && l.insertedTold >= w.inserted
}

// madeLag returns how much later than it came something is told at most, of what waits for the
// other leg.
func (l *jointLane) madeLag() time.Duration {
	if l.joint.note.Rules {
		return ruledLag
	}
	return madeLag
}

// loosen has the lane wait for nothing any more. Where both directions are loose, what they
// hold is emitted in the order of time: see joint.inTime.
func (l *jointLane) loosen() {
	if !l.loose {
		l.loose = true
		l.cuts = l.cuts || l.joint.note.Rules && l.dir == protocol.ClientToServer // not all that rules touched is known
		l.forgetTouched()
	}
}

// advance emits what can be by now, and returns whether there was anything.
func (l *jointLane) advance(now time.Time) (moved bool) {
	for l.step(now) {
		moved = true
	}
	return moved
}

// step emits the next event, if it can be.
func (l *jointLane) step(now time.Time) bool {
	if l.made.len() > 0 {
		m := l.made.front()
		overdue := now.Sub(m.event.At) > l.madeLag()
		if l.loose && l.items.len() == 0 || m.behind <= l.told && (l.hasCome(m) || overdue) || overdue {
			l.emitMade()
			return true
		}
	}
	if l.items.len() == 0 {
		return false
	}
	it := l.items.front()
	if l.part.inside() && !l.loose { // what its sender sent is told between two frames
		if now.Sub(it.event.At) <= l.madeLag() {
			return false
		}
		l.loosen()
	}
	n := int64(len(it.event.Data))
	switch {
	case l.loose:
	case it.event.Kind != capture.Data:
	case !l.other().has(it.after, now.Sub(it.event.At) > l.madeLag()):
		return false
	case it.event.Fate.Kept():
	default:
		return l.emitPassed(it, now)
	}
	if it.event.Kind == capture.Data && !it.event.Fate.Kept() {
		l.told += n
	}
	l.emitItem()
	return true
}

// emitPassed emits of the next item what was passed on: the whole of it, or what the relay
// cut off to write a frame of its own behind it.
func (l *jointLane) emitPassed(it *jointItem, now time.Time) bool {
	n, ready := int64(len(it.event.Data)), l.passed-l.told
	cut := false
	if l.made.len() > 0 && l.made.front().behind-l.told < n {
		ready, cut = min(ready, l.made.front().behind-l.told), true
	}
	if n <= ready {
		l.told += n
		l.emitItem()
		return true
	}
	if ready <= 0 || !cut && now.Sub(it.event.At) <= laneLag {
		return false
	}
	e := it.event
	e.Data, e.Continues = e.Data[:ready], false
	l.cuts = l.cuts || l.joint.note.Rules && l.dir == protocol.ClientToServer // the relay itself may have cut it here
	e.RecordsUnknown = e.RecordsUnknown || l.cuts
	it.event.Data = it.event.Data[ready:]
	l.told += ready
	l.release(int(ready))
	l.joint.pass(&e)
	return true
}

// emitItem emits the next event of the sender's leg.
func (l *jointLane) emitItem() {
	it := l.pop(&l.items)
	l.release(len(it.event.Data))
	it.event.RecordsUnknown = it.event.RecordsUnknown || l.cuts && it.event.Kind == capture.Data
	l.joint.pass(&it.event)
}

// emitMade emits the next of what the receiver's leg tells.
func (l *jointLane) emitMade() {
	it := l.pop(&l.made)
	if it.event.Kind != capture.Data {
		l.joint.pass(&it.event)
		return
	}
	if isKept(&it.event) {
		l.emitKept(&it.event)
		return
	}
	l.insertedTold++
	l.release(len(it.event.Data))
	l.takeAside(it.event.Missing)
	if it.event.Missing != 0 {
		l.part.tells(&it.event)
	}
	l.cuts, it.event.Missing = l.cuts || it.event.RecordsUnknown, 0
	l.joint.pass(&it.event)
}

// discard forgets what is held.
func (l *jointLane) discard() {
	l.release(l.held)
	l.joint.room.held -= itemSize * (l.items.len() + l.made.len())
	l.items, l.made = jointQueue{}, jointQueue{}
	l.forgetAsides()
	l.rest()
}

// drop forgets the bytes that were not passed on.
func (l *jointLane) drop() {
	for n := l.items.len(); n > 0; n-- {
		it := l.pop(&l.items)
		if it.event.Kind == capture.Data && !it.event.Fate.Kept() {
			l.release(len(it.event.Data))
		} else {
			l.push(&l.items, it)
		}
	}
}
