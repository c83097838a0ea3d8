package session

import (
	"math"
	"slices"
	"time"
)

// A Request is a HeartRequest that is owed an answer.
type Request struct {
	At       time.Time // when it was written, or seen
	Stream   uint32    // its stream id: 0, from a peer that keeps the protocol
	Injected bool      // by the relay; else a peer sent it
	Expired  bool      // it was given up, and is a tombstone
	// Estimated says that At may be the time of another request: so many were owed that
	// their times are not told apart.
	Estimated bool
}

// A Settlement is what a HeartResponse turned out to be.
type Settlement struct {
	Request
	RTT time.Duration // from the request's write to the answer's read
	// Absorb says that the answer is owed to the relay alone and must not be
	// forwarded. It is false in doubt: an extra HeartResponse harms no known peer,
	// and a missing one makes some close the session.
	Absorb bool
	// Unsolicited says that no request is owed an answer. Request and RTT are zero.
	Unsolicited bool
}

// A Ledger holds the HeartRequests of one direction that are owed an answer, oldest
// first (sections cmdHeartRequest and cmdHeartResponse). Answers come in the order
// of the requests, and nothing else tells them apart. So each settles the oldest.
//
// A request that expired stays in the ledger as a tombstone. If it were dropped, its
// late answer would settle the next request, and shift every round-trip after it.
// But the expired request may never be answered. So from the answer that settles a
// tombstone on, each answer may belong to a later request than the one it settles.
// That lasts until the ledger is empty: then as many were answered as were asked.
// While a peer is owed an answer, all of these answers are in doubt.
//
// Requests that went out at one time take no more room than one. So a Ledger counts any
// number of them, in up to [MaxSpans] spans, and what it says is exact. Where more are
// owed, tombstones are folded into one another, and if that is not enough, a request is
// taken to have gone out with the last one: the counts stay exact, and times become
// estimates, which say so.
//
// The zero value is an empty ledger.
type Ledger struct {
	base    time.Time // what the times of the spans are counted from
	spans   []span    // oldest first, from head on
	head    int       // the first span that is owed an answer
	live    int       // the first span from head on that is no tombstone
	folded  int       // how many tombstones could not be folded
	owed    int       // requests
	expired int       // how many of these are tombstones
	peers   int       // how many of these a peer sent
	shifted bool      // answers may belong to later requests than they settle
	full    bool      // it overflowed: answers can't be told apart any more
}

// A span is a run of requests of one kind that went out at one time.
type span struct {
	at        time.Duration // from the ledger's base
	count     uint32
	stream    uint32
	injected  bool
	expired   bool
	estimated bool // some of them went out at other times
}

const (
	// maxIdleOwed is for how many spans an empty ledger keeps room.
	maxIdleOwed = 64
	// spareSpans is how many spans more than MaxSpans a ledger holds. Injected requests
	// part spans of a peer's that can't be joined then.
	spareSpans = 2 * (MaxInjectedOwed + MaxQueued)
)

// Ask enters a request that goes out now. It returns false where the ledger is full: very
// many are owed that have different stream ids. From then on every answer is forwarded,
// and belongs to no request.
func (l *Ledger) Ask(r Request) bool {
	if l.owed == 0 {
		l.base = r.At
	}
	if l.full || !l.enter(span{at: r.At.Sub(l.base), count: 1, stream: r.Stream, injected: r.Injected}) {
		*l = Ledger{full: true}
		return false
	}
	l.owed++
	if !r.Injected {
		l.peers++
	}
	return true
}

// enter enters a span of one request, and tells whether there is room.
func (l *Ledger) enter(s span) bool {
	crowded := len(l.spans)-l.head >= MaxSpans
	if crowded {
		l.fold()
	}
	if n := len(l.spans); n > l.head {
		if last := &l.spans[n-1]; last.takes(&s, crowded) {
			last.estimated = last.estimated || last.at != s.at
			last.count++
			return true
		}
		if n-l.head >= MaxSpans+spareSpans {
			return false
		}
	}
	if len(l.spans) == cap(l.spans) && l.head > len(l.spans)/2 {
		l.live -= l.head
		l.spans = slices.Delete(l.spans, 0, l.head)
		l.head = 0
	}
	l.spans = append(l.spans, s)
	return true
}

// takes tells whether a request may be counted in the span: one of its kind that went out
// at the same time, or at any where the ledger is crowded.
func (s *span) takes(r *span, crowded bool) bool {
	return s.stream == r.stream && s.injected == r.injected && !s.expired && s.count < math.MaxUint32 &&
		(s.at == r.at || crowded)
}

// fold makes one of tombstones of one kind that follow one another. It does so only once
// many have come, so that it costs little for each of them.
func (l *Ledger) fold() {
	if l.live-l.head < l.folded+MaxSpans/4 {
		return
	}
	kept := l.spans[:l.head]
	for _, s := range l.spans[l.head:l.live] {
		if n := len(kept); n > l.head {
			if last := &kept[n-1]; last.stream == s.stream && last.injected == s.injected && last.count <= math.MaxUint32-s.count {
				last.at, last.count, last.estimated = s.at, last.count+s.count, true
				continue
			}
		}
		kept = append(kept, s)
	}
	live := len(kept)
	l.spans = slices.Delete(l.spans, live, l.live)
	l.live, l.folded = live, live-l.head
}

// Overflowed tells whether the ledger has given up telling answers apart.
func (l *Ledger) Overflowed() bool { return l.full }

// Owed returns how many requests of the relay, and of the peer, have no answer yet.
// Tombstones are among them.
func (l *Ledger) Owed() (injected, peers int) { return l.owed - l.peers, l.peers }

// OldestInjected tells whether the oldest request is an injected one, so that the
// next answer may be the relay's.
func (l *Ledger) OldestInjected() bool { return l.owed > 0 && l.spans[l.head].injected }

// oldest returns when the oldest request went out; zero where none is owed an answer.
func (l *Ledger) oldest() time.Time {
	if l.owed == 0 {
		return time.Time{}
	}
	return l.base.Add(l.spans[l.head].at)
}

// from returns how many requests without an answer went out at a time or later, and when
// the first of these did.
func (l *Ledger) from(at time.Time) (first time.Time, n int) {
	offset := at.Sub(l.base)
	for i := len(l.spans) - 1; i >= l.head && l.spans[i].at >= offset; i-- {
		first = l.base.Add(l.spans[i].at)
		n += int(l.spans[i].count)
	}
	return first, n
}

// Expire turns the oldest requests that are no tombstones, and went out at one time, into
// tombstones, if that was at or before deadline. It returns one of them and how many they
// are: 0 where there is none. The caller calls it until then.
func (l *Ledger) Expire(deadline time.Time) (r Request, n int) {
	if l.live >= len(l.spans) {
		return Request{}, 0
	}
	s := &l.spans[l.live]
	if l.base.Add(s.at).After(deadline) {
		return Request{}, 0
	}
	s.expired = true
	l.live++
	l.expired += int(s.count)
	return l.request(s), int(s.count)
}

// request returns a request of a span.
func (l *Ledger) request(s *span) Request {
	return Request{At: l.base.Add(s.at), Stream: s.stream, Injected: s.injected, Expired: s.expired, Estimated: s.estimated}
}

// waiting returns how many requests have no answer yet and are no tombstones.
func (l *Ledger) waiting() int { return l.owed - l.expired }

// Settle says which request an answer settles, and takes that off the ledger. The
// answer was read at a time, with a stream id.
func (l *Ledger) Settle(at time.Time, stream uint32) Settlement {
	if l.owed == 0 {
		return Settlement{Unsolicited: true}
	}
	i, absorb := l.match(stream)
	return l.take(i, at, absorb)
}

// match finds the span of the request that an answer with this stream id settles, and says
// whether the answer is to be absorbed. The ledger must not be empty.
func (l *Ledger) match(stream uint32) (i int, absorb bool) {
	if stream != 0 {
		// Injected requests have stream id 0, unless somebody insists on another. So an
		// answer with another id answers the peer's request with that id. If there is
		// none among the oldest, nothing is certain.
		for i := l.head; i < min(len(l.spans), l.head+MaxOwed); i++ {
			if s := &l.spans[i]; !s.injected && s.stream == stream {
				return i, false
			}
		}
		return l.head, false
	}
	oldest := &l.spans[l.head]
	inDoubt := l.peers > 0 && (oldest.expired || l.shifted)
	return l.head, oldest.injected && !inDoubt
}

// SettleMarked is [Ledger.Settle] for an answer of which it is already decided
// whether it is absorbed. The relay decided it, and the tracker follows; or the
// relay has already forwarded the answer's first bytes.
func (l *Ledger) SettleMarked(at time.Time, stream uint32, absorbed bool) Settlement {
	if l.owed == 0 {
		return Settlement{Unsolicited: true, Absorb: absorbed}
	}
	i, _ := l.match(stream)
	if absorbed && !l.spans[i].injected {
		i = l.injected()
	}
	if i < 0 {
		return Settlement{Unsolicited: true, Absorb: absorbed}
	}
	return l.take(i, at, absorbed)
}

// injected returns the index of the oldest span of injected requests, -1 where there is
// none.
func (l *Ledger) injected() int {
	if l.owed == l.peers {
		return -1
	}
	return l.head + slices.IndexFunc(l.spans[l.head:], func(s span) bool { return s.injected })
}

// take takes a request of span i off the ledger: the answer that was read at a time settles
// it.
func (l *Ledger) take(i int, at time.Time, absorb bool) Settlement {
	s := &l.spans[i]
	r := l.request(s)
	l.owed--
	if r.Expired {
		l.expired--
	}
	if !r.Injected {
		l.peers--
	}
	if s.count--; s.count == 0 {
		l.remove(i)
	}
	l.shifted = l.owed > 0 && (l.shifted || r.Expired)
	return Settlement{Request: r, RTT: at.Sub(r.At), Absorb: absorb}
}

// remove removes a span that is settled.
func (l *Ledger) remove(i int) {
	switch {
	case l.owed == 0:
		l.spans, l.head, l.live, l.folded = l.spans[:0], 0, 0, 0
		if cap(l.spans) > maxIdleOwed {
			l.spans = nil // one burst must not take memory for ever
		}
	case i == l.head:
		l.head++
		l.live = max(l.live, l.head)
	default:
		l.spans = slices.Delete(l.spans, i, i+1)
		if i < l.live {
			l.live--
		}
	}
}
