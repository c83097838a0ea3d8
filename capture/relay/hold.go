package relay

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

// readerPatience is how long a write may take before what is inserted the other way waits
// for it. The Go implementations since 0.0.9 let all writes fail that have not ended 5 s
// after a control frame, such as a HeartResponse: also one of data that has been blocked
// before it. So a peer that can't write must not be asked. The system takes what it has
// room for within microseconds; what waits longer than this goes when the write ends.
const readerPatience = 10 * time.Millisecond

// A hold says what keeps frames in an outbox besides the end of a frame and of a write.
type hold struct {
	padded  bool // the client's writes are padded still: HeartRequests wait for that to end
	blocked bool // the receiver takes nothing
	unread  bool // what the receiver answers could not be written, since nobody takes it
	owed    bool // no more HeartRequests may be without an answer
}

// hold returns what keeps frames in the outbox now. l.mu is held.
func (l *link) hold(now time.Time) hold {
	return hold{
		padded: l.padded(), blocked: l.blocked.Load() != 0,
		unread: l.answers != nil && l.answers.holdsUp(now),
		owed:   !l.shared.MayAsk(l.dir),
	}
}

// holdsUp tells whether what the link's sender writes may have to wait, since the receiver
// takes nothing. Any goroutine may call it.
func (l *link) holdsUp(now time.Time) bool {
	began := l.writes.Load()
	return l.blocked.Load() != 0 || began != 0 && now.UnixNano()-began >= int64(readerPatience)
}

// takesNone tells whether the receiver has taken nothing for most of the time since a time:
// one that only reads slowly takes some between its pauses. Any goroutine may call it.
func (l *link) takesNone(since, now time.Time) bool {
	still := l.blocked.Load()
	return still != 0 && 2*time.Duration(now.UnixNano()-still) >= now.Sub(since)
}

// padded tells whether HeartRequests must wait for the end of the client's padding.
// Those toward the client do, since their answers would spend slots of the scheme.
func (l *link) padded() bool { return l.dir == protocol.ServerToClient && !l.shared.Unpadded() }

// keeps returns what keeps item i: [capture.Written] where nothing does. A frame that was
// told not to wait, and what goes before it of its stream, wait for answers only. A peer that
// takes nothing comes before the padding: who reads that a frame waits for that one may tell
// it not to, and would not know what that does.
func (o *outbox) keeps(i int, h hold) capture.Outcome {
	it := &o.items[i]
	switch forced := o.forced(i); {
	case h.blocked && !forced:
		return capture.WaitsWriting
	case h.unread && !forced:
		return capture.WaitsForReader
	case h.padded && it.asks() && !forced:
		return capture.WaitsForStop
	case h.owed && it.asks():
		return capture.WaitsForAnswers
	default:
		return capture.Written
	}
}

// tellBlocked tells the sink that n bytes of the direction have not moved since a time, and
// whether the receiver's TCP is silent. Meanwhile the receiver's answers wait, and with them
// what would have to be answered.
func (l *link) tellBlocked(since time.Time, n uint64, silent bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.blocked.Store(since.UnixNano())
	if !l.hushed {
		l.emit(&capture.Event{Kind: capture.Blocked, At: l.clock(), Dir: l.dir, Since: since, Bytes: n, Silent: silent})
	}
}

// tellUnblocked tells the sink that the bytes of the direction move again.
func (l *link) tellUnblocked() {
	l.mu.Lock()
	l.blocked.Store(0)
	if !l.hushed && l.err == nil { // a write that fails moves nothing
		l.emit(&capture.Event{Kind: capture.Unblocked, At: l.clock(), Dir: l.dir})
	}
	l.start()
	l.mu.Unlock()
	if o := l.answers; o != nil {
		o.look()
	}
}
