package session

import (
	"time"

	"anytls-inspect/protocol"
)

// A StreamState says how far a stream has come.
type StreamState uint8

// The states of a stream.
const (
	Opening    StreamState = iota // SYN seen, no SYNACK and no data from the server yet
	Open                          // the server accepted it
	HalfClosed                    // one side sent FIN, or the server refused it
	Closed                        // both sides sent FIN, or nothing came for lingerTime
)

// String returns the state in words.
func (s StreamState) String() string {
	return [...]string{"opening", "open", "half-closed", "closed"}[min(s, Closed)]
}

// lingerTime is how long a stream with one FIN must be silent before it counts as
// closed. The reference closes the whole stream on one FIN and owes no reply
// (section cmdFIN). Others take it for half a close, and go on sending. Only silence
// tells them apart.
const lingerTime = time.Second

// A Stream is one stream of a session.
type Stream struct {
	ID       uint32
	State    StreamState
	Target   string // host:port, printable; empty until it is known
	UDP      bool
	OpenedAt time.Time     // of the SYN
	LastAt   time.Time     // of its last frame
	Up, Down uint64        // payload bytes, the target not counted
	SYNACK   time.Duration // from the SYN to the SYNACK
	HasACK   bool          // there was a SYNACK
	Error    string        // the text of the SYNACK, printable
	By       Closer        // who sent FIN first; once HalfClosed

	head     []byte                         // the payload's beginning, while the target is not known
	headDone bool                           // nothing more belongs to head: the target is known, or there is none
	noACK    bool                           // the server went on without a SYNACK
	carried  bool                           // payload of both peers came
	keptACK  uint16                         // the rule that dropped or replaced its SYNACK; 0: none did
	upAt     time.Time                      // of the client's first payload after the target; zero before it
	misses   protocol.ByDirection[uint32]   // of the directions when it was opened: see [streamTable]
	holed    protocol.ByDirection[bool]     // payload of it is missing in a direction
	ends     protocol.ByDirection[end]      // the FIN that travels in the direction
	uot      *protocol.ByDirection[uotHead] // nil unless datagrams with addresses follow
}
