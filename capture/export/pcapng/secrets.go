package pcapng

import (
	"bytes"

	"anytls-inspect/capture/internal/keylog"
)

// maxHeld is how many bytes of a connection are held back for its secrets: more than
// any handshake takes.
const maxHeld = 256 << 10

// secrets are the TLS secrets of a connection, and what is known of its handshake.
type secrets struct {
	lines    []byte // of an NSS key log (RFC 9850), those that are not in the file yet
	client   bool   // the client's secret of the application data is known
	server   bool   // the server's
	answered bool   // the TLS server has sent something
	released bool   // nothing is held back any more
}

// add takes a line of a key log.
func (s *secrets) add(line []byte) {
	s.lines = append(s.lines, line...)
	label, _, _ := bytes.Cut(line, []byte(" "))
	switch string(label) {
	case keylog.Master.String(): // TLS 1.2 has this one only
		s.client, s.server = true, true
	case keylog.ClientTraffic.String():
		s.client = true
	case keylog.ServerTraffic.String():
		s.server = true
	}
}

// complete tells whether the secrets open all application data.
func (s *secrets) complete() bool { return s.client && s.server }

// awaited tells whether packets must be held back. Nothing before the server's first
// answer is encrypted with a secret that is logged.
func (s *secrets) awaited() bool { return s.answered && !s.released }

// take returns the lines that are not in the file yet, for the caller to write. Nothing
// is held back from then on.
func (s *secrets) take() []byte {
	fresh := s.lines
	s.lines, s.released = nil, true
	return fresh
}
