package session

import "anytls-inspect/protocol"

// decode cuts the bytes into frames and takes them. watched says that they are the
// client's, and that its first records are still followed.
func (t *Tracker) decode(s *side, b []byte, watched bool) {
	before := t.st.Wire[s.dir] - uint64(len(b))
	for at := 0; at < len(b); {
		if !watched {
			if h, n := s.framing.Whole(b[at:]); n > 0 {
				t.frame(s, h, b[at+protocol.HeaderLen:at+n])
				at += n
				s.whole = before + uint64(at)
				if t.lost(s) {
					return
				}
				continue
			}
		}
		p, n := s.framing.Next(b[at:])
		at += n
		if !t.took(s, &p, n, before+uint64(at), watched) {
			return
		}
	}
}

// follow is decode for bytes that the source has cut into frames.
func (t *Tracker) follow(s *side, b []byte, pieces []Piece, watched bool) {
	before := t.st.Wire[s.dir] - uint64(len(b))
	at := 0
	for i := range pieces {
		from := &pieces[i]
		n := int(from.Wire)
		at += n
		data := b[at-int(from.Data) : at]
		if !watched && from.whole() {
			s.framing.followWhole()
			t.frame(s, from.Header, data)
			s.whole = before + uint64(at)
			if t.lost(s) {
				return
			}
			continue
		}
		s.framing.Follow(from, b[at-n:at])
		p := protocol.Piece{Kind: from.Kind, First: from.First, Last: from.Last, Header: from.Header, Data: data}
		if !t.took(s, &p, n, before+uint64(at), watched) {
			return
		}
	}
}

// took takes what the framing found: a piece of n bytes, the last of which is the
// direction's end-th byte. It returns false where the direction turned out not to be
// frames.
func (t *Tracker) took(s *side, p *protocol.Piece, n int, end uint64, watched bool) bool {
	if s.framing.State().Opaque() {
		t.st.Opaque[s.dir] += t.st.Wire[s.dir] - s.whole
		t.becameOpaque(s.dir)
		return false
	}
	if watched {
		t.first.add(p, n)
	}
	if p.Kind != protocol.PieceNone {
		t.piece(s, p)
	}
	if p.Last {
		s.whole = end
	}
	return !t.lost(s)
}

// frame takes a frame that came in one piece, as most do.
func (t *Tracker) frame(s *side, h protocol.Header, data []byte) {
	s.begin()
	if h.Command == protocol.PSH && s.came.Kind.counts() {
		t.payload(s, h, data, true)
	}
	t.frameEnded(s, h, data)
}

// piece takes a piece of a frame, or of the preamble.
func (t *Tracker) piece(s *side, p *protocol.Piece) {
	if p.First {
		s.begin()
	}
	if p.Header.Command == protocol.PSH && s.came.Kind.counts() {
		t.payload(s, p.Header, p.Data, p.First)
	}
	limit := t.limit(p.Header.Command)
	if s.holed {
		limit = len(s.collector.buf) // what comes behind the missing bytes does not follow on what came before
	}
	data := s.collector.add(p, limit)
	switch {
	case !p.Last:
	case p.Kind == protocol.PiecePreamble:
		t.preamble(p.Preamble)
	default:
		t.frameEnded(s, p.Header, data)
	}
}

// begin takes the beginning of a frame, or of the preamble.
func (s *side) begin() {
	s.fate, s.holed = s.came, false
	s.push.begin()
}

// frameEnded takes the end of a frame. It hands the frame out, and acts on it if its
// receiver got it or it was an answer to the relay.
func (t *Tracker) frameEnded(s *side, h protocol.Header, data []byte) {
	t.emit(s, h, data, s.holed)
	if h.Command != protocol.PSH || h.Length > s.seen.longest || h.Length%leastBuffer == 0 || t.first != nil {
		t.learn(s, h, data)
	}
	if h.Command == protocol.PSH {
		s.lastPSH = h.Stream
	}
	dir, kind := s.dir, s.came.Kind
	if flawless[dir]&(1<<h.Command) == 0 && !kind.made() {
		t.check(dir, h) // what the relay makes is none of the sender's faults
	}
	if dir == protocol.ServerToClient && (t.st.Outcome != OutcomeAccepted || t.verdict.waits()) && !kind.made() {
		t.heardServer(h.Command)
	}
	if s.fate.Rule != 0 {
		t.noteFate(s, h)
	}
	if !kind.counts() {
		t.kept(s, h)
		return
	}
	if t.st.Phase == Authenticated {
		t.firstFrame(dir, h)
	}
	acts := true
	if s.holed {
		data, acts = t.holedFrame(s, h, data)
	}
	if acts {
		t.act(s, h, data)
	}
	if t.alerted.open && !kind.made() {
		t.afterAlert(dir, h.Command)
	}
}

// limit returns how much of a frame's data is collected, in bytes: all of what is
// parsed.
func (t *Tracker) limit(c protocol.Command) int {
	switch c {
	case protocol.Settings, protocol.ServerSettings, protocol.UpdatePaddingScheme, protocol.SYNACK, protocol.Alert:
		return protocol.MaxData
	default:
		return t.cfg.Snap
	}
}

// emit hands a frame to the handler. cut says that the rest of it will not come.
func (t *Tracker) emit(s *side, h protocol.Header, data []byte, cut bool) {
	f := &t.out
	f.At, f.Dir, f.Header, f.Fate = t.now, s.dir, h, s.fate
	f.Data = data[:min(len(data), t.cfg.Snap)]
	f.Target, f.Cut, f.Preamble = s.push.target, cut, false
	t.st.Frames[s.dir]++
	t.handler.Frame(f)
}
