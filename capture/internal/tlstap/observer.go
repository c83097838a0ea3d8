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

// An Observer observes one TLS connection. It is fed the bytes of both directions,
// each in order and cut anywhere, and emits what they carried, in the order in
// which it was fed, also where it had to wait for a key. It does no I/O, and is
// for one goroutine.
//
// It holds, per direction, what was cut: a record, and a hello of 64 KiB at
// most; and while it waits for a key or the other side's hello, Backlog bytes
// and a record.
type Observer struct {
	// Backlog is how many bytes of a direction may wait for their key before
	// they are dropped (and counted); DefaultBacklog where it is 0. Set it before
	// the first Feed.
	Backlog int

	lookup  Lookup
	found   func(*Finding)
	finding Finding

	sides  protocol.ByDirection[side]
	fed    *side  // the one that was fed last
	turn   uint64 // how often that has changed
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

// NewObserver returns an observer for a connection whose first bytes are fed next. The
// function found must not call the observer.
func NewObserver(lookup Lookup, found func(*Finding)) *Observer {
	o := &Observer{lookup: lookup, found: found}
	for d := range o.sides {
		o.sides[d].dir = protocol.Direction(d)
	}
	return o
}

// Feed takes the next bytes of direction d and emits what they complete. The
// bytes are opened in place: b is overwritten, and the observer's until Feed returns.
func (o *Observer) Feed(d protocol.Direction, b []byte) {
	s := &o.sides[d]
	if s != o.fed {
		o.fed = s
		o.turn++
	}
	s.fed += int64(len(b))
	for len(b) > 0 && s.open() {
		if len(s.buf) == 0 && s.search == nil && s.wait == waitNone {
			b = b[o.run(s, b):]
			if len(b) == 0 || !s.open() {
				break
			}
		}
		n := s.room(len(b))
		s.buf = append(s.buf, b[:n]...)
		b = b[n:]
		o.pump(s)
	}
	s.discard(len(b))
	o.settle()
}

// Gap says that the next missing bytes of direction d are not to be had; -1
// where it is not known how many. Where it can, the observer goes on behind them and
// emits a Lost, else a Stopped.
func (o *Observer) Gap(d protocol.Direction, missing int64) {
	s := &o.sides[d]
	switch {
	case !s.open():
		s.discard(int(max(missing, 0)))
		return
	case !s.said:
		s.unread += max(missing, 0)
		o.fail(s, fmt.Errorf("%w: bytes are missing from it", ErrNoHandshake))
	default:
		o.missExtensions(s)
		s.lose(missing)
	}
	o.settle()
}

// End says that direction d has ended (FIN, RST, or the end of the capture), and
// is not fed again. Of a cut record that it leaves, it emits a Stopped; records
// that wait for their key go on waiting: see [Observer.GiveUp]. Without an alert
// before it, the end was not a TLS one.
func (o *Observer) End(d protocol.Direction) {
	s := &o.sides[d]
	s.ended = true
	o.finish(s)
	o.settle()
}

// Retry looks for the key that the observer waits for, if it does, and emits what
// that opens. Feed does so by itself.
func (o *Observer) Retry() { o.settle() }

// GiveUp says that no more secrets will come: an observer that waits for its key
// drops what waits and stops, and one that will need a key won't wait.
func (o *Observer) GiveUp() {
	o.final = true
	o.settle()
}

// Waiting reports whether the observer holds records that wait for a key.
func (o *Observer) Waiting() bool {
	for d := range o.sides {
		if o.sides[d].open() && o.sides[d].wait == waitKey {
			return true
		}
	}
	return false
}

// Buffered returns how many bytes of memory the observer's buffers have.
func (o *Observer) Buffered() int {
	n := cap(o.scratch)
	for d := range o.sides {
		n += cap(o.sides[d].buf) + cap(o.sides[d].messages.body)
	}
	return n
}

// Info returns what is known of the handshake: see the finding Hello.
func (o *Observer) Info() *Info { return &o.info }

// Unread returns how many bytes of direction d were given up unread: in gaps,
// without a key, after a Stopped. Bytes behind a closing alert are not counted.
func (o *Observer) Unread(d protocol.Direction) int64 { return o.sides[d].unread }

func (o *Observer) client() *side { return &o.sides[protocol.ClientToServer] }
func (o *Observer) server() *side { return &o.sides[protocol.ServerToClient] }

// emit hands a finding of direction s on; what is not set in f is left zero.
func (o *Observer) emit(s *side, f Finding) {
	o.finding = f
	o.finding.Dir, o.finding.Offset = s.dir, s.at
	o.found(&o.finding)
	o.finding.Data = nil
}

// establish emits Established, once.
func (o *Observer) establish(s *side) {
	if !o.established {
		o.established = true
		o.emit(s, Finding{Kind: Established, Info: &o.info})
	}
}

// missKey emits NoKey, once.
func (o *Observer) missKey(s *side) {
	if !o.noKey {
		o.noKey = true
		o.emit(s, Finding{Kind: NoKey, Info: &o.info})
	}
}

// stop ends what is emitted of s.
func (o *Observer) stop(s *side, err error) {
	if !s.open() {
		return
	}
	s.state = stopped
	o.emit(s, Finding{Kind: Stopped, Err: err})
}

// fail stops s, and the other direction, too, where that can't be followed
// without what s did not say.
func (o *Observer) fail(s *side, err error) {
	hopeless := !s.said || s == o.server() && o.params == nil
	o.stop(s, err)
	if hopeless {
		o.stop(o.client(), err)
		o.stop(o.server(), err)
	}
}
