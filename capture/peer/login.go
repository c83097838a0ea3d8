package peer

import (
	"crypto/subtle"
	"net"

	"anytls-inspect/protocol"
)

// login reads a client's preamble, but for padding0, and reports whether it
// holds the password. first is all that was read. The preamble may come in any
// number of records; one that is another protocol's is told from its first
// bytes, since that client may be waiting for an answer already.
func (s *server) login(conn net.Conn) (first []byte, ok bool) {
	buf := make([]byte, maxRecord)
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

// A rewound connection reads again what was read from it.
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
