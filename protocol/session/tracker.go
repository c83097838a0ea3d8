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
	// Credentials are those that clients should send one of; none where they are not known.
	Credentials []Credential
	// Fingerprints is the key of the credentials' fingerprints. The zero key is no
	// secret.
	Fingerprints protocol.FingerprintKey
	// Snap is how much of a frame's data the [Handler] gets to see, in bytes.
	Snap int
	// KeepStreams is how many closed streams of a session are remembered.
	KeepStreams int
	// Budget bounds how many streams all sessions that share it follow and remember. Where
	// it is nil there is no such bound.
	Budget *StreamBudget
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

	// Each record asks for these. They stand together, since what lies apart is slow to reach
	// where many sessions take turns.
	timeouts []timeout // reused
	out      Frame     // the one that the handler gets; reused
	now      time.Time // see Now
	stretch  stretch   // that now is in
	closed   bool
	movers   movers
	first    *firstRecords // the client's first records; nil once nothing depends on them
	alarm    time.Time     // when something of what awake does is due; zero: nothing is
	alerted  alertState
	untold   untold
	verdict  verdict
	// keptOpen says that one peer is gone and the other is not, and that this is not
	// diagnosed yet.
	keptOpen bool

	opening opening // where the session comes from, as far as it is known
	member  *member // the session in its fleet; nil where it is compared with none
	newest  newestSYN
	judged  judgement // what the verdict came to, where it was against the session
	split   bool      // the client's preamble came in several records
	used    time.Time // when the Settings came, or a side ended a stream; the later of these
	woken   wake
	zeros   zeros
	spoke   bool // see Spoke

	shaken     time.Time // until when answers may belong to requests that were not seen
	highest    uint32    // the highest id of a stream that may have been opened unseen
	goneMisses uint32    // misses of the other peer's direction when one was gone
	blindness  blindness
	early      []early

	touched *touches // what rules did; nil until one did something
	making  uint16   // the number of the rule that made the frame which is being taken; else 0

	settingsAt time.Time    // of the client's Settings
	owed       []Obligation // reused
	// paths are to the peers, nil while nothing is known of one, and counted their silences in
	// which the session was counted.
	paths   protocol.ByPeer[*path]
	counted protocol.ByPeer[mark]
	stands  protocol.ByPeer[bool] // it is counted among those in which the path's peer does not read
	breaks  bool                  // the server broke an obligation, and the path to it is not judged yet
}

// A side is what a tracker knows of one direction.
type side struct {
	// Each record asks for these: see Tracker.
	dir       protocol.Direction
	framing   Framing
	collector collector
	ledger    Ledger // HeartRequests that travel in this direction
	whole     uint64 // bytes up to the end of the last whole frame
	heardIn   uint64 // the stretch in which the sender was heard of last
	came      Fate   // what became of the bytes that are being taken
	fate      Fate   // of the frame that is being received
	push      push   // of the PSH that is being received
	silent    bool   // the sender's silence was diagnosed
	holed     bool   // bytes of the frame that is being received are missing
	// unsure says that decoding goes on behind missing bytes whose number the source may be
	// wrong about: the next header shows it.
	unsure    bool
	beginning beginning
	seen      seen
	lastPSH   uint32 // the stream of the last one
	carries   bool   // the bytes that are being taken have payload, and that was noted
	flow      flow   // the payload that this direction moved last

	behind flow          // the part of it since the oldest request whose answer is to come in it
	best   time.Duration // the fastest round-trip of requests that travel in this direction
	blamed uint32        // the stream that was blamed for holding up their answers
	lost   time.Time     // when the first of them was sent that were lost since the receiver was heard of
	// firstLost is when the first of them was sent that were lost at all.
	firstLost time.Time

	still   standstill // the last one of the sender
	dropped bool       // the relay dropped an answer of the sender's, and can't say that it gives none
	refused bool       // the receiver was diagnosed since it takes nothing, or the path to it
	refuses time.Time  // since when the bytes wait for the one, or for the other
	freeAt  time.Time  // when bytes that had not moved moved again
	// stood is for how long the receiver took nothing at most, of the times that were too long
	// and ended by themselves.
	stood    time.Duration
	controls *controls // nil until there is one
	trigger  control   // the first of them since the receiver's writes are blocked

	follower follower // what followed the oldest of them

	search search               // where the framing is searched, or not sure
	knows  func(id uint32) bool // see Expectation
	// missedAt is when it was last known that frames may be missing.
	missedAt time.Time

	mislaid bool              // the receiver may have lost the framing, by what a rule wrote to it
	swaps   bool              // a rule replaced the preamble: what it makes next is one
	making  *protocol.Decoder // of what a rule makes, inside of which the direction is
}

// HeartbeatLimit returns how long a HeartRequest may wait for its answer.
func (c *Config) HeartbeatLimit() time.Duration {
	if c.HeartbeatTimeout <= 0 {
		return DefaultHeartbeatTimeout
	}
	return c.HeartbeatTimeout
}

// NewTracker returns a tracker for a session that begins now. What it finds goes to
// handler.
func NewTracker(cfg Config, handler Handler) *Tracker {
	cfg.HeartbeatTimeout = cfg.HeartbeatLimit()
	if cfg.Schemes == nil {
		cfg.Schemes = NewSchemes()
	}
	t := &Tracker{cfg: cfg, handler: handler, diagnostics: make(map[Code]uint64), first: new(firstRecords)}
	t.streams.keep, t.streams.budget = cfg.KeepStreams, cfg.Budget
	for d := range t.side {
		t.side[d].dir = protocol.Direction(d)
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
	t.side[dir].search.uncut = true
	t.Record(at, dir, b, fate, true)
	t.side[dir].search.uncut = false
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
	t.movers.n = 0
	s := &t.side[dir]
	if !fate.Made() {
		if s.heardIn != t.stretch.number {
			s.heardIn = t.stretch.number
			t.mayHaveStood(at, s)
		}
		came := at
		if fate.Held > 0 { // its sender was heard of when it came
			came = later(t.st.LastAt[dir], at.Add(-fate.Held))
		}
		t.st.LastAt[dir] = came
		if s.silent || !s.beginning.over || t.untold.waits {
			t.heard(s, b)
		}
		if path := t.paths[dir.Sender()]; path != nil {
			path.hear(came)
			t.blind(dir.Sender(), false)
		}
	}
	if s.ledger.owed > 0 {
		s.follower.sent(at)
	}
	if state := s.framing.State(); (s.unsure || state == Searching) && !fate.Made() {
		t.seek(s, b, fate, continues)
		return
	} else if state.Opaque() && state != Searching {
		t.st.Opaque[dir] += uint64(len(b))
		return
	}
	s.came, s.carries = fate, false
	if fate.Made() {
		t.made(s, b, continues && !s.search.uncut)
		return
	}
	watched := t.first != nil && dir == protocol.ClientToServer
	if len(pieces) > 0 && t.st.Evidence.Gaps[dir] == 0 { // a source that lacks bytes can't cut what follows
		t.follow(s, b, pieces, watched)
	} else {
		t.decode(s, b, watched)
	}
	if !s.beginning.over {
		s.forgetBeginning()
	}
	if watched && !continues {
		t.learnRecord()
		t.recordEnded()
	}
}

// heard takes note of bytes from a peer that was silent, or may not speak AnyTLS.
func (t *Tracker) heard(s *side, b []byte) {
	if s.silent {
		t.heardAgain(s)
	}
	if t.untold.waits && t.untold.dir != s.dir {
		t.tellOther(true)
	}
	if s.beginning.over {
		return
	}
	s.keepBeginning(b)
	if s.framing.State() == NotAnyTLS {
		t.tellOther(false)
	}
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
		t.otherProtocol(dir)
	}
}

// reach moves the session on to a phase.
func (t *Tracker) reach(p Phase) { t.st.Phase = max(t.st.Phase, p) }

// diagnose hands a diagnostic to the handler. The text must be printable.
func (t *Tracker) diagnose(code Code, stream uint32, dir protocol.Direction, text string) {
	t.diagnoseAs(code.Spec().Severity, code, stream, dir, text)
}

// diagnoseAs is diagnose where the code alone does not say how severe it is.
func (t *Tracker) diagnoseAs(severity Severity, code Code, stream uint32, dir protocol.Direction, text string) {
	t.hand(Diagnostic{Code: code, Severity: severity, Stream: stream, Dir: dir, Text: text})
}

// diagnoseWait is diagnose where it is about what waits.
func (t *Tracker) diagnoseWait(code Code, stream uint32, dir protocol.Direction, w Wait, text string) {
	t.hand(Diagnostic{Code: code, Severity: code.Spec().Severity, Stream: stream, Dir: dir, Text: text, Wait: w})
}

// hand hands a diagnostic to the handler.
func (t *Tracker) hand(d Diagnostic) {
	if !t.supported(&d) || t.misled(&d) {
		return
	}
	t.blame(&d)
	t.diagnostics[d.Code]++
	t.st.Severities[d.Severity]++
	d.Nth = t.diagnostics[d.Code]
	if d.Stream != 0 && d.Code.ofTarget() {
		if s := t.find(d.Stream); s != nil {
			d.Target = s.Target
		}
	}
	t.handler.Notice(d)
}

// between tells whether the frame that a direction is receiving is between its sender
// and the relay, or the relay and its receiver, alone.
func (t *Tracker) between(dir protocol.Direction) bool {
	f := t.side[dir].fate
	return f.Made() || f.Kept()
}
