package tlstap

import (
	"fmt"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/protocol"
)

// DefaultBacklog is how many bytes of a direction wait for their key.
const DefaultBacklog = 128 << 10

// A Lookup returns what is known of a session's secrets, such as
// [keylog.Store.Lookup]. It is asked again until it knows what is needed.
type Lookup func(keylog.Random) (keylog.Secrets, bool)

// A Tap observes one TLS connection. It is fed the bytes of both directions,
// each in order and cut anywhere, and emits what they carried, in the order in
// which it was fed, also where it had to wait for a key. It does no I/O, and is
// for one goroutine.
//
// It holds, per direction, what was cut: a record, and a hello of 64 KiB at
// most; and while it waits for a key or the other side's hello, Backlog bytes
// and a record.
type Tap struct {
	// Backlog is how many bytes of a direction may wait for their key before
	// they are dropped (and counted); DefaultBacklog where it is 0. Set it before
	// the first Feed.
	Backlog int

	lookup Lookup
	emit   func(*Event)
	event  Event

	halves [2]half // by protocol.Direction
	fed    *half   // the one that was fed last
	turn   uint64  // how often that has changed
	info   Info
	params *tlsrec.SuiteParams // of the suite, once both sides have said hello

	sessionID    []byte // the client's, until the server has answered
	serverRandom [32]byte
	scratch      []byte // what trial opening opens into

	extensions  bool // the server's EncryptedExtensions was read
	established bool
	noKey       bool // NoKey was emitted
	closing     bool // a closing alert was emitted
	final       bool // no more secrets will come
}

// NewTap returns a tap for a connection whose first bytes are fed next. The
// function emit must not call the tap.
func NewTap(lookup Lookup, emit func(*Event)) *Tap {
	t := &Tap{lookup: lookup, emit: emit}
	for d := range t.halves {
		t.halves[d].dir = protocol.Direction(d)
	}
	return t
}

// Feed takes the next bytes of direction d and emits what they complete. The
// bytes are opened in place: b is overwritten, and the tap's until Feed returns.
func (t *Tap) Feed(d protocol.Direction, b []byte) {
	h := &t.halves[d]
	if h != t.fed {
		t.fed = h
		t.turn++
	}
	h.fed += int64(len(b))
	for len(b) > 0 && h.open() {
		if len(h.buf) == 0 && h.search == nil && h.wait == waitNone {
			b = b[t.run(h, b):]
			if len(b) == 0 || !h.open() {
				break
			}
		}
		n := h.room(len(b))
		h.buf = append(h.buf, b[:n]...)
		b = b[n:]
		t.pump(h)
	}
	h.discard(len(b))
	t.settle()
}

// Gap says that the next missing bytes of direction d are not to be had; -1
// where it is not known how many. Where it can, the tap goes on behind them and
// emits a Lost, else a Stopped.
func (t *Tap) Gap(d protocol.Direction, missing int64) {
	h := &t.halves[d]
	switch {
	case !h.open():
		h.discard(int(max(missing, 0)))
		return
	case !h.said:
		h.unread += max(missing, 0)
		t.fail(h, fmt.Errorf("%w: bytes are missing from it", ErrNoHandshake))
	default:
		t.missExtensions(h)
		h.lose(missing)
	}
	t.settle()
}

// End says that direction d has ended (FIN, RST, or the end of the capture), and
// is not fed again. Of a cut record that it leaves, it emits a Stopped; records
// that wait for their key go on waiting: see [Tap.GiveUp]. Without an alert
// before it, the end was not a TLS one.
func (t *Tap) End(d protocol.Direction) {
	h := &t.halves[d]
	h.ended = true
	t.finish(h)
	t.settle()
}

// Retry looks for the key that the tap waits for, if it does, and emits what
// that opens. Feed does so by itself.
func (t *Tap) Retry() { t.settle() }

// GiveUp says that no more secrets will come: a tap that waits for its key
// drops what waits and stops, and one that will need a key won't wait.
func (t *Tap) GiveUp() {
	t.final = true
	t.settle()
}

// Waiting reports whether the tap holds records that wait for a key.
func (t *Tap) Waiting() bool {
	for d := range t.halves {
		if t.halves[d].open() && t.halves[d].wait == waitKey {
			return true
		}
	}
	return false
}

// Buffered returns how many bytes of memory the tap's buffers have.
func (t *Tap) Buffered() int {
	n := cap(t.scratch)
	for d := range t.halves {
		n += cap(t.halves[d].buf) + cap(t.halves[d].messages.body)
	}
	return n
}

// Info returns what is known of the handshake: see the event Hello.
func (t *Tap) Info() *Info { return &t.info }

// Unread returns how many bytes of direction d were given up unread: in gaps,
// without a key, after a Stopped. Bytes behind a closing alert are not counted.
func (t *Tap) Unread(d protocol.Direction) int64 { return t.halves[d].unread }

func (t *Tap) client() *half { return &t.halves[protocol.ClientToServer] }
func (t *Tap) server() *half { return &t.halves[protocol.ServerToClient] }

// send emits an event of direction h; what is not set in e is left zero.
func (t *Tap) send(h *half, e Event) {
	t.event = e
	t.event.Dir, t.event.Offset = h.dir, h.at
	t.emit(&t.event)
	t.event.Data = nil
}

// establish emits Established, once.
func (t *Tap) establish(h *half) {
	if !t.established {
		t.established = true
		t.send(h, Event{Kind: Established, Info: &t.info})
	}
}

// missKey emits NoKey, once.
func (t *Tap) missKey(h *half) {
	if !t.noKey {
		t.noKey = true
		t.send(h, Event{Kind: NoKey, Info: &t.info})
	}
}

// stop ends what is emitted of h.
func (t *Tap) stop(h *half, err error) {
	if !h.open() {
		return
	}
	h.state = stopped
	t.send(h, Event{Kind: Stopped, Err: err})
}

// fail stops h, and the other direction, too, where that can't be followed
// without what h did not say.
func (t *Tap) fail(h *half, err error) {
	hopeless := !h.said || h == t.server() && t.params == nil
	t.stop(h, err)
	if hopeless {
		t.stop(t.client(), err)
		t.stop(t.server(), err)
	}
}
