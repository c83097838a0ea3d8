package session

import (
	"time"

	"anytls-inspect/protocol"
)

// Evidence is what the source of a session could see of it. No diagnostic may rest on what
// it could not see.
type Evidence struct {
	// Gaps is how many times bytes of a direction are missing, and Missing how many bytes
	// of TLS plaintext these are, as far as that is known.
	Gaps    protocol.ByDirection[uint64]
	Missing protocol.ByDirection[uint64]
	// Unseen is why nothing more of a direction is seen, printable; empty where it is seen.
	Unseen protocol.ByDirection[string]
	// Within is by how much the times of the two directions may be off against one another;
	// 0 where they are of one clock.
	Within time.Duration
	// Uncertain says that the order between the two directions is not known.
	Uncertain bool
}

// shakenTime is for how long after a gap an answer may belong to a request that was not seen,
// or that was given up: peers that answer at all answer within it.
const shakenTime = time.Minute

// Unseen tells the tracker that nothing more of a direction is seen from now on, and why;
// printable. Bytes of it must not follow.
func (t *Tracker) Unseen(at time.Time, dir protocol.Direction, why string) {
	if t.closed {
		return
	}
	t.Tick(at)
	t.tellOther(true)
	t.st.Evidence.Unseen[dir] = why
	t.shake(dir)
	s := &t.side[dir]
	t.lose(s)
	s.search = search{}
	s.framing.lose()
	t.blind(dir.Sender(), true)
}

// Order tells the tracker how far times and order of the two directions can be relied on
// from now on: see [Evidence].
func (t *Tracker) Order(at time.Time, within time.Duration, uncertain bool) {
	if t.closed {
		return
	}
	t.Tick(at)
	e := &t.st.Evidence
	e.Within, e.Uncertain = max(e.Within, within), e.Uncertain || uncertain
	t.streams.slack = e.Within
	if t.first != nil && t.first.padding != nil && !t.inOrder() {
		t.first = nil // whether a scheme was offered before a record is not known
	}
}

// inOrder tells whether all happened in the order in which the tracker was told of it.
func (t *Tracker) inOrder() bool { return t.st.Evidence.Within == 0 && !t.st.Evidence.Uncertain }

// isShaken tells whether a gap was so lately that answers may belong to requests that were not
// seen.
func (t *Tracker) isShaken() bool { return !t.shaken.IsZero() && !t.now.After(t.shaken) }

// span returns the time from what one peer sent to what the other did: none where it is
// shorter than it is known, and never less.
func (t *Tracker) span(from, to time.Time) time.Duration {
	if d := to.Sub(from); d >= t.st.Evidence.Within {
		return max(d, 0)
	}
	return 0
}

// dark tells whether frames of a direction can't be seen now.
func (t *Tracker) dark(dir protocol.Direction) bool {
	s := &t.side[dir]
	return s.unsure || s.framing.State().Opaque()
}

// whole tells whether all frames of a direction were seen, from its beginning on.
func (t *Tracker) whole(dir protocol.Direction) bool {
	return t.streams.misses[dir] == 0 && !t.dark(dir)
}

// saw tells whether all frames of a direction were seen since a stream was opened; or all that
// there were, where the stream is not known.
func (t *Tracker) saw(s *Stream, dir protocol.Direction) bool {
	if s == nil {
		return t.whole(dir)
	}
	return s.misses[dir] == t.streams.misses[dir] && !t.dark(dir)
}

// mayBeOther tells whether the session may be of another protocol, for all that was seen, since
// its beginning was not.
func (t *Tracker) mayBeOther() bool {
	return t.streams.misses != (protocol.ByDirection[uint32]{}) && t.opening.authAt.IsZero() &&
		t.st.Frames == (protocol.ByDirection[uint64]{})
}

// missedOf tells whether frames may be missing since a stream was opened.
func (t *Tracker) missedOf(s *Stream) bool { return s != nil && s.misses != t.streams.misses }
