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
	Closed
)

// String returns the state in words.
func (s StreamState) String() string {
	return [...]string{"opening", "open", "half-closed", "closed"}[min(s, Closed)]
}

// lingerTime is how long a stream with one FIN must be silent before it counts as
// closed. The reference closes the whole stream on one FIN and owes no reply;
// others take it for half a close and go on sending. Only silence tells them
// apart.
const lingerTime = time.Second

// A Stream is one stream of a session.
type Stream struct {
	ID       uint32
	State    StreamState
	Target   string // host:port, printable; empty until it is known
	UDP      bool
	OpenedAt time.Time // of the SYN
	LastAt   time.Time // of its last frame
	Up, Down uint64    // payload bytes, the target not counted
	SYNACK   time.Duration
	HasACK   bool   // SYNACK is known
	Error    string // the text of its SYNACK, printable
	By       Closer // who sent FIN first; once HalfClosed

	head   []byte                         // the payload's beginning, while the target is not known
	noHead bool                           // the target is known, or can't be
	noACK  bool                           // the server went on without a SYNACK
	upAt   time.Time                      // of the client's first payload after the target; zero before it
	ends   protocol.ByDirection[end]      // of the side that sends in it
	uot    *protocol.ByDirection[uotHead] // nil but for streams whose datagrams have addresses
}
