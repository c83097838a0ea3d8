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

	head   []byte                         // the payload's beginning, while the target is not known
	noHead bool                           // the target is known, or can't be
	noACK  bool                           // the server went on without a SYNACK
	upAt   time.Time                      // of the client's first payload after the target; zero before it
	ends   protocol.ByDirection[end]      // of the side that sends in it
	uot    *protocol.ByDirection[uotHead] // nil but for streams whose datagrams have addresses
}

// headLimit is the most payload that can be needed to tell a stream's target: a
// SOCKS address, and the request or first datagram's address of UDP-over-TCP.
const headLimit = 2*protocol.MaxAddress + 1

// addHead takes payload of the client while the target is not known. done says
// that it is known now; err that these bytes can't be a target.
func (s *Stream) addHead(b []byte) (h head, done bool, err error) {
	s.head = append(s.head, b[:min(len(b), headLimit-len(s.head))]...)
	h, err = parseHead(s.head)
	if errors.Is(err, protocol.ErrShort) {
		return head{}, false, nil // as much as headLimit is never too short
	}
	s.head, s.noHead = nil, true
	if err != nil {
		return head{}, true, err
	}
	s.Target, s.UDP = protocol.Printable(h.target.String()), h.udp
	return h, true, nil
}

// A head is what a stream's payload begins with.
type head struct {
	target protocol.Address // of a UDP stream the first datagram's
	udp    bool
	size   int // of the target, and of the request that may follow it, in bytes
	// addressed says that datagrams with addresses of their own follow. Those of
	// version 1 are not meant: the first one's address was parsed already.
	addressed bool
}

// parseHead decodes a stream's target, and for UDP-over-TCP the first address
// that follows it.
func parseHead(b []byte) (h head, err error) {
	h.target, h.size, err = protocol.ParseTarget(b)
	if err != nil {
		return head{}, err
	}
	rest := b[h.size:]
	switch h.target.UoTVersion() {
	case 2:
		request, n, err := protocol.ParseUoTRequest(rest)
		if errors.Is(err, protocol.ErrAddressType) && (rest[1] == uotIPv4 || rest[1] == uotDomain) {
			return head{}, &mixedTablesError{"the request", rest[1], "datagrams"}
		}
		return head{request.Destination, true, h.size + n, !request.Connect}, err
	case 1:
		// The datagram itself may be long: its address is enough, and it is
		// complete where only the payload is short.
		address, err := protocol.ParseDatagramAddress(rest)
		if errors.Is(err, protocol.ErrAddressType) && (rest[0] == socksDomain || rest[0] == socksIPv6) {
			return head{}, &mixedTablesError{"the first datagram", rest[0], "SOCKS"}
		}
		return head{target: address, udp: true, size: h.size}, err
	default:
		return h, nil
	}
}
