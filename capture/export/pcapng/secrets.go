package pcapng

import "bytes"

// maxHeld is how much of a connection is held back for its secrets, in bytes:
// more than any handshake takes.
const maxHeld = 256 << 10

// secrets are the TLS secrets of a connection.
type secrets struct {
	lines    []byte // of an NSS key log
	written  int    // how much of them is in a file
	client   bool   // those of the application's data are known
	server   bool
	answered bool // the TLS server has said something
	released bool // nothing is held back any more
}

// add takes a line.
func (s *secrets) add(line []byte) {
	s.lines = append(s.lines, line...)
	label, _, _ := bytes.Cut(line, []byte(" "))
	switch string(label) {
	case "CLIENT_RANDOM": // TLS 1.2 has this one only
		s.client, s.server = true, true
	case "CLIENT_TRAFFIC_SECRET_0":
		s.client = true
	case "SERVER_TRAFFIC_SECRET_0":
		s.server = true
	}
}

// complete reports whether all is known that opens the connection.
func (s *secrets) complete() bool { return s.client && s.server }

// awaited reports whether packets must be held back. What comes before the
// server's first answer is never encrypted with anything that is logged.
func (s *secrets) awaited() bool { return s.answered && !s.released }

// take returns the lines that are in no file yet. They are in one from then on,
// and nothing is held back any more.
func (s *secrets) take() []byte {
	fresh := s.lines[s.written:]
	s.written, s.released = len(s.lines), true
	return fresh
}

// known returns the lines that are in a file already.
func (s *secrets) known() []byte { return s.lines[:s.written] }
