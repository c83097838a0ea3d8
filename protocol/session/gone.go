package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// keptOpenTime is how long a session may stay open once one of its peers is gone. Most
// peers close it within a round-trip.
const keptOpenTime = 5 * time.Second

// Gone tells the tracker that a peer ended its stream, with close_notify or without, and
// that the session goes on: the other peer keeps it open. The one that is gone owes nothing
// any more, and is owed nothing: HeartRequests toward it that wait are cut. Those toward the other
// count as answered where that one answers in time, and else as cut. Its streams stay as they are
// until the session ends.
func (t *Tracker) Gone(at time.Time, peer protocol.Peer) {
	if t.closed || t.gone(peer) {
		return
	}
	t.Tick(at)
	t.tellOther(true)
	t.deadlinePassed(peer)
	t.goesUnanswered()
	if peer == protocol.Server {
		t.rejected()
		t.rejects("")
		t.decideAtEnd(true)
		t.crossed(at)
	}
	t.keptOpen = !t.gone(peer.Other()) // by nobody once both are gone
	t.st.Gone[peer], t.goneMisses = at, t.streams.misses[peer.Toward()]
	t.heardEnd(at, peer)
	t.standsOn(peer, false)
	toward := peer.Toward()
	t.cutHeartbeats(toward)
	t.side[toward].ledger = Ledger{}
	// Its client can't open streams in it any more.
	t.knownToFleet()
	t.member.leave()
	t.member = nil
}

// gone tells whether a peer is gone.
func (t *Tracker) gone(p protocol.Peer) bool { return !t.st.Gone[p].IsZero() }

// someGone tells whether one of the peers is.
func (t *Tracker) someGone() bool { return t.gone(protocol.Client) || t.gone(protocol.Server) }

// firstGone returns which peer is gone, or went first, and when. One of them is gone.
func (t *Tracker) firstGone() (p protocol.Peer, at time.Time) {
	client, server := t.st.Gone[protocol.Client], t.st.Gone[protocol.Server]
	if client.IsZero() || !server.IsZero() && server.Before(client) {
		return protocol.Server, server
	}
	return protocol.Client, client
}

// stillOpen diagnoses the peer that keeps a session open though the other is gone. In a
// session that is not AnyTLS one side may end before the other, and where a capture lacks
// bytes of that peer its end may be among them.
func (t *Tracker) stillOpen() {
	t.keptOpen = false
	p, since := t.firstGone()
	if t.st.Phase == NotAnyTLSPhase || t.dark(p.Toward()) || t.streams.misses[p.Toward()] != t.goneMisses {
		return
	}
	t.diagnoseWait(CodeSessionKeptOpen, 0, p.Toward(), t.waitBeside(p.Other(), since), fmt.Sprintf("the %v closed the session %v ago; the %v keeps it open", p, keptOpenTime, p.Other()))
}

// forgetGone forgets who was gone before a session ended, unless the session was kept open
// for long: most ends come from both sides, one a little before the other.
func (t *Tracker) forgetGone() {
	if t.diagnostics[CodeSessionKeptOpen] == 0 {
		t.st.Gone = protocol.ByPeer[time.Time]{}
	}
}
