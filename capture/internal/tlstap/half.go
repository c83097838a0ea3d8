package tlstap

import (
	"fmt"
	"io"

	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/protocol"
)

// A half is one direction of the connection that a tap observes.
type half struct {
	dir   protocol.Direction
	state state
	ended bool // TCP has ended the direction

	buf    []byte // what was fed and not taken: a cut record, or records that wait
	offset int64  // in the direction, of buf's first byte, or what run is at
	at     int64  // in the direction, of the end of the record that is looked at
	unread int64
	fed    int64 // bytes
	tried  int64 // bytes that trial opening read: see search
	wait   wait
	turns  []turn  // of buf, while it waits
	search *search // set behind a gap, until a record opens

	begun    bool // the first bytes were TLS
	said     bool // its hello was read
	sealed   bool // what comes is protected
	epoch    epoch
	finished bool           // its Finished was seen or passed
	opener   *tlsrec.Opener // for the epoch; nil until its key is known
	skipped  *Gap           // set while 0-RTT that is not to be opened is skipped
	messages messages
}

type state uint8

const (
	open    state = iota
	closed        // by an alert
	stopped       // see Stopped
)

// A wait is what a half that has records to take can't take them for.
type wait uint8

const (
	waitNone  wait = iota
	waitHello      // the other side has to say hello, or to answer 0-RTT
	waitKey        // the key is not known
)

// An epoch is one of the keys of TLS 1.3 that follow one another; TLS 1.2 has
// application only.
type epoch uint8

const (
	early epoch = iota
	handshake
	application
)

func (h *half) open() bool { return h.state == open }

// room returns how many of n bytes that are fed go into buf before it is looked
// at: what the record there lacks, or, when it is not yet known whether there
// is one, about a record.
func (h *half) room(n int) int {
	if h.search != nil || h.wait != waitNone {
		return min(n, tlsrec.MaxPlaintext)
	}
	if !h.begun {
		return 1
	}
	if len(h.buf) < tlsrec.HeaderLen {
		return min(n, tlsrec.HeaderLen-len(h.buf))
	}
	return min(n, tlsrec.RecordLen(h.buf)-len(h.buf))
}

// drop forgets the first n bytes of buf. A large buffer that has done its
// service is given back.
func (h *half) drop(n int) {
	rest := copy(h.buf, h.buf[min(n, len(h.buf)):])
	h.buf = h.buf[:rest]
	if rest == 0 && cap(h.buf) > 2*tlsrec.MaxRecord {
		h.buf = nil
	}
}

// discard counts n bytes that are fed and not looked at.
func (h *half) discard(n int) {
	h.offset += int64(n)
	if h.state == stopped {
		h.unread += int64(n)
	}
}

// release gives back what a half holds of which nothing more is taken.
func (h *half) release() {
	h.discard(len(h.buf))
	h.buf, h.turns, h.search, h.opener, h.skipped, h.wait = nil, nil, nil, nil, nil, waitNone
	h.messages.reset()
}

// run takes the whole records that b begins with, as far as they need not wait,
// and returns how many bytes they had.
func (t *Tap) run(h *half, b []byte) (n int) {
	h.wait = waitNone
	if !h.begun && !t.begin(h, b) {
		return 0
	}
	for len(b)-n >= tlsrec.HeaderLen {
		rest := b[n:]
		if fault := tlsrec.HeaderFault(rest, t.maxRecord(h)); fault != "" {
			h.at = h.offset
			t.fail(h, fmt.Errorf("%w: %s", ErrNotTLS, fault))
			return n
		}
		size := tlsrec.RecordLen(rest)
		if len(rest) < size {
			return n
		}
		h.at = h.offset + int64(size)
		if err := t.take(h, rest[:size:size]); err != nil {
			t.fail(h, err)
		}
		if h.wait != waitNone || h.state == stopped {
			h.at = h.offset
			return n
		}
		h.offset = h.at
		n += size
		if h.state == closed {
			return n
		}
	}
	return n
}

// begin judges the first bytes of h, and reports whether they are TLS. Where
// the server answers a ClientHello with an alert, that is, too.
func (t *Tap) begin(h *half, b []byte) bool {
	start := Sniff(b)
	h.at = h.offset
	switch start {
	case StartUnknown:
		return false
	case StartNotTLS:
		t.fail(h, ErrNotTLS)
	case StartMidStream:
		if h == t.client() || !isPlainAlert(b) {
			t.fail(h, ErrNoHandshake)
		}
	case StartClientHello, StartServerHello:
		if (start == StartClientHello) != (h == t.client()) {
			t.fail(h, fmt.Errorf("%w: client and server are swapped", tlsrec.ErrUnexpected))
		}
	}
	h.begun = h.open()
	return h.begun
}

func (t *Tap) maxRecord(h *half) int {
	if h.sealed {
		return t.params.MaxRecord()
	}
	return tlsrec.MaxRecord
}

// finish stops a direction that has ended with bytes that will never be a
// record, or that wait for what will never come.
func (t *Tap) finish(h *half) {
	switch {
	case !h.open():
	case h.wait == waitHello && t.other(h).done():
		t.fail(h, fmt.Errorf("%w: the other side's hello is missing", ErrNoHandshake))
	case h.wait != waitNone:
	case h.search != nil:
		t.stop(h, h.search.err())
	case h.skipped != nil && h.skipped.Wire > 0:
		t.stop(h, fmt.Errorf("%w: nothing behind 0-RTT", tlsrec.ErrOpen))
	case len(h.buf) > 0:
		h.at = h.offset + int64(len(h.buf))
		t.fail(h, fmt.Errorf("the direction ends inside a record: %w", io.ErrUnexpectedEOF))
	}
}

func (t *Tap) other(h *half) *half { return &t.halves[1-h.dir] }

// done reports whether nothing more will be taken of the direction.
func (h *half) done() bool { return !h.open() || h.ended && h.wait == waitNone && len(h.buf) == 0 }
