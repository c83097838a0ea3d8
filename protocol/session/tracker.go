package session

import (
	"time"

	"anytls-inspect/protocol"
)

// A Config is what trackers need to know. The zero value works.
type Config struct {
	// HeartbeatTimeout is how long a HeartRequest may wait for its answer before it
	// counts as lost; [DefaultHeartbeatTimeout] where it is zero.
	HeartbeatTimeout time.Duration
	// Credential is the hash that clients should send; nil where it is not known.
	Credential *[32]byte
	// Snap is how much of a frame's data the [Handler] gets to see, in bytes.
	Snap int
	// KeepStreams is how many closed streams of a session are remembered.
	KeepStreams int
	// Schemes knows padding schemes by their md5; sessions share it. Where it is nil
	// the tracker has its own.
	Schemes *Schemes
	// Fleet compares the sessions of each client; sessions share it. Where it is nil
	// none are compared.
	Fleet *Fleet
}

// A Tracker follows one session, from its bytes to what they mean: see the package
// comment. Its methods must be called in the order in which things happened, by one
// goroutine at a time.
type Tracker struct {
	cfg     Config
	handler Handler
	side    protocol.ByDirection[side]
	st      State

	streams     streamTable
	ids         streamIDs
	heartbeats  protocol.ByPeer[ByOrigin[Heartbeats]] // by the peer they go toward
	series      protocol.ByPeer[*Series]              // by the peer they go toward
	diagnostics map[Code]uint64
	timeouts    []timeout // reused
	frame       Frame     // the one that the handler gets; reused
	now         time.Time // see Now
	closed      bool

	first   *firstRecords // the client's first records; nil once nothing depends on them
	opening opening       // where the session comes from, as far as it is known
	member  *member       // the session in its fleet; nil where it is compared with none
	newest  newestSYN
	owing   bool // one of the sides owes an answer
	alerted alertState
}

// A side is what a tracker knows of one direction.
type side struct {
	framing   Framing
	collector collector
	ledger    Ledger // HeartRequests that travel in this direction
	whole     uint64 // bytes up to the end of the last whole frame
	fate      Fate   // of the frame that is being received
	push      push   // of the PSH that is being received

	flow    flow          // the payload that this direction moved last
	behind  flow          // the part of it since the oldest request whose answer is to come in it
	silence silence       // of this direction's sender
	best    time.Duration // the fastest round-trip of requests that travel in this direction
	blamed  uint32        // the stream that was blamed for holding up their answers
}

// NewTracker returns a tracker for a session that begins now. What it finds goes to
// handler.
func NewTracker(cfg Config, handler Handler) *Tracker {
	if cfg.HeartbeatTimeout <= 0 {
		cfg.HeartbeatTimeout = DefaultHeartbeatTimeout
	}
	if cfg.Schemes == nil {
		cfg.Schemes = NewSchemes()
	}
	t := &Tracker{cfg: cfg, handler: handler, diagnostics: make(map[Code]uint64), first: new(firstRecords)}
	t.streams.keep = cfg.KeepStreams
	for d := range t.side {
		t.side[d].framing = NewFraming(protocol.Direction(d))
	}
	return t
}

// Data takes bytes of one direction when it is not known how they were cut into TLS
// records: nothing that rests on records is judged then. fate is what became of them.
// Where the relay made them, or kept them as its answer, they are one whole frame. The
// tracker keeps nothing of b.
func (t *Tracker) Data(at time.Time, dir protocol.Direction, b []byte, fate Fate) {
	if dir == protocol.ClientToServer && !fate.Made() {
		t.first = nil
	}
	t.Record(at, dir, b, fate, true)
}

// Record takes the plaintext of one TLS record, or a part of it. continues says that
// more of the record comes in the direction's next call. All else is as with
// [Tracker.Data].
func (t *Tracker) Record(at time.Time, dir protocol.Direction, b []byte, fate Fate, continues bool) {
	t.Pieces(at, dir, b, nil, fate, continues)
}

// Pieces is [Tracker.Record] for bytes that the source has cut into frames: pieces are
// those that b consists of, in order. Where there are none, the tracker cuts b itself.
func (t *Tracker) Pieces(at time.Time, dir protocol.Direction, b []byte, pieces []Piece, fate Fate, continues bool) {
	if t.closed {
		return
	}
	t.Tick(at)
	t.st.Wire[dir] += uint64(len(b))
	t.st.LastAt[dir] = at
	if t.owing {
		t.heard(at, dir, fate)
	}
	if t.side[dir].framing.State().Opaque() {
		t.st.Opaque[dir] += uint64(len(b))
		return
	}
	if fate.Made() {
		t.made(at, dir, b, fate)
		return
	}
	watched := t.first != nil && dir == protocol.ClientToServer
	if len(pieces) > 0 {
		t.follow(at, dir, b, pieces, fate, watched)
	} else {
		t.decode(at, dir, b, fate, watched)
	}
	if watched && !continues {
		t.recordEnded()
	}
}

// made takes a frame that the relay made. It stands between two frames of the
// direction's sender, whose framing knows nothing of it.
func (t *Tracker) made(at time.Time, dir protocol.Direction, b []byte, fate Fate) {
	var own protocol.Decoder
	s := &t.side[dir]
	sent, push := s.fate, s.push
	for len(b) > 0 {
		p, n := own.Next(b)
		b = b[n:]
		if p.Last {
			t.piece(at, dir, &p, fate)
			s.whole += uint64(n)
		}
	}
	s.fate, s.push = sent, push
}

// decode cuts the bytes into frames and takes them. watched says that they are the
// client's, and that its first records are still followed.
func (t *Tracker) decode(at time.Time, dir protocol.Direction, b []byte, fate Fate, watched bool) {
	s := &t.side[dir]
	for len(b) > 0 {
		p, n := s.framing.Next(b)
		b = b[n:]
		if !t.took(at, dir, &p, n, len(b), fate, watched) {
			return
		}
	}
}

// follow takes bytes that the source has cut into frames.
func (t *Tracker) follow(at time.Time, dir protocol.Direction, b []byte, pieces []Piece, fate Fate, watched bool) {
	s := &t.side[dir]
	var p protocol.Piece
	for i := range pieces {
		from := &pieces[i]
		n := int(from.Wire)
		p.Kind, p.First, p.Last, p.Header = from.Kind, from.First, from.Last, from.Header
		p.Data = b[n-int(from.Data) : n]
		s.framing.Follow(from, b[:n])
		b = b[n:]
		if !t.took(at, dir, &p, n, len(b), fate, watched) {
			return
		}
	}
}

// took takes what the framing found: a piece of n bytes, with rest bytes of the record
// behind it. It returns false where the direction turned out not to be frames.
func (t *Tracker) took(at time.Time, dir protocol.Direction, p *protocol.Piece, n, rest int, fate Fate, watched bool) bool {
	s := &t.side[dir]
	if s.framing.State().Opaque() {
		t.st.Opaque[dir] += t.st.Wire[dir] - s.whole
		t.becameOpaque(dir)
		return false
	}
	if watched {
		t.first.add(p, n)
	}
	if p.Kind != protocol.PieceNone {
		t.piece(at, dir, p, fate)
	}
	if p.Last {
		s.whole = t.st.Wire[dir] - uint64(rest)
	}
	return true
}

// becameOpaque diagnoses a direction whose bytes turned out not to be frames.
func (t *Tracker) becameOpaque(dir protocol.Direction) {
	if dir == protocol.ClientToServer {
		t.first = nil
	}
	if t.side[dir].framing.State() != NotAnyTLS {
		t.diagnose(CodeDesynchronised, 0, dir, "lost the framing of what the "+dir.Sender().String()+" sends")
		return
	}
	// A server that answers a client of another protocol is no news.
	told := t.st.Phase == NotAnyTLSPhase
	t.st.Phase = NotAnyTLSPhase
	if !told {
		t.diagnose(CodeNotAnyTLS, 0, dir, "the "+dir.Sender().String()+" does not speak AnyTLS")
	}
}

// piece takes a part of a frame. Once the frame is whole, it hands the frame out, and
// acts on it if its receiver got it or it was an answer to the relay.
func (t *Tracker) piece(at time.Time, dir protocol.Direction, p *protocol.Piece, fate Fate) {
	s := &t.side[dir]
	if p.First {
		s.fate, s.push = fate, push{}
	}
	counts := !fate.Kept() || fate.Kind == Absorbed
	if p.Kind == protocol.PieceFrame && p.Header.Command == protocol.PSH && counts {
		t.payload(at, dir, p)
	}
	data := s.collector.add(p, t.limit(p.Header.Command))
	if !p.Last {
		return
	}
	t.emit(at, dir, p, data, false)
	if p.Kind == protocol.PiecePreamble {
		t.preamble(at, *p.Preamble)
		return
	}
	if !fate.Made() {
		t.check(dir, p.Header) // what the relay makes is none of the sender's faults
	}
	if !counts {
		return
	}
	if t.st.Phase == Authenticated {
		t.firstFrame(dir, p.Header)
	}
	t.act(at, dir, p.Header, data)
	if t.alerted.open && !fate.Made() {
		t.afterAlert(dir, p.Header.Command)
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

// emit hands a frame to the handler.
func (t *Tracker) emit(at time.Time, dir protocol.Direction, p *protocol.Piece, data []byte, cut bool) {
	s := &t.side[dir]
	t.frame = Frame{
		At: at, Dir: dir, Header: p.Header, Fate: s.fate, Target: s.push.target, Cut: cut,
		Data: data[:min(len(data), t.cfg.Snap)],
	}
	if p.Kind == protocol.PiecePreamble {
		t.frame.Preamble = true
		t.frame.Header.Length = p.Preamble.Padding
		t.frame.Data = append(s.collector.buf[:0], p.Preamble.Hash[:]...)
	}
	t.st.Frames[dir]++
	t.handler.Frame(&t.frame)
}

// reach moves the session on to a phase.
func (t *Tracker) reach(p Phase) { t.st.Phase = max(t.st.Phase, p) }

// diagnose hands a diagnostic to the handler. The text must be printable.
func (t *Tracker) diagnose(code Code, stream uint32, dir protocol.Direction, text string) {
	t.diagnostics[code]++
	t.st.Severities[code.Spec().Severity]++
	t.handler.Notice(Diagnostic{Code: code, Stream: stream, Dir: dir, Text: text, Nth: t.diagnostics[code]})
}

// between tells whether the frame that a direction is receiving is between its sender
// and the relay, or the relay and its receiver, alone.
func (t *Tracker) between(dir protocol.Direction) bool {
	f := t.side[dir].fate
	return f.Made() || f.Kept()
}
