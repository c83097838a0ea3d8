package relay

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// patience is how long a write may take before it is said to hold up what waits. A
// write takes longer only where the peer does not read.
const patience = 100 * time.Millisecond

// inject puts a frame into the outbox. It is written at once where the link stands
// between frames and nobody writes; else whoever has the turn writes it as soon as it
// may go.
func (l *link) inject(in capture.Insert, t capture.Ticket) (capture.Outcome, error) {
	it, err := newItem(t, &in, l.clock())
	if err != nil {
		return 0, err
	}
	return l.enter(it)
}

// enter puts an item into the outbox, and has that served.
func (l *link) enter(it item) (capture.Outcome, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.refusal(); err != nil {
		return 0, err
	}
	if err := l.outbox.full(&it); err != nil {
		return 0, err
	}
	if it.asks() && l.shared.Overflowed(l.dir) {
		return 0, capture.ErrTooManyOwed
	}
	if wait := it.due.Sub(it.since); wait > 0 && !it.due.IsZero() {
		it.alarm = time.AfterFunc(wait, l.look) // the outbox stops it
	}
	l.outbox.add(it)
	l.start()
	why := l.why(len(l.outbox.items)-1, it.since)
	if why == capture.Written && it.when == capture.WhenPossible && l.hold(it.since).unread {
		why = capture.WrittenUnread
	}
	return why, nil
}

// beat puts a HeartRequest into the outbox, as the periodic heartbeats do: where it
// need not wait for the padding to end, and none waits. Where a peer does not read,
// they must not pile up.
func (l *link) beat(t capture.Ticket) {
	// A frame without data is not too long.
	it, _ := newItem(t, &capture.Insert{Frame: protocol.Frame{Command: protocol.HeartRequest}}, l.clock())
	l.mu.Lock()
	defer l.mu.Unlock()
	refused := l.refusal() != nil
	if refused && !l.inDoubt() || l.shared.Overflowed(l.dir) {
		return
	}
	if l.withheld.IsZero() {
		l.withheld = it.since // until one is written
	}
	if !refused && !l.padded() && l.outbox.requests() == 0 && l.outbox.full(&it) == nil {
		l.outbox.add(it)
		l.start()
	}
}

// waiting appends what waits in the outbox to dst.
func (l *link) waiting(dst []capture.Waiting) []capture.Waiting {
	now := l.clock()
	l.mu.Lock()
	defer l.mu.Unlock()
	refused := l.refusal() != nil && !l.inDoubt()
	for i, it := range l.outbox.items {
		if it.came == nil && refused || it.came != nil && it.came.cancelled {
			continue // it can't go any more
		}
		why := l.why(i, now)
		if why == capture.Written {
			continue // whoever has the turn is about to take it
		}
		if it.came != nil {
			dst = append(dst, it.cameWaits(l.dir, why))
			continue
		}
		dst = append(dst, capture.Waiting{
			Ticket: it.ticket, Since: it.since, Why: why,
			Insert: capture.Insert{Toward: l.dir.Receiver(), When: it.when, Due: it.due, Frame: it.frame, Rule: it.rule},
		})
	}
	return dst
}

// cancel takes a frame out of the outbox. It returns false where it is not there.
func (l *link) cancel(t capture.Ticket) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := l.outbox.find(t)
	if i < 0 {
		return false
	}
	switch p := l.outbox.items[i].came; {
	case p == nil:
		l.outbox.take(i)
	case p.cancelled:
		return false
	default:
		p.cancelled = true // who has the turn drops it, between two frames
	}
	l.start() // others of its stream may go now
	return true
}

// refusal returns why nothing can be inserted into this direction; nil where
// something can. l.mu is held.
func (l *link) refusal() error {
	state := l.gate.State()
	switch {
	case l.passed:
		return capture.ErrStreamEnded
	case l.closed:
		return capture.ErrSessionClosed
	case l.left, l.cutBy != 0:
		return capture.ErrPeerGone
	case l.shared.Opaque():
		return capture.ErrNotAnyTLS
	case !l.shared.SettingsWritten() && state == session.AwaitingPreamble:
		return capture.ErrNotAuthenticated
	case !l.shared.SettingsWritten():
		return capture.ErrBeforeSettings
	case state == session.Doubtful || state == session.Desynchronised:
		return capture.ErrDesynchronised
	default:
		return nil
	}
}

// inDoubt tells whether the direction's framing is in doubt, which its next frame may
// end. l.mu is held.
func (l *link) inDoubt() bool {
	return l.gate.State() == session.Doubtful && !l.closed && !l.left && !l.shared.Opaque()
}

// leave says that the receiver has ended its stream: it will answer nothing. What waits to
// be inserted is dropped.
func (l *link) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = true
	l.dropInserts(capture.ErrPeerGone)
}

// why returns what item i of the outbox waits for. l.mu is held.
func (l *link) why(i int, now time.Time) capture.Outcome {
	first := l.outbox.ahead(i)
	held := l.outbox.keeps(first, l.hold(now))
	ahead := &l.outbox.items[first]
	switch {
	case ahead.came == nil && l.inDoubt():
		return capture.WaitsInDoubt
	case ahead.due.After(now) && ahead.came != nil && ahead.came.isHeld():
		return capture.WaitsForRelease
	case ahead.due.After(now):
		return capture.WaitsForDue
	case held == capture.WaitsForStop:
		return held
	case l.taken && now.Sub(l.since) >= patience: // the rest of a frame that it is inside of waits, too
		return capture.WaitsWriting
	case held != capture.Written:
		return held
	case !l.gate.AtBoundary():
		return capture.WaitsMidFrame
	default:
		return capture.Written
	}
}

// next returns the index of the item that may go now at a boundary, -1 where there is
// none. l.mu is held.
func (l *link) next(now time.Time) int {
	if len(l.outbox.items) == 0 || l.err != nil || l.closed {
		l.waits.Store(false)
		return -1
	}
	refused := l.refusal() != nil
	if refused && l.outbox.came == 0 {
		l.waits.Store(false)
		return -1
	}
	l.waits.Store(true) // before it is looked what for: the other link looks here when it is free
	h := l.hold(now)
	l.waits.Store(h.unread || h.owed)
	return l.outbox.next(now, h, refused)
}

// start has the outbox served where something in it may go, unless somebody has the
// turn, who will look there. l.mu is held.
func (l *link) start() {
	now := l.clock()
	if l.taken || !l.gate.AtBoundary() || l.next(now) < 0 {
		return
	}
	l.taken = true
	l.began(now)
	// A goroutine, since a write blocks where the peer does not read. It ends with its
	// write, which closing the leg ends.
	go func() {
		l.mu.Lock()
		l.deliver()
	}()
}

// look has the outbox served when something in it may have become free to go: the
// client's padding has ended, or it is due.
func (l *link) look() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.start()
}

// deliver writes what may go of the outbox, and flushes, until nothing is left to do.
// Then it gives the turn back, which the caller has, with l.mu.
func (l *link) deliver() {
	for {
		l.insertAll()
		l.writing(l.dst.Flush)
		if len(l.outbox.items) == 0 || !l.gate.AtBoundary() || l.next(l.clock()) < 0 {
			_ = l.giveTurn() // the link learns of the error when it writes next
			return
		}
	}
}

// insertAll writes what may go of the outbox, if the link stands between frames. The
// caller has the turn, and l.mu.
func (l *link) insertAll() {
	for len(l.outbox.items) > 0 && l.gate.AtBoundary() {
		now := l.clock()
		i := l.next(now)
		if i < 0 {
			return
		}
		l.began(now)
		l.send(i)
		l.writing(l.perform)
		l.wroteSettings()
	}
}

// recordInserted hands a frame, of which the gate has taken note, to the sink. That
// gets it before it is written, so that its answer comes after it. l.mu is held.
func (l *link) recordInserted(it *item) {
	if it.asks() {
		l.withheld = time.Time{}
	}
	l.record(it.wire, nil, it.fate(), false)
}

// fate returns that of a frame which is inserted.
func (i *item) fate() session.Fate { return session.Fate{Kind: session.Injected, Rule: i.rule} }

// writeInserted writes a frame as a record of its own, or as several where it is
// longer than a record can be. The caller has the turn.
func (l *link) writeInserted(it *item) error {
	if l.noteSent != nil {
		l.noteSent(capture.NoteOfBytes(it.fate(), it.wire).String())
	}
	var err error
	cutInto(it.wire, nil, func(part []byte) {
		if err == nil {
			err = l.dst.Write(leg.NewRecord(part))
		}
	})
	return err
}
