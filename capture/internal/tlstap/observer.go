package tlstap

import (
	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/protocol"
)

// DefaultBacklog is how many bytes of a direction may wait for their key, unless
// [Observer.Backlog] says otherwise.
const DefaultBacklog = 128 << 10

// A Lookup returns what is known of a session's secrets, as [keylog.Store.Lookup]
// does. It is asked again until it knows what is needed.
type Lookup func(keylog.Random) (keylog.Secrets, bool)

// An Observer observes one TLS connection. It is fed the bytes of both directions,
// each in order and cut anywhere, and finds what they carried, in the order in
// which it was fed, also where it had to wait for a key. It does no I/O. One
// goroutine uses it at a time.
//
// Of each direction it holds what was cut: a record, and a hello of 64 KiB at most.
// While it waits for a key or the other side's hello, it holds Backlog bytes and a
// record of each. Trial opening needs one record more.
type Observer struct {
	// Backlog is how many bytes of a direction may wait for their key before they
	// are dropped and counted; 0 stands for DefaultBacklog. Set it before the first
	// Feed.
	Backlog int
	// Newest returns the sessions whose secrets were learned last, as
	// [keylog.Store.Newest] does; nil stands for none. Where the ClientHello is lost,
	// their secrets are tried. Set it before the first Feed.
	Newest func(after uint64) (sessions []keylog.Session, now uint64)

	lookup  Lookup
	found   func(*Finding)
	finding Finding

	sides  protocol.ByDirection[side]
	fed    *side  // the one that was fed last
	turn   uint64 // how often that has changed
	info   Info
	params *tlsrec.SuiteParams // of info.Suite; nil until both sides have said hello, or a guess was right

	sessionID    []byte // the client's, until the server has answered
	serverRandom [32]byte
	scratch      []byte // what trial opening opens into

	identified  bool // info.ClientRandom is known
	greeted     bool // Hello was found
	extensions  bool // the server's EncryptedExtensions was read
	established bool
	noKey       bool // NoKey was found
	closing     bool // a closing alert was found
	final       bool // no more secrets will come
}

// NewObserver returns an observer for a connection whose first bytes are fed next.
// It calls found with each finding; of the observer, found may call Info only.
func NewObserver(lookup Lookup, found func(*Finding)) *Observer {
	o := &Observer{lookup: lookup, found: found}
	for d := range o.sides {
		o.sides[d].dir = protocol.Direction(d)
	}
	return o
}

// Feed takes the next bytes of direction d and finds what they complete. The
// records are opened in place: b is the observer's until Feed returns, and is
// overwritten.
func (o *Observer) Feed(d protocol.Direction, b []byte) {
	s := &o.sides[d]
	o.turnTo(s)
	s.fed += int64(len(b))
	if s.wait == waitNone && o.other(s).wait == waitNone && s.isAmid(len(b)) {
		s.keep(b)
		return
	}
	o.feed(s, b)
}

// feed is Feed wherever b ends, once it is counted.
func (o *Observer) feed(s *side, b []byte) {
	for len(b) > 0 && s.open() {
		if len(s.buf) == 0 && s.search == nil && s.wait == waitNone && !o.held(s) {
			b = b[o.run(s, b):]
			if len(b) == 0 || !s.open() {
				break
			}
		}
		n := s.room(b, o.held(s))
		s.buf = append(s.buf, b[:n]...)
		b = b[n:]
		o.pump(s)
	}
	s.discard(len(b))
	o.settle()
}

// turnTo notes which side is fed now.
func (o *Observer) turnTo(s *side) {
	if s != o.fed {
		o.fed = s
		o.turn++
	}
}

// Gap says that the next bytes of direction d are not to be had, and how many they
// are: -1 where that is not known. The observer goes on behind them where it can,
// and finds a Lost, else a Stopped. A direction that is not captured at all has a gap
// before its first byte: the other one does not wait for its hello then.
func (o *Observer) Gap(d protocol.Direction, missing int64) {
	s := &o.sides[d]
	switch {
	case !s.open():
		s.discard(int(max(missing, 0)))
		return
	case s.wait != waitNone || len(s.gaps) > 0 || o.held(s):
		o.turnTo(s)
		s.postpone(o.turn, missing)
	default:
		o.miss(s, len(s.buf), missing)
	}
	o.settle()
}

// End says that direction d has ended, by FIN, RST or the end of the capture, and
// is not fed again. Where it ends inside a record, that is a Stopped. Records that
// wait for their key go on waiting, until [Observer.GiveUp].
func (o *Observer) End(d protocol.Direction) {
	s := &o.sides[d]
	s.ended = true
	o.finish(s)
	o.settle()
}

// Retry looks for the key that the observer waits for, if it does, and finds what
// that opens. Feed does so by itself.
func (o *Observer) Retry() { o.settle() }

// GiveUp says that no more secrets will come. An observer that waits for its key
// drops what waits, and stops; one that needs a key later does not wait for it.
func (o *Observer) GiveUp() {
	o.final = true
	o.settle()
}

// Waiting tells whether the observer holds records that wait for a key, or for the other
// side's hello.
func (o *Observer) Waiting() bool {
	for d := range o.sides {
		if s := &o.sides[d]; s.open() && (s.wait == waitKey || s.wait != waitNone && len(s.buf) > 0) {
			return true
		}
	}
	return false
}

// Buffered returns the size of the observer's buffers in bytes.
func (o *Observer) Buffered() int {
	n := cap(o.scratch)
	for d := range o.sides {
		n += cap(o.sides[d].buf) + cap(o.sides[d].messages.body)
	}
	return n
}

// Info returns what is known of the handshake. See [Hello] for when that is.
func (o *Observer) Info() *Info { return &o.info }

// Unread returns how many bytes of direction d were given up unread: in gaps,
// without a key, after a Stopped. Bytes behind a closing alert are not counted.
func (o *Observer) Unread(d protocol.Direction) int64 { return o.sides[d].unread }

func (o *Observer) client() *side { return &o.sides[protocol.ClientToServer] }
func (o *Observer) server() *side { return &o.sides[protocol.ServerToClient] }

// emit hands a finding of s on. It sets direction and offset.
func (o *Observer) emit(s *side, f Finding) {
	o.finding = f
	o.finding.Dir, o.finding.Offset = s.dir, s.at
	o.found(&o.finding)
	o.finding.Data = nil
}

// establish finds Established, once.
func (o *Observer) establish(s *side) {
	if !o.established {
		o.established = true
		o.emit(s, Finding{Kind: Established, Info: &o.info})
	}
}

// missKey finds NoKey, once for the connection, and once for each side that gives
// records up and goes on waiting.
func (o *Observer) missKey(s *side, waits bool) {
	if waits && s.gaveUp || !waits && o.noKey {
		return
	}
	o.noKey, s.gaveUp = true, s.gaveUp || waits
	o.emit(s, Finding{Kind: NoKey, Info: &o.info})
}

// stop ends what is found in s.
func (o *Observer) stop(s *side, err error) {
	if !s.open() {
		return
	}
	s.state = stopped
	o.emit(s, Finding{Kind: Stopped, Err: err})
}

// fail stops s, and the other side, too, where that can't be followed without what
// s did not say.
func (o *Observer) fail(s *side, err error) {
	hopeless := !s.mute && (!s.said || s == o.server() && o.params == nil)
	o.stop(s, err)
	if hopeless {
		o.stop(o.client(), err)
		o.stop(o.server(), err)
	}
}
