package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

const (
	// flowPause is the pause after which a direction's payload is another flow.
	flowPause = time.Second
	// stallTime is by how much a round-trip must exceed the fastest one before a stream
	// is blamed for it.
	stallTime = 500 * time.Millisecond
	// backlog is the least payload, in bytes, that can hold up a heartbeat for so long.
	// Less fits into the buffers of a path without a queue.
	backlog = 64 << 10
)

// A flow is payload that a direction carried without a pause. It knows the stream
// that most of it is for, by a weighted majority vote: each byte of that stream adds
// one to its weight, and each of another stream takes one away. Where nothing is
// left, the other stream takes its place.
type flow struct {
	stream uint32
	weight uint64
	bytes  uint64 // in all
	// last is when it carried payload last, and in the stretch of that time. Neither is kept of
	// one that runs behind a request.
	last time.Time
	in   uint64
}

func (f *flow) add(stream uint32, n uint64) {
	f.bytes += n
	switch {
	case f.stream == stream:
		f.weight += n
	case f.weight >= n:
		f.weight -= n
	default:
		f.stream, f.weight = stream, n-f.weight
	}
}

// blames tells whether the flow is a backlog, nine tenths of it for one stream.
func (f *flow) blames() bool { return f.bytes >= backlog && f.weight*10 >= f.bytes*9 }

// moved takes note of payload. What rests on the time is done once for all bytes that
// the tracker takes at once.
func (t *Tracker) moved(s *side, stream uint32, n int) {
	if !s.carries {
		s.carries = true
		t.carried(s)
	}
	if m := &t.movers; m.n == 0 {
		m.streams[0], m.n = stream, 1
	} else if m.streams[m.n-1] != stream {
		m.add(stream)
	}
	s.flow.add(stream, uint64(n))
	if t.side[s.dir.Reverse()].ledger.owed > 0 {
		s.behind.add(stream, uint64(n))
	}
}

// carried takes note that a direction carries payload now.
func (t *Tracker) carried(s *side) {
	f := &s.flow
	if f.in != t.stretch.number && t.now.Sub(f.last) > flowPause {
		*f = flow{}
	}
	f.last, f.in = t.now, t.stretch.number
	if t.streams.busy == 0 {
		t.idlePayload(s.dir)
	}
}

// stalled diagnoses the stream that probably held up the answer to a request in
// direction asked, if there is one to blame, and tells whether there is. It does so once,
// until an answer comes in good time. All that it can go by is what the directions carried
// between request and answer, and before. What the peer had sent before is no sign: where the
// other does not take that, it shows by itself (see [Tracker.Blocked]). waited says in words
// how long the answer took.
func (t *Tracker) stalled(asked protocol.Direction, r Request, waited string) bool {
	if t.isShaken() {
		return true // it may be one of which nothing was seen
	}
	answers := asked.Reverse()
	peer := asked.Receiver()
	meanwhile, ahead := &t.side[answers].behind, &t.side[asked].flow
	// A flow that ended long before the request has not held it up.
	recent := func(f *flow) bool { return f.blames() && r.At.Sub(f.last) <= flowPause }
	var (
		stream uint32
		why    string
	)
	dialing, sure := t.dialing(asked, r)
	switch {
	case !sure:
		return true
	case dialing != nil:
		stream = dialing.ID
		why = "it came behind payload for this stream, which had no SYNACK yet: probably the server takes nothing more before it is connected"
	case meanwhile.blames():
		stream = meanwhile.stream
		why = fmt.Sprintf("the answer came behind %s that the %v sent meanwhile, nearly all of it for this stream", sizeOf(meanwhile.bytes), peer)
	case meanwhile.bytes < backlog && recent(ahead):
		stream = ahead.stream
		why = fmt.Sprintf("%s were on their way to the %v, nearly all of it for this stream: probably it does not take it", sizeOf(ahead.bytes), peer)
		if !t.heardSince(peer, r.At) {
			why += fmt.Sprintf(", or the %v stands still", peer)
		}
	default:
		return t.side[asked].blamed != 0
	}
	if t.side[asked].blamed == stream {
		return true
	}
	if t.side[answers].silent || t.lostBefore(asked, stream) || asked == protocol.ClientToServer && t.paths[protocol.Server].isDead() {
		return t.side[asked].blamed != 0
	}
	t.side[asked].blamed = stream
	t.diagnoseWait(CodeHeartbeatStalled, stream, asked, t.waitFor(peer, r.At), fmt.Sprintf("a heartbeat %s, stalled, probably by stream %d: %s", waited, stream, why))
	return true
}

// heardSince tells whether a peer was heard of since a time, a server over any session of its
// path.
func (t *Tracker) heardSince(p protocol.Peer, at time.Time) bool {
	if p == protocol.Server {
		return t.heardOf(p).After(at)
	}
	return t.st.LastAt[p.Toward().Reverse()].After(at)
}

// lostBefore tells whether a heartbeat in direction asked was lost before a stream was
// opened, and its receiver was not heard of since: then the stream is not what holds them up.
func (t *Tracker) lostBefore(asked protocol.Direction, stream uint32) bool {
	lost := t.side[asked].lost
	if lost.IsZero() || t.st.LastAt[asked.Reverse()].After(lost) {
		return false
	}
	s := t.find(stream)
	return s != nil && s.OpenedAt.After(lost)
}

// dialing returns a stream to whose target the server may still have been connecting
// when a request reached it, behind payload of that stream. A server that hands on
// each frame before it reads the next reads nothing more then. It returns nil where
// there is no such stream, and sure is false where the times of the directions leave that open.
func (t *Tracker) dialing(asked protocol.Direction, r Request) (dialing *Stream, sure bool) {
	if asked != protocol.ClientToServer || t.st.Version() < 2 {
		return nil, true
	}
	slack := t.st.Evidence.Within
	for _, s := range t.streams.list {
		if s.upAt.IsZero() || s.upAt.After(r.At) {
			continue
		}
		if t.streams.awaits(s) {
			return s, slack == 0 // else the client may have ended it by then
		}
		if answered := s.OpenedAt.Add(s.SYNACK); s.HasACK && answered.After(r.At.Add(-slack)) {
			return s, slack == 0 || answered.After(r.At.Add(slack))
		}
	}
	return nil, true
}

// sizeOf returns a number of bytes as people write it.
func sizeOf(n uint64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
