package pairtest

import (
	"net"
	"slices"
	"time"

	"anytls-inspect/protocol"
)

// A logf logs a line.
type logf func(format string, args ...any)

// A tap is the connection of a session, above TLS. It logs the heartbeats that pass, and does to
// them what the end's fault says.
type tap struct {
	net.Conn
	log   logf
	fault Fault
	in    protocol.Decoder // used by whoever reads
	out   protocol.Decoder // used by whoever writes
}

// newTap returns the tap of a session whose end reads the given direction.
func newTap(conn net.Conn, reads protocol.Direction, log logf, fault Fault) *tap {
	return &tap{Conn: conn, log: log, fault: fault, in: protocol.NewDecoder(reads), out: protocol.NewDecoder(reads.Reverse())}
}

// Read implements [net.Conn].
func (t *tap) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	t.tell(&t.in, b[:n], "Received", protocol.HeartRequest, protocol.HeartResponse)
	return n, err
}

// Write implements [net.Conn].
func (t *tap) Write(b []byte) (int, error) {
	if t.fault.Silent {
		return len(b), nil
	}
	if h, n := t.out.Whole(b); n == len(b) && h.Command == protocol.HeartResponse {
		switch {
		case t.fault.NoAnswer:
			return len(b), nil
		case t.fault.Slow > 0:
			late := slices.Clone(b)
			time.AfterFunc(t.fault.Slow, func() {
				if _, err := t.Conn.Write(late); err == nil { // the session may have ended
					t.log("DEBUG [Session] Sent %v (stream_id=%d)", h.Command, h.Stream)
				}
			})
			return len(b), nil
		}
	}
	t.tell(&t.out, b, "Sent", protocol.HeartResponse)
	return t.Conn.Write(b)
}

// tell logs the frames of some commands among the next bytes of a direction.
func (t *tap) tell(d *protocol.Decoder, b []byte, what string, commands ...protocol.Command) {
	for len(b) > 0 {
		p, n := d.Next(b)
		b = b[n:]
		if p.Kind == protocol.PieceFrame && p.First && slices.Contains(commands, p.Header.Command) {
			t.log("DEBUG [Session] %s %v (stream_id=%d)", what, p.Header.Command, p.Header.Stream)
		}
	}
}
