package session

import (
	"time"

	"anytls-inspect/protocol"
)

// Gap tells the tracker that n bytes of a direction are missing, -1 where their number is not
// known. Where they are of one frame's data, decoding goes on behind them; else it goes on
// with the next record that surely begins with a frame: see [Expectation]. What rests on the
// missing bytes is held against nobody: see evidence.go.
func (t *Tracker) Gap(at time.Time, dir protocol.Direction, n int64) {
	if t.closed {
		return
	}
	t.Tick(at)
	t.tellOther(true)
	e := &t.st.Evidence
	e.Gaps[dir]++
	if n > 0 {
		e.Missing[dir] += uint64(n)
	}
	if path := t.paths[dir.Sender()]; path != nil && n != 0 {
		path.hear(t.now)
		t.blind(dir.Sender(), true) // when the bytes came that are missing is not known
	}
	t.shake(dir)
	s := &t.side[dir]
	if !s.unsure && s.framing.State() != Searching {
		s.search = search{}
	}
	s.search.missing(n)
	if s.search.held == 0 { // else a record is not whole, of which it is not known what it is
		if p, ok := s.framing.pass(n); ok {
			t.passed(s, &p)
			return
		}
	}
	t.lose(s)
	t.searches(s)
	s.search.next()
}

// passed takes a piece that was not seen, and whose length is known as far as the source can
// tell: the next header shows whether it is.
func (t *Tracker) passed(s *side, p *protocol.Piece) {
	s.unsure = true
	if p.Kind == protocol.PieceNone {
		return
	}
	s.holed, s.came, s.carries = true, s.fate, false
	if p.Header.Command == protocol.PSH {
		if st := t.streams.find(p.Header.Stream); st != nil {
			st.holed[s.dir] = true
		}
	}
	if t.piece(s, p); p.Last {
		s.whole = t.st.Wire[s.dir]
	}
}

// searches begins to look for a frame, unless that is under way, or of no use.
func (t *Tracker) searches(s *side) {
	if s.framing.State().Opaque() {
		s.search.next()
		return
	}
	s.search.from = t.st.Opaque[s.dir] - s.search.held // with these decoding may go on
	s.framing.search()
}

// lose takes note that the frames of a direction are lost from here on, for a while or for
// good. What it is inside of is handed out.
func (t *Tracker) lose(s *side) {
	s.unsure = false
	t.missed(s)
	if s.framing.State().Opaque() {
		return
	}
	if !t.cut(s.dir) {
		t.st.Opaque[s.dir] += t.st.Wire[s.dir] - s.whole - s.search.held // which count already
	}
	s.endBeginning()
}

// shake takes note of a gap in a direction. From here on it is not known what the client sent,
// or what it was told. The answers that wait may be among the missing bytes, so that nothing
// more will be known of their requests; and for a while it is not sure which request an answer
// belongs to, or which stream held it up.
func (t *Tracker) shake(dir protocol.Direction) {
	t.first, t.woken = nil, wake{}
	if !t.lastUse().IsZero() {
		t.used = t.now
	}
	asked := dir.Reverse()
	t.cutHeartbeats(asked)
	t.side[asked].ledger = Ledger{full: t.side[asked].ledger.full}
	t.shaken = t.now.Add(shakenTime)
	for d := range t.side {
		s := &t.side[d]
		s.follower.row = 0
	}
}

// missed takes note that frames of a direction may be missing, and of what.
func (t *Tracker) missed(s *side) {
	t.streams.misses[s.dir]++
	s.missedAt = t.now
	s.lastPSH = 0
	t.newest, t.zeros.row = newestSYN{}, 0
	t.alerted.unsure = true
	if s.dir == protocol.ClientToServer {
		t.ids.gap()
	}
	t.missedByFleet(s.dir)
}

// holedFrame takes a whole frame of whose data bytes are missing, and returns what is left to
// be acted on; ok is false where nothing is.
func (t *Tracker) holedFrame(s *side, h protocol.Header, data []byte) (left []byte, ok bool) {
	switch h.Command {
	case protocol.Settings, protocol.ServerSettings, protocol.UpdatePaddingScheme:
		t.missed(s)
		return nil, false
	case protocol.SYNACK:
		t.newest.waits, t.woken = false, wake{}
		if st := t.streams.open[h.Stream]; st != nil && !st.HasACK {
			st.HasACK, st.SYNACK = true, t.span(st.OpenedAt, t.now)
		}
		return nil, false
	case protocol.Alert:
		return append(data[:len(data):len(data)], "…"...), true
	default:
		return data, true
	}
}
