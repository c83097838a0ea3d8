package tlstap

import (
	"fmt"
	"io"
	"slices"

	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/protocol"
)

// A side is what an observer knows of one direction of the connection: of what one
// side sends.
type side struct {
	dir   protocol.Direction
	state state
	ended bool // TCP has ended the direction

	buf    []byte // what was fed and not taken: a cut record, or records that wait
	offset int64  // of buf's first byte in the direction, or of what run has come to
	at     int64  // where the record that is looked at ends in the direction
	unread int64  // bytes: see Unread
	fed    int64  // bytes
	tried  int64  // bytes that trial opening has read: see search
	wait   wait

	missing int64     // bytes before offset that were not fed, as far as they are known
	turns   []turn    // what buf consists of, while it waits
	gaps    []heldGap // what is missing behind what it holds
	search  *search   // set behind a gap, until a record opens

	begun     bool // the first bytes were TLS
	said      bool // its hello was read
	mute      bool // its hello is lost, or will not come
	sealed    bool // records are protected from here on
	epoch     epoch
	finished  bool           // its Finished was seen, or lies in a gap
	spoke     bool           // it has sent data when the handshake was over for the client
	impatient bool           // it has waited for the answer to 0-RTT for too long
	overdue   bool           // the other side no longer waits for the key of this one
	gaveUp    bool           // NoKey was found, and it goes on waiting
	opener    *tlsrec.Opener // for the epoch; nil until its key is known
	skipped   *Gap           // set while 0-RTT that can't be opened is skipped
	messages  messages
}

// A state says whether records of a side are still taken.
type state uint8

const (
	open    state = iota
	closed        // an alert has ended the side
	stopped       // Stopped was found
)

// A wait says what a side waits for before it can take its next record.
type wait uint8

const (
	waitNone   wait = iota
	waitHello       // the other side has to say hello
	waitAnswer      // the server has to answer 0-RTT
	waitKey         // the key is not known
)

// An epoch says which keys of TLS 1.3 protect a side (RFC 8446, section 7.1). TLS
// 1.2 has only the last.
type epoch uint8

const (
	early epoch = iota
	handshake
	application
)

func (s *side) open() bool { return s.state == open }

// isAmid tells whether n more bytes leave s within the record that buf begins with, of which
// the header was judged: most packets do.
func (s *side) isAmid(n int) bool {
	return s.open() && s.begun && s.search == nil && len(s.buf) >= tlsrec.HeaderLen && len(s.buf)+n < tlsrec.RecordLen(s.buf)
}

// keep adds b to buf, which gets room for the whole record that it begins with.
func (s *side) keep(b []byte) {
	if len(s.buf)+len(b) > cap(s.buf) {
		s.buf = slices.Grow(s.buf, tlsrec.RecordLen(s.buf)-len(s.buf))
	}
	s.buf = append(s.buf, b...)
}

// room returns how many of the bytes b that are fed go into buf before it is looked at:
// what the record in it lacks, or about a record where none can be told yet. held
// says that it waits for the other side.
func (s *side) room(b []byte, held bool) int {
	switch n := len(b); {
	case s.search != nil || s.wait != waitNone || held:
		return min(n, tlsrec.MaxPlaintext)
	case !s.begun:
		return 1
	case len(s.buf) == 0 && n >= tlsrec.HeaderLen:
		return min(n, tlsrec.RecordLen(b))
	case len(s.buf) < tlsrec.HeaderLen:
		return min(n, tlsrec.HeaderLen-len(s.buf))
	default:
		return min(n, tlsrec.RecordLen(s.buf)-len(s.buf))
	}
}

// drop forgets the first n bytes of buf. It gives a large buffer back once it is
// empty.
func (s *side) drop(n int) {
	rest := copy(s.buf, s.buf[min(n, len(s.buf)):])
	s.buf = s.buf[:rest]
	if rest == 0 && cap(s.buf) > 2*tlsrec.MaxRecord {
		s.buf = nil
	}
}

// discard counts n bytes that were fed and are not looked at.
func (s *side) discard(n int) {
	s.offset += int64(n)
	if s.state == stopped {
		s.unread += int64(n)
	}
}

// release gives back what a side holds that is no longer open.
func (s *side) release() {
	s.discard(len(s.buf))
	for _, g := range s.gaps {
		s.discard(int(max(g.missing, 0)))
	}
	s.buf, s.gaps, s.turns, s.search, s.opener, s.skipped, s.wait = nil, nil, nil, nil, nil, nil, waitNone
	s.messages.reset()
}

// run takes the whole records at the start of b, up to the first that has to wait,
// and returns how many bytes they had.
func (o *Observer) run(s *side, b []byte) (n int) {
	s.wait = waitNone
	if !s.begun && !o.begin(s, b) {
		return 0
	}
	for len(b)-n >= tlsrec.HeaderLen {
		rest := b[n:]
		if fault := tlsrec.HeaderFault(rest, o.maxRecord(s)); fault != "" {
			s.at = s.offset
			if err := o.orDamaged(s, fmt.Errorf("%w: %s", ErrNotTLS, fault)); err != nil {
				o.fail(s, err)
			}
			return n
		}
		size := tlsrec.RecordLen(rest)
		if len(rest) < size {
			return n
		}
		s.at = s.offset + int64(size)
		greets := !s.said
		if err := o.take(s, rest[:size:size]); err != nil {
			o.fail(s, err)
		}
		if s.wait != waitNone || s.search != nil || s.state == stopped {
			s.at = s.offset
			return n
		}
		s.offset = s.at
		n += size
		if s.state == closed || greets && o.held(s) {
			return n
		}
	}
	return n
}

// begin judges the first bytes of s, and tells whether they are TLS. A server may
// begin with an alert, by which it refuses the ClientHello.
func (o *Observer) begin(s *side, b []byte) bool {
	start := Sniff(b)
	s.at = s.offset
	switch start {
	case StartUnknown:
		return false
	case StartNotTLS:
		o.fail(s, ErrNotTLS)
	case StartMidStream:
		if s != o.server() || !isPlainAlert(b) {
			o.miss(s, 0, -1)
			s.search.fault = ErrNoHandshake
			return false
		}
	case StartClientHello, StartServerHello:
		if (start == StartClientHello) != (s == o.client()) {
			o.fail(s, fmt.Errorf("%w: client and server are swapped", tlsrec.ErrUnexpected))
		}
	}
	s.begun = s.open()
	return s.begun
}

// maxRecord returns the length of the longest record that s may send now, in bytes.
func (o *Observer) maxRecord(s *side) int {
	if s.sealed && o.params != nil {
		return o.params.MaxRecord()
	}
	return tlsrec.MaxRecord
}

// finish stops a side that TCP has ended where its last bytes will never be a
// record, or wait for what will never come.
func (o *Observer) finish(s *side) {
	switch {
	case !s.open():
	case s.wait != waitNone || o.held(s):
	case s.search != nil:
		o.stop(s, o.searchErr(s))
	case s.skipped != nil && s.skipped.Wire > 0:
		o.stop(s, fmt.Errorf("%w: nothing behind 0-RTT", tlsrec.ErrOpen))
	case len(s.buf) > 0:
		s.at = s.offset + int64(len(s.buf))
		o.fail(s, fmt.Errorf("the direction ends inside a record: %w", io.ErrUnexpectedEOF))
	}
}

func (o *Observer) other(s *side) *side { return &o.sides[s.dir.Reverse()] }

// done tells whether nothing more will be taken of s.
func (s *side) done() bool { return !s.open() || s.ended && s.wait == waitNone && len(s.buf) == 0 }
