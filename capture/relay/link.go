package relay

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A link carries one direction of a session: it reads a record from one leg, hands
// it to the sink, and writes it to the other.
type link struct {
	dir      protocol.Direction
	src, dst leg.Leg
	// noteSent puts a note on the next record that is written to dst, and
	// noteReceived on what was read from src. They are nil where nobody records
	// the leg.
	noteSent, noteReceived func(string)
	// emit hands an event to the sink, with the session's number filled in.
	emit   func(*capture.Event)
	clock  func() time.Time
	shared *gate.Shared
	// answers is the link of the other direction, by which dst's peer answers; nil: nothing
	// waits for it. Of that one only what is atomic is looked at, and its outbox is served
	// when nothing of this one is held.
	answers   *link
	ruled     bool                  // there are rules
	newTicket func() capture.Ticket // for frames that wait; nil: they have none

	writes   atomic.Int64 // when who has the turn began to write, in Unix nanoseconds; 0: nobody writes
	blocked  atomic.Int64 // since when the receiver takes nothing, in Unix nanoseconds: see tellBlocked; 0: it does
	mayPause atomic.Bool  // a rule may let nothing be read
	waits    atomic.Bool  // something in the outbox waits for the answers' link

	// mu guards what follows. Nobody holds it while writing to dst: who writes has the
	// turn.
	mu     sync.Mutex
	turn   sync.Cond // signalled when the turn is given back
	taken  bool      // somebody has the turn
	since  time.Time // when who has the turn began to write
	gate   *gate.Gate
	outbox outbox
	event  capture.Event // reused
	err    error         // of the first write that failed
	closed bool          // nothing can be written any more
	left   bool          // the receiver has ended its stream: nothing is inserted any more
	passed bool          // the end of the sender's stream was passed on, or is about to be
	came   bool          // the sender has sent a record
	hushed bool          // the session's end is told: no event follows
	// withheld is since when the periodic heartbeats have a request to send; zero: they have
	// none.
	withheld time.Time
	told     waitingHeartbeats // what the sink was told last of the requests that wait

	// What rules have to do with it. Deeds and errands are those of who has the turn.
	deeds       []deed
	errands     []errand
	stalled     time.Time // nothing is read before
	unread      []unread  // for what nothing is read, told once something is
	cutBy       uint16    // the rule that has cut the receiver's connection: what comes is dropped; 0: none has
	releases    string    // why what waited goes now, and nothing begins to wait; empty: it does not
	noted       int64     // where the frame began that was noted last, as [gate.Frame.At]
	touched     bool      // a rule has changed how the direction is cut into records
	full        bool      // it was told that too much waits to read more
	pausing     bool      // the link's goroutine reads nothing, since a rule says so
	interrupted bool      // it does not pause any more

	// onEnd is called when the source has ended, by close_notify or by the end of its
	// stream, before what waits is written: that may take long. Nil: nothing is called.
	onEnd func()
	// onFailure is called with the first error of a write, by whoever wrote.
	onFailure func(error)
	// onUnpadded, which only the client's link has, is called when the padding has
	// ended.
	onUnpadded func()
	// onCut is called where a rule cuts a connection. Nil: nothing is called.
	onCut func(*rule.Step)
}

// newLink returns the link of a direction. The caller sets the rest.
func newLink(dir protocol.Direction, s *gate.Shared) *link {
	l := &link{dir: dir, shared: s, gate: gate.New(dir, s), event: capture.Event{Kind: capture.Data, Dir: dir}}
	l.turn.L = &l.mu
	return l
}

// run carries records until the source ends, and returns why, as [leg.Leg] tells it.
func (l *link) run() error {
	for {
		r, err := l.src.Next()
		if err != nil {
			if l.onEnd != nil && inGoodOrder(err) {
				l.onEnd()
			}
			if err := l.end(err); err != nil {
				return &writeError{err}
			}
			return err
		}
		if l.ruled {
			l.pause() // a stall may have begun while it was waited for the record
		}
		if err := l.carry(r); err != nil {
			return &writeError{err}
		}
		if l.ruled {
			l.pause()
		}
	}
}

// A writeError is a failure of the leg that a link writes to.
type writeError struct{ error }

// Unwrap returns the failure itself.
func (e *writeError) Unwrap() error { return e.error }

// carry lets the gate decide about one record, hands its parts to the sink, and
// writes on what goes on.
func (l *link) carry(r leg.Record) error {
	l.takeTurn()
	l.came = true
	if l.ruled && l.underRules() {
		return l.carryUnderRules(r)
	}
	wasUnpadded := l.shared.Unpadded()
	out := l.decide(r)
	unpadded := l.onUnpadded != nil && !wasUnpadded && l.shared.Unpadded()
	l.writing(func() error {
		if unpadded {
			l.onUnpadded()
		}
		return l.writeOut(&out)
	})
	l.wroteSettings()
	l.insertAll()
	return l.giveTurn()
}

// wroteSettings takes note that the client's Settings were written, where that is so. The
// caller has the turn, and l.mu.
func (l *link) wroteSettings() {
	if l.gate.SettingsSeen() && l.err == nil && !l.shared.SettingsWritten() {
		l.shared.WroteSettings()
	}
}

// An outgoing is what goes out in place of a record that came: rest alone, or where a
// frame is inserted into it, two records and the frame between them.
type outgoing struct {
	before   leg.Record
	inserted *item // nil: none
	rest     leg.Record
}

// decide lets the gate decide about a record, and hands its parts to the sink. The
// caller has the turn, and l.mu.
func (l *link) decide(r leg.Record) (out outgoing) {
	first := l.next(l.since)
	var waits *protocol.Frame
	if first >= 0 && !l.outbox.items[first].raw {
		waits = &l.outbox.items[first].frame
	}
	r = r.Extend(gate.Headroom)
	goesOn := newPending(r, l.gate.Held())
	verdicts := l.gate.Decide(l.since, r.Bytes(), waits)
	for i, v := range verdicts {
		// Where a frame is inserted, the record leaves as two.
		continues := i+1 < len(verdicts) && verdicts[i+1].Order != gate.Insert
		switch v.Order {
		case gate.Insert:
			it := l.outbox.take(first)
			l.recordInserted(&it)
			out.before, out.inserted = goesOn.split(), &it
		case gate.Absorb:
			fate := session.Fate{Kind: session.Absorbed}
			l.record(v.Data, v.Pieces, fate, continues)
			goesOn.skip(len(v.Data))
			if l.noteReceived != nil {
				l.noteReceived(capture.NoteOf(fate, protocol.Header{Command: protocol.HeartResponse}).String())
			}
		default:
			l.record(v.Data, v.Pieces, session.Fate{}, continues)
			goesOn.add(len(v.Data))
		}
	}
	out.rest = goesOn.all()
	return out
}

// writeOut writes what a record became. The caller has the turn.
func (l *link) writeOut(out *outgoing) error {
	if out.inserted != nil {
		if err := l.dst.Write(out.before); err != nil {
			return err
		}
		if err := l.writeInserted(out.inserted); err != nil {
			return err
		}
	}
	return l.dst.Write(out.rest)
}

// takeTurn waits until nobody writes. The caller has the turn then, and l.mu.
func (l *link) takeTurn() {
	l.mu.Lock()
	for l.taken {
		l.turn.Wait()
	}
	l.taken = true
	l.began(l.clock())
}

// began notes that who has the turn begins to write. l.mu is held.
func (l *link) began(now time.Time) {
	l.since = now
	l.writes.Store(now.UnixNano())
}

// giveTurn gives the turn back and unlocks l.mu. Before that, the caller has looked
// whether something in the outbox may go. It returns the error of the first write that
// failed. What waits in the other direction until this one is free may go now.
func (l *link) giveTurn() error {
	err := l.err
	l.taken = false
	l.writes.Store(0)
	l.full = l.full && l.overfull()
	errands := l.errands
	if len(errands) > 0 {
		l.errands = nil
	}
	l.mu.Unlock()
	l.turn.Signal()
	if len(errands) > 0 {
		l.runErrands(errands)
	}
	if o := l.answers; o != nil && o.waits.Load() {
		o.look()
	}
	return err
}

// writing calls f, which writes, without l.mu. The caller has the turn. After an error
// nothing can be written, and f is not called. A connection that a rule has cut takes nothing:
// that is no error.
func (l *link) writing(f func() error) {
	if l.err != nil {
		l.deeds = nil
		return
	}
	l.mu.Unlock()
	err := f()
	l.mu.Lock()
	if err == nil || l.cutBy != 0 {
		return
	}
	if l.onFailure != nil {
		l.mu.Unlock()
		l.onFailure(err)
		l.mu.Lock()
	}
	l.err = err
	l.close()
}

// close says that nothing can be written any more. l.mu is held.
func (l *link) close() {
	l.closed = true
	l.dropWaiting("dropped: the session has ended")
	l.dropInserts(capture.ErrSessionClosed)
}

// record hands bytes of this direction to the sink. l.mu is held.
func (l *link) record(b []byte, pieces []session.Piece, fate session.Fate, continues bool) {
	e := &l.event // an Event is large: what all of a link's have in common is set once
	e.At, e.Data, e.Pieces, e.Fate, e.Continues = l.since, b, pieces, fate, continues
	e.RecordsUnknown = l.touched
	l.emit(e)
}

// beforeWait is called before the source may have to wait for its peer: everything that
// waits goes out now.
func (l *link) beforeWait() {
	l.takeTurn()
	// A link that waits holds nothing of the record.
	l.gate.Rest()
	l.event.Data, l.event.Pieces = nil, nil
	l.deliver()
}

// end ends the direction, whose source has ended, for why: what waits for rules goes on where
// it did so in good order, and then what the gate held back. It flushes.
func (l *link) end(why error) error {
	l.takeTurn()
	l.passed = true
	if inGoodOrder(why) && l.err == nil && l.gate.AtBoundary() {
		l.release("released: the " + l.dir.Sender().String() + " has ended its stream")
	}
	l.close()
	v := l.gate.Release()
	if len(v.Data) > 0 {
		h, headed := protocol.ParseHeader(v.Data)
		switch {
		case l.cutBy != 0 && headed && v.At > 1:
			l.keep(&passage{Frame: gate.Frame{Wire: v.Data, At: v.At, Header: h}}, session.Dropped, l.cutBy)
		case l.cutBy != 0:
			l.record(v.Data, v.Pieces, session.Fate{Kind: session.Dropped, Rule: l.cutBy}, false)
		default:
			l.record(v.Data, v.Pieces, session.Fate{}, false)
			l.deeds = append(l.deeds, deed{record: leg.NewRecord(v.Data)})
		}
	}
	l.writing(func() error {
		if err := l.perform(); err != nil {
			return err
		}
		return l.dst.Flush()
	})
	l.wroteSettings()
	return l.giveTurn()
}

// inGoodOrder tells whether a source has ended its stream, and was not reset, closed, or
// broken.
func inGoodOrder(why error) bool {
	return errors.Is(why, io.EOF) || errors.Is(why, io.ErrUnexpectedEOF)
}

// closeNotify passes on the source's close_notify.
func (l *link) closeNotify() error {
	l.takeTurn()
	l.writing(l.dst.CloseNotify)
	return l.giveTurn()
}

// hasCarried tells whether the sender has sent a record.
func (l *link) hasCarried() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.came
}

// stuck tells whether a write of the link has not ended for so long.
func (l *link) stuck(now time.Time, long time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.taken && now.Sub(l.since) >= long
}

// written returns when the link's last write began, and whether it goes on.
func (l *link) written() (since time.Time, goesOn bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since, l.taken
}

// wrote notes that TCP sends something that the link has not written: the end of the stream.
func (l *link) wrote() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.taken {
		l.since = l.clock()
	}
}

// hush lets no event of the direction follow, since the end of the session is about to be
// told.
func (l *link) hush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hushed = true
}
