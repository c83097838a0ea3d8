package session

import (
	"errors"
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

	head   []byte // the payload's beginning, while the target is not known
	noHead bool   // the target is known, or can't be
}

// headLimit is the most payload that can be needed to tell a stream's target: a
// SOCKS address, and the request or first datagram's address of UDP-over-TCP.
const headLimit = 2*protocol.MaxAddress + 1

// addHead takes payload of the client while the target is not known. It returns
// how many of all the payload bytes so far were the target, done once that is
// known; and an error where these bytes can't be a target.
func (s *Stream) addHead(b []byte) (size int, done bool, err error) {
	s.head = append(s.head, b[:min(len(b), headLimit-len(s.head))]...)
	target, udp, size, err := parseHead(s.head)
	if errors.Is(err, protocol.ErrShort) {
		return 0, false, nil // as much as headLimit is never too short
	}
	s.head, s.noHead = nil, true
	if err != nil {
		return 0, true, err
	}
	s.Target, s.UDP = protocol.Printable(target.String()), udp
	return size, true, nil
}

// parseHead decodes a stream's target, and for UDP-over-TCP the first address
// that follows it. size is the length of the target and the request.
func parseHead(b []byte) (target protocol.Address, udp bool, size int, err error) {
	target, size, err = protocol.ParseTarget(b)
	if err != nil {
		return target, false, 0, err
	}
	switch target.UoTVersion() {
	case 2:
		request, n, err := protocol.ParseUoTRequest(b[size:])
		return request.Destination, true, size + n, err
	case 1:
		// The datagram itself may be long: its address is enough, and it is
		// complete where only the payload is short.
		address, err := protocol.ParseDatagramAddress(b[size:])
		return address, true, size, err
	default:
		return target, false, size, nil
	}
}
