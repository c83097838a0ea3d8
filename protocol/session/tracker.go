package session

import (
	"time"

	"anytls-inspect/protocol"
)

// A Config is what trackers need to know. The zero value works.
type Config struct {
	// HeartbeatTimeout is when an unanswered HeartRequest counts as lost; 3 s
	// where it is zero.
	HeartbeatTimeout time.Duration
	// Credential is the hash that clients are expected to send; nil where it is
	// not known.
	Credential *[32]byte
	// Snap is how much of a frame's data an observer gets to see, in bytes.
	Snap int
	// KeepStreams is how many closed streams of a session are remembered.
	KeepStreams int
	// Schemes is what padding schemes are looked up in; shared by the sessions.
	Schemes *Schemes
}

// DefaultHeartbeatTimeout is when an unanswered HeartRequest counts as lost.
const DefaultHeartbeatTimeout = 3 * time.Second

// A Tracker follows one session. Its methods must be called in the order in
// which things happened.
type Tracker struct {
	cfg  Config
	obs  Observer
	side [2]side // by direction
	st   State

	streams    streamTable
	heartbeats [2][2]Heartbeats // by peer they go toward, by origin
	series     [2]*Series       // by peer they go toward
	reports    map[Code]uint64
	timeouts   []timeout // reused
	frame      Frame     // handed to the observer, reused
	now        time.Time // see Now
	closed     bool
}

// A side is what a tracker knows of one direction.
type side struct {
	framing   Framing
	collector collector
	ledger    Ledger // HeartRequests that travel in this direction
	whole     uint64 // wire bytes up to the end of the last whole frame
	marks     Marks  // of the frame that is being received
	push      push   // of the PSH that is being received
}

// NewTracker returns a tracker for a session that begins now.
func NewTracker(cfg Config, obs Observer) *Tracker {
	if cfg.HeartbeatTimeout <= 0 {
		cfg.HeartbeatTimeout = DefaultHeartbeatTimeout
	}
	if cfg.Schemes == nil {
		cfg.Schemes = NewSchemes()
	}
	t := &Tracker{cfg: cfg, obs: obs, reports: make(map[Code]uint64)}
	t.streams.keep = cfg.KeepStreams
	for d := range t.side {
		t.side[d].framing = NewFraming(protocol.Direction(d))
	}
	return t
}

// Data takes bytes of one direction: the plaintext of a TLS record, or a part of
// one. Injected bytes are one whole frame, absorbed ones one whole HeartResponse.
func (t *Tracker) Data(at time.Time, dir protocol.Direction, b []byte, marks Marks) {
	if t.closed {
		return
	}
	t.Tick(at)
	s := &t.side[dir]
	t.st.Wire[dir] += uint64(len(b))
	t.st.LastAt[dir] = at
	if s.framing.State().Opaque() {
		t.st.Opaque[dir] += uint64(len(b))
		return
	}
	for len(b) > 0 {
		p, n := s.framing.Next(b)
		b = b[n:]
		if s.framing.State().Opaque() {
			t.st.Opaque[dir] += t.st.Wire[dir] - s.whole
			t.becameOpaque(dir)
			return
		}
		if p.Kind != protocol.PieceNone {
			t.piece(at, dir, p, marks)
		}
		if p.Last {
			s.whole = t.st.Wire[dir] - uint64(len(b))
		}
	}
}

// becameOpaque reports a direction whose bytes turned out not to be frames.
func (t *Tracker) becameOpaque(dir protocol.Direction) {
	if t.side[dir].framing.State() == NotAnyTLS {
		t.st.Phase = NotAnyTLSPhase
		t.report(CodeNotAnyTLS, 0, dir, "the "+dir.Sender().String()+" does not speak AnyTLS")
		return
	}
	t.report(CodeDesynchronised, 0, dir, "lost the framing of what the "+dir.Sender().String()+" sends")
}

// piece takes a part of a frame, and acts on the frame once it is whole.
func (t *Tracker) piece(at time.Time, dir protocol.Direction, p protocol.Piece, marks Marks) {
	s := &t.side[dir]
	if p.First {
		s.marks, s.push = marks, push{}
	}
	if p.Kind == protocol.PieceFrame && p.Header.Command == protocol.PSH {
		t.payload(at, dir, p)
	}
	data := s.collector.add(p, t.limit(p.Header.Command))
	if !p.Last {
		return
	}
	t.emit(at, dir, p, data, false)
	if p.Kind == protocol.PiecePreamble {
		t.preamble(p.Preamble)
		return
	}
	t.check(dir, p.Header)
	t.act(at, dir, p.Header, data)
}

// limit returns how much of a frame's data is needed: all of what is parsed.
func (t *Tracker) limit(c protocol.Command) int {
	switch c {
	case protocol.Settings, protocol.ServerSettings, protocol.UpdatePaddingScheme, protocol.SYNACK, protocol.Alert:
		return protocol.MaxData
	default:
		return t.cfg.Snap
	}
}

// emit hands a frame to the observer.
func (t *Tracker) emit(at time.Time, dir protocol.Direction, p protocol.Piece, data []byte, cut bool) {
	s := &t.side[dir]
	t.frame = Frame{
		At: at, Dir: dir, Header: p.Header, Marks: s.marks, Target: s.push.target, Cut: cut,
		Data: data[:min(len(data), t.cfg.Snap)],
	}
	if p.Kind == protocol.PiecePreamble {
		t.frame.Preamble = true
		t.frame.Header.Length = p.Preamble.Padding
		t.frame.Data = append(s.collector.buf[:0], p.Preamble.Hash[:]...)
	}
	t.st.Frames[dir]++
	t.obs.Frame(&t.frame)
}

// preamble takes the client's complete preamble.
func (t *Tracker) preamble(p protocol.Preamble) {
	match := PasswordUnknown
	if t.cfg.Credential != nil {
		match = PasswordDiffers
		if *t.cfg.Credential == p.Hash {
			match = PasswordMatches
		}
	}
	t.reach(Authenticated)
	t.st.Auth = Auth{Padding: int(p.Padding), Password: match, Fingerprint: protocol.Fingerprint(p.Hash)}
	t.obs.Event(t.st.Auth)
	if match == PasswordDiffers {
		t.report(CodePasswordMismatch, 0, protocol.ClientToServer, "the client's password is not the one given")
	}
}

// reach moves the session on to a phase.
func (t *Tracker) reach(p Phase) { t.st.Phase = max(t.st.Phase, p) }

// Gap tells the tracker that n bytes (−1: unknown how many) of a direction are
// missing from a capture. What follows is not decoded.
func (t *Tracker) Gap(at time.Time, dir protocol.Direction, n int64) {
	if t.closed {
		return
	}
	t.Tick(at)
	if n > 0 {
		t.st.Missing[dir] += uint64(n)
	}
	s := &t.side[dir]
	if s.framing.State().Opaque() {
		return
	}
	if !t.cut(at, dir) {
		t.st.Opaque[dir] += t.st.Wire[dir] - s.whole
	}
	s.framing.lose()
}

// Close ends the session. Frames that are not complete are handed out as cut,
// open streams end, and heartbeats that wait are counted as cut. Nothing that
// comes after it counts.
func (t *Tracker) Close(at time.Time, by Closer) {
	if t.closed {
		return
	}
	t.Tick(at)
	t.cut(at, protocol.ClientToServer)
	t.cut(at, protocol.ServerToClient)
	for _, s := range t.streams.live() {
		if s.State != HalfClosed {
			s.By = ClosedBySession
		}
		t.closeStream(s)
	}
	// A session that ended may be remembered for long: not with its buffers.
	t.streams.open, t.streams.half, t.streams.opening = nil, nil, nil
	for d := range t.side {
		t.cutHeartbeats(protocol.Direction(d))
		t.side[d].collector, t.side[d].ledger = collector{}, Ledger{}
	}
	t.closed = true
	t.st.ClosedBy = by
	if t.st.Phase != NotAnyTLSPhase {
		t.st.Phase = Ended
	}
}

// cut hands out the frame that a direction is inside of, as far as it came. It
// reports whether there is one.
func (t *Tracker) cut(at time.Time, dir protocol.Direction) bool {
	s := &t.side[dir]
	h, _, ok := s.framing.Pending()
	if ok {
		t.emit(at, dir, protocol.Piece{Kind: protocol.PieceFrame, Header: h}, s.collector.buf, true)
		t.pushed(dir, h)
	}
	return ok
}

// report hands a diagnostic to the observer. The text is printable.
func (t *Tracker) report(code Code, stream uint32, dir protocol.Direction, text string) {
	t.reports[code]++
	t.st.Severities[code.Spec().Severity]++
	t.obs.Event(Diagnostic{Code: code, Stream: stream, Dir: dir, Text: text, Nth: t.reports[code]})
}
