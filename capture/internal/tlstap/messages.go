package tlstap

import (
	"fmt"

	"anytls-inspect/capture/internal/tlsrec"
)

// The handshake messages that are acted on (RFC 8446, section 4; RFC 5246, section
// 7.4).
const (
	msgHelloRequest        = 0 // TLS 1.2
	msgClientHello         = 1
	msgServerHello         = 2
	msgEndOfEarlyData      = 5
	msgEncryptedExtensions = 8
	msgFinished            = 20
	msgKeyUpdate           = 24
)

// maxMessage is the length of the longest message that is read, in bytes. Messages
// that are only skipped may have any length.
const maxMessage = 64 << 10

// messages cuts the handshake records of one direction into messages. A message may
// span records, and a record may hold several (RFC 8446, section 5.1).
type messages struct {
	header [4]byte
	have   int    // bytes of the header that are there
	left   int    // bytes of the body that are not there yet, once the header is
	wanted bool   // the body is read, not skipped
	body   []byte // what is there of the body of a wanted message that was cut
}

// A message is a handshake message. Its body is nil where it was not wanted, and
// else valid until the next message is asked for.
type message struct {
	typ  uint8
	body []byte
}

// next takes n bytes from b, which is not empty, and tells in ok whether they
// complete a message. It asks wanted, by a message's type, whether it is read. It
// fails where a wanted message is too long.
func (m *messages) next(b []byte, wanted func(typ uint8) bool) (msg message, n int, ok bool, err error) {
	if m.have < len(m.header) {
		n = copy(m.header[m.have:], b)
		if m.have += n; m.have < len(m.header) {
			return message{}, n, false, nil
		}
		m.left = int(m.header[1])<<16 | int(m.header[2])<<8 | int(m.header[3])
		m.wanted, m.body = wanted(m.header[0]), m.body[:0]
		if m.wanted && m.left > maxMessage {
			return message{}, n, false, fmt.Errorf("%w: a handshake message of %d bytes", tlsrec.ErrUnexpected, m.left)
		}
	}
	part := b[n:min(len(b), n+m.left)]
	n += len(part)
	m.left -= len(part)
	if m.wanted && (m.left > 0 || len(m.body) > 0) {
		m.body = append(m.body, part...)
		part = m.body
	}
	if m.left > 0 {
		return message{}, n, false, nil
	}
	msg.typ, m.have = m.header[0], 0
	if m.wanted {
		msg.body = part
	}
	return msg, n, true, nil
}

// reset forgets the message that was cut: what follows a gap is another.
func (m *messages) reset() { *m = messages{} }
