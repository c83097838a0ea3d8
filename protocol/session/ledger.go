package session

import (
	"slices"
	"time"
)

// A Request is a HeartRequest that is owed an answer.
type Request struct {
	At       time.Time // when it was written, or seen
	Stream   uint32    // its stream id: 0, from a peer that keeps the protocol
	Injected bool      // by the relay; else a peer sent it
	Expired  bool      // it was given up, and is a tombstone
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
// The zero value is an empty ledger. A Ledger holds up to [MaxOwed] requests.
type Ledger struct {
	owed    []Request
	expired int  // how many of owed are tombstones: the first ones
	peers   int  // how many of owed a peer sent
	shifted bool // answers may belong to later requests than they settle
	full    bool // it overflowed: answers can't be told apart any more
}

// maxIdleOwed is for how many requests an empty ledger keeps room.
const maxIdleOwed = 64

// Ask enters a request that goes out now. It returns false where the ledger is
// full. From then on every answer is forwarded, and belongs to no request.
func (l *Ledger) Ask(r Request) bool {
	if l.full || len(l.owed) >= MaxOwed {
		l.full = true
		l.owed, l.expired, l.peers, l.shifted = nil, 0, 0, false
		return false
	}
	if !r.Injected {
		l.peers++
	}
	l.owed = append(l.owed, r)
	return true
}

// Overflowed tells whether the ledger has given up telling answers apart.
func (l *Ledger) Overflowed() bool { return l.full }

// Owed returns how many requests of the relay, and of the peer, have no answer yet.
// Tombstones are among them.
func (l *Ledger) Owed() (injected, peers int) { return len(l.owed) - l.peers, l.peers }

// OldestInjected tells whether the oldest request is an injected one, so that the
// next answer may be the relay's.
func (l *Ledger) OldestInjected() bool { return len(l.owed) > 0 && l.owed[0].Injected }

// Expire turns the oldest request that is not a tombstone into one, if it was made
// at or before deadline, and returns it. ok is false where there is none. The caller
// calls it until then.
func (l *Ledger) Expire(deadline time.Time) (r Request, ok bool) {
	if l.expired >= len(l.owed) || l.owed[l.expired].At.After(deadline) {
		return Request{}, false
	}
	l.owed[l.expired].Expired = true
	l.expired++
	return l.owed[l.expired-1], true
}

// waiting returns how many requests have no answer yet and are no tombstones.
func (l *Ledger) waiting() int { return len(l.owed) - l.expired }

// Settle says which request an answer settles, and takes that off the ledger. The
// answer was read at a time, with a stream id.
func (l *Ledger) Settle(at time.Time, stream uint32) Settlement {
	if len(l.owed) == 0 {
		return Settlement{Unsolicited: true}
	}
	i, absorb := l.match(stream)
	return l.take(i, at, absorb)
}

// match finds the request that an answer with this stream id settles, and says
// whether the answer is to be absorbed. The ledger must not be empty.
func (l *Ledger) match(stream uint32) (i int, absorb bool) {
	if stream != 0 {
		// Injected requests have stream id 0, unless somebody insists on another. So an
		// answer with another id answers the peer's request with that id. If there is
		// none, nothing is certain.
		for i, r := range l.owed {
			if !r.Injected && r.Stream == stream {
				return i, false
			}
		}
		return 0, false
	}
	oldest := l.owed[0]
	inDoubt := l.peers > 0 && (oldest.Expired || l.shifted)
	return 0, oldest.Injected && !inDoubt
}

// SettleMarked is [Ledger.Settle] for an answer of which it is already decided
// whether it is absorbed. The relay decided it, and the tracker follows; or the
// relay has already forwarded the answer's first bytes.
func (l *Ledger) SettleMarked(at time.Time, stream uint32, absorbed bool) Settlement {
	if len(l.owed) == 0 {
		return Settlement{Unsolicited: true, Absorb: absorbed}
	}
	i, _ := l.match(stream)
	if absorbed && !l.owed[i].Injected {
		i = l.injected()
	}
	if i < 0 {
		return Settlement{Unsolicited: true, Absorb: absorbed}
	}
	return l.take(i, at, absorbed)
}

// injected returns the index of the oldest injected request, -1 where there is
// none.
func (l *Ledger) injected() int {
	return slices.IndexFunc(l.owed, func(r Request) bool { return r.Injected })
}

// take takes request i off the ledger: the answer that was read at a time settles
// it.
func (l *Ledger) take(i int, at time.Time, absorb bool) Settlement {
	r := l.owed[i]
	l.owed = slices.Delete(l.owed, i, i+1)
	if len(l.owed) == 0 && cap(l.owed) > maxIdleOwed {
		l.owed = nil // one burst must not take memory for ever
	}
	if r.Expired {
		l.expired--
	}
	if !r.Injected {
		l.peers--
	}
	l.shifted = len(l.owed) > 0 && (l.shifted || r.Expired)
	return Settlement{Request: r, RTT: at.Sub(r.At), Absorb: absorb}
}
