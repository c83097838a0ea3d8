package leg

import (
	"crypto/tls"
	"errors"
	"io"
)

// Std is the kind of leg that crypto/tls does the TLS of. It is a [Leg].
type Std struct {
	below  // the socket
	socket *Socket
	conn   *tls.Conn
	end    error // what Next returned in the end
}

// NewStd returns the leg of a connection whose handshake is over. conn must be on s, and
// its config must have DynamicRecordSizingDisabled set, or a Write may make many records.
// Both are the leg's from then on.
func NewStd(s *Socket, conn *tls.Conn) *Std {
	s.apart, s.cut.whole = true, 0
	if s.empty() {
		s.letGo()
	}
	return &Std{below: s, socket: s, conn: conn}
}

// Next implements [Leg].
//
// crypto/tls never waits in here: it is called when it has a record, or the socket has
// something for it; and where that is less than a record, it comes back with [nothingYet].
func (l *Std) Next() (Record, error) {
	for l.end == nil {
		if l.socket.empty() && l.socket.cut.whole == 0 { // nor has crypto/tls a record
			l.socket.wait()
		}
		b := l.socket.recordBuffer()
		n, err := l.conn.Read(b[Front : Front+MaxPlaintext])
		switch {
		case err == nil:
		case errors.Is(err, nothingYet{}):
			l.socket.cut.whole = 0
		default:
			l.end = l.ending(err) // where there is a record too, the next call tells it
		}
		if n > 0 {
			l.socket.cut.whole--
			return Record{buf: b, from: Front, to: Front + n}, nil
		}
	}
	l.socket.letGo()
	return Record{}, l.end
}

// TellReceived implements [Leg].
func (l *Std) TellReceived() {
	if l.socket.empty() && l.socket.cut.whole == 0 {
		l.socket.settle()
	}
}

// ending returns the end of the leg for an error of crypto/tls, which takes the end of TCP
// behind a whole record for as good as close_notify. A relay must not.
func (l *Std) ending(err error) error {
	if errors.Is(err, io.EOF) && errors.Is(l.socket.failed, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Write implements [Leg].
func (l *Std) Write(r Record) error {
	if r.Len() == 0 {
		return nil
	}
	l.socket.corks.Add(1)
	_, err := l.conn.Write(r.Bytes())
	l.socket.corks.Add(-1)
	return err
}

// CloseNotify implements [Leg].
func (l *Std) CloseNotify() error {
	if err := l.conn.CloseWrite(); err != nil {
		return err
	}
	return l.Flush() // where another goroutine writes, it waits with what that one wrote
}

var _ Leg = (*Std)(nil)
