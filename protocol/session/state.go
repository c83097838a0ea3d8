package session

import (
	"time"

	"anytls-inspect/protocol"
)

// A Phase says how far a session has come.
type Phase uint8

// The phases of a session.
const (
	AwaitingAuth   Phase = iota
	Authenticated        // the preamble is complete
	Ready                // the client's Settings were seen
	NotAnyTLSPhase       // the bytes are not AnyTLS
	Ended                // the session is closed
)

// String returns the phase in words.
func (p Phase) String() string {
	return [...]string{"awaiting auth", "authenticated", "ready", "not AnyTLS", "ended"}[min(p, Ended)]
}

// A State is what is known of a session at one moment. Text is printable.
type State struct {
	Phase         Phase
	Outcome       Outcome
	Auth          Auth
	ClientVersion int    // v of Settings; 0 until they are seen
	ServerVersion int    // v of ServerSettings; 0 until they are seen
	Client        string // the client's NAME/VERSION
	PaddingMD5    string // of the client's scheme, as its Settings name it
	// Scheme is the client's padding scheme; nil where its md5 is not known.
	Scheme     *protocol.PaddingScheme
	UpdatedMD5 string // of the scheme that the server sent in UpdatePaddingScheme
	Alert      string // the text of the server's Alert
	ClosedBy   Closer // once Ended
	// Gone is when a peer ended its stream, and not by a reset, while the other keeps the
	// session open; zero of one that did not. Once Ended, it is zero unless the session
	// was kept open for seconds.
	Gone protocol.ByPeer[time.Time]

	// Blocked is how the bytes of a direction do not move; zero where they do, and once
	// Ended.
	Blocked protocol.ByDirection[Blocked]
	// Waits is why the relay's HeartRequests toward a peer can't be sent; zero where they
	// can, and once Ended.
	Waits protocol.ByPeer[HeartbeatWaiting]

	// Looks are the habits of the peers' implementations: see [State.LooksLike].
	Looks protocol.ByPeer[Looks]

	// Evidence is what the source could not see of the session.
	Evidence Evidence

	Streams    uint64                           // SYNs
	Untracked  uint64                           // those of them that are not followed, since too many were open
	Carried    uint64                           // those of them on which payload of both peers came
	Refused    uint64                           // those of them that the server refused, with a text in its SYNACK
	Cut        uint64                           // those of them that the session's end cut off: see [Tracker.CloseFor]
	LastStream uint32                           // the highest stream id of a SYN
	Frames     protocol.ByDirection[uint64]     // frames; a preamble is none
	Payload    protocol.ByDirection[uint64]     // data of PSH frames in bytes, targets not counted
	Wire       protocol.ByDirection[uint64]     // TLS plaintext in bytes
	Opaque     protocol.ByDirection[uint64]     // bytes of Wire that were not decoded
	LastAt     protocol.ByDirection[time.Time]  // when the last bytes of the sender were seen; the relay's own are none
	Commands   protocol.ByDirection[[11]uint64] // frames by command code
	Unknown    protocol.ByDirection[uint64]     // frames with an unknown command
	Severities [3]uint64                        // diagnostics by severity
}

// Version returns the protocol version that both sides run: the lower of the two
// (section cmdServerSettings). It is 1 where the server sent no ServerSettings, and
// 0 before the client's Settings.
func (s *State) Version() int {
	if s.ClientVersion != 0 && s.ServerVersion == 0 {
		return 1
	}
	return min(s.ClientVersion, s.ServerVersion)
}

// VersionSupposed tells whether Version is 1 for want of ServerSettings alone: the server
// has not answered a stream without them, as one of version 1 does. It may yet send some, or
// say nothing at all.
func (s *State) VersionSupposed() bool {
	served := &s.Commands[protocol.ServerToClient]
	return s.ClientVersion >= 2 && s.ServerVersion == 0 && served[protocol.PSH]+served[protocol.FIN] == 0
}

func (s *State) countCommand(dir protocol.Direction, c protocol.Command) {
	if c.Known() {
		s.Commands[dir][c]++
	} else {
		s.Unknown[dir]++
	}
}

// State returns what is known of the session now. It is the tracker's own: read it
// before the next call.
func (t *Tracker) State() *State { return &t.st }

// Diagnostics returns how many diagnostics of each code there were. The map is the
// tracker's own: read it before the next call.
func (t *Tracker) Diagnostics() map[Code]uint64 { return t.diagnostics }

// Framing returns the framing of a direction. It is the tracker's own, and must only
// be read.
func (t *Tracker) Framing(dir protocol.Direction) *Framing { return &t.side[dir].framing }

// StreamCount returns how many streams [Tracker.Stream] lists, how many of them are
// open, and how many closed ones were forgotten.
func (t *Tracker) StreamCount() (listed, open int, forgotten uint64) {
	return len(t.streams.list), len(t.streams.open), t.streams.gone
}

// Stream returns the i-th of the listed streams, in the order of their SYNs. It is
// the tracker's own: read it before the next call.
func (t *Tracker) Stream(i int) *Stream { return t.streams.list[i] }
