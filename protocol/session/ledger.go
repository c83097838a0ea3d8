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
	Expired  bool      // nobody waits for it any more: a tombstone
}

// A Settlement is what a HeartResponse turned out to be.
type Settlement struct {
	Request
	RTT time.Duration // from the request's write to the answer's read
	// Absorb says that the answer is owed to the relay alone and must not be
	// forwarded. Where there is doubt it is false: an extra HeartResponse harms
	// no known peer, a missing one kills some.
	Absorb bool
	// Unsolicited says that no request is owed an answer, and Request and RTT
	// are zero.
	Unsolicited bool
}

// A Ledger holds the HeartRequests of one direction that are owed an answer,
// oldest first. Answers come in the order of the requests, and carry nothing
// else to tell them by, so each settles the oldest.
//
// A request that expired stays in the ledger as a tombstone: were it dropped,
// its late answer would settle the next request, and shift every round-trip
// after it. But it may be one that will never be answered. So from the answer
// that settles a tombstone on, each may belong to a later request than it
// settles, until the ledger is empty: then as many were answered as were asked.
// While a peer is owed an answer, all these are in doubt.
//
// The zero value is an empty ledger.
type Ledger struct {
	owed    []Request
	expired int  // the first so many of owed are tombstones
	peers   int  // requests in owed that peers sent
	shifted bool // answers may belong to later requests than they settle
	full    bool // it overflowed: nothing can be told apart any more
}

// Ask enters a request that goes out now. It reports false where the ledger is
// full; from then on every answer is forwarded, and none is attributed.
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

// Overflowed reports whether the ledger gave up telling answers apart.
func (l *Ledger) Overflowed() bool { return l.full }

// Owed returns how many requests of the relay and of peers have no answer yet,
// tombstones included.
func (l *Ledger) Owed() (injected, peers int) { return len(l.owed) - l.peers, l.peers }

// OldestInjected reports whether the next answer may be the relay's: whether the
// oldest request is an injected one.
func (l *Ledger) OldestInjected() bool { return len(l.owed) > 0 && l.owed[0].Injected }

// Expire turns the oldest request that is not a tombstone into one, if it was
// made at or before deadline, and returns it. ok is false where there is none:
// call it until then.
func (l *Ledger) Expire(deadline time.Time) (r Request, ok bool) {
	if l.expired >= len(l.owed) || l.owed[l.expired].At.After(deadline) {
		return Request{}, false
	}
	l.owed[l.expired].Expired = true
	l.expired++
	return l.owed[l.expired-1], true
}

// Settle says what an answer with this stream id, read now, belongs to, and
// takes the request it settles off the ledger.
func (l *Ledger) Settle(at time.Time, stream uint32) Settlement {
	if len(l.owed) == 0 {
		return Settlement{Unsolicited: true}
	}
	i, absorb := l.match(stream)
	return l.take(i, at, absorb)
}

// match finds the request that an answer with this stream id settles.
func (l *Ledger) match(stream uint32) (i int, absorb bool) {
	if stream != 0 {
		// Injected requests have stream id 0. A peer that echoes another one
		// answers a peer's request with that id, if there is one; else nothing
		// is certain.
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

// SettleMarked is Settle for an answer of which it is already decided whether it
// is absorbed: by the relay, which the journal follows, or by what became of the
// answer's first bytes.
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

// injected returns the place of the oldest injected request, -1 where there is
// none.
func (l *Ledger) injected() int {
	return slices.IndexFunc(l.owed, func(r Request) bool { return r.Injected })
}

func (l *Ledger) take(i int, at time.Time, absorb bool) Settlement {
	r := l.owed[i]
	l.owed = slices.Delete(l.owed, i, i+1)
	if r.Expired {
		l.expired--
	}
	if !r.Injected {
		l.peers--
	}
	l.shifted = len(l.owed) > 0 && (l.shifted || r.Expired)
	return Settlement{Request: r, RTT: at.Sub(r.At), Absorb: absorb}
}
