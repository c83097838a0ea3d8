package peer

import (
	"crypto/subtle"
	"net"

	"anytls-inspect/protocol"
)

// login reads a client's preamble up to padding0, and says whether it holds the
// password. first is all that was read, which may be more. The preamble may come in any
// number of records. login gives up at the first bytes that only another protocol
// begins with, since that client may already be waiting for an answer.
func (s *server) login(conn net.Conn) (first []byte, ok bool) {
	buf := make([]byte, protocol.MaxRecord)
	for {
		n, err := conn.Read(buf)
		first = append(first, buf[:n]...)
		if p, whole := protocol.ParsePreamble(first); whole {
			return first, subtle.ConstantTimeCompare(p.Hash[:], s.hash[:]) == 1
		}
		if err != nil || protocol.IsOtherProtocol(first) {
			return first, false
		}
	}
}

// rewound is a connection whose first bytes are read again.
type rewound struct {
	net.Conn
	first []byte
}

// Read implements [net.Conn].
func (r *rewound) Read(b []byte) (int, error) {
	if len(r.first) == 0 {
		return r.Conn.Read(b)
	}
	n := copy(b, r.first)
	r.first = r.first[n:]
	return n, nil
}
