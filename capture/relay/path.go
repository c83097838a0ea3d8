package relay

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/protocol"
)

const (
	// busyPath is how long the relay does not ask TCP again where writes go on: some of what
	// waits then has been waiting for a moment only.
	busyPath = time.Second
	// blockedPatience is after how long bytes that do not move are told.
	blockedPatience = time.Second
	// blockedAgain is how long more of them are not told.
	blockedAgain = time.Second
)

// A path is what the relay knows of the way to a peer. Only Relay.lookAfter uses it.
type path struct {
	seen   time.Time // when the newest write had begun at the last look
	asked  time.Time // when TCP was asked last
	acked  uint64    // bytes that it had acknowledged then
	quiet  time.Time // when the write had begun behind which nothing waited any more; zero: something did
	silent time.Time // since when TCP waits for an answer of the peer, and nothing was acknowledged; zero: it does not
	still  time.Time // since when bytes wait, and none moved; zero: none wait
	told   uint64    // how many of them the sink was told; 0: it was not
	toldAt time.Time
}

// lookAtPath tells the sink where bytes toward a peer do not move, and ends the session where
// the peer has vanished without a word: its TCP does not acknowledge what is sent to it.
// since is when the last write toward the peer began, and writes says that it goes on.
func (s *liveSession) lookAtPath(p protocol.Peer, since time.Time, writes bool, now time.Time) {
	path := &s.paths[p]
	if !path.asks(since, writes, now) {
		return
	}
	u, known := s.legs[p].Unacked()
	if known {
		path.flows(u, since, now)
	} else {
		path.writes(since, writes)
	}
	s.tellPath(p, u.Bytes, now)
	if silent := path.silent; !silent.IsZero() && now.Sub(silent) >= s.relay.cfg.AckTimeout {
		s.giveUp(capture.ReasonPathDead(p, u.Bytes, now.Sub(silent)))
	}
}

// asks tells whether it is time to ask TCP of a path: not where nothing was written since
// nothing waited, and not often where writes go on.
func (p *path) asks(since time.Time, writes bool, now time.Time) bool {
	began := !since.Equal(p.seen)
	p.seen = since
	switch {
	case !writes && since.Equal(p.quiet):
		return false
	case p.told == 0 && began && now.Sub(p.asked) < busyPath:
		return false
	default:
		p.asked = now
		return true
	}
}

// flows takes note of what TCP has of the bytes toward the peer, where that is known.
func (p *path) flows(u leg.Unacked, since, now time.Time) {
	moved := u.Acked != p.acked
	p.acked = u.Acked
	switch {
	case !u.Outstanding:
		p.silent = time.Time{}
	case p.silent.IsZero() || moved:
		p.silent = now
	}
	switch {
	case u.Bytes == 0:
		p.still = time.Time{}
	case moved:
		p.still = now
	case p.still.IsZero(): // none waited when it was looked last
		p.still = since
	}
	p.quiet = time.Time{}
	if u.Bytes == 0 && !u.Outstanding {
		p.quiet = since
	}
}

// writes takes note of a write where nothing more is known: that it goes on is all that
// shows.
func (p *path) writes(since time.Time, goesOn bool) {
	p.silent, p.still, p.quiet = time.Time{}, time.Time{}, since
	if goesOn {
		p.still, p.quiet = since, time.Time{}
	}
}

// tellPath tells the sink of n bytes toward a peer that do not move, and that they move
// again.
func (s *liveSession) tellPath(p protocol.Peer, n int, now time.Time) {
	path, l := &s.paths[p], s.links[p.Toward()]
	switch {
	case path.still.IsZero() || now.Sub(path.still) < blockedPatience:
		if path.told > 0 {
			path.told = 0
			l.tellUnblocked()
		}
	case n > 0 && uint64(n) > path.told && now.Sub(path.toldAt) >= blockedAgain:
		path.told, path.toldAt = uint64(n), now
		l.tellBlocked(path.still, uint64(n))
	}
}

// tellBlocked tells the sink that n bytes of the direction have not moved since a time.
// Meanwhile the receiver's answers wait, and with them what would have to be answered.
func (l *link) tellBlocked(since time.Time, n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.blocked.Store(true)
	if !l.hushed {
		l.emit(&capture.Event{Kind: capture.Blocked, At: l.clock(), Dir: l.dir, Since: since, Bytes: n})
	}
}

// tellUnblocked tells the sink that the bytes of the direction move again.
func (l *link) tellUnblocked() {
	l.mu.Lock()
	l.blocked.Store(false)
	if !l.hushed {
		l.emit(&capture.Event{Kind: capture.Unblocked, At: l.clock(), Dir: l.dir})
	}
	l.start()
	l.mu.Unlock()
	if o := l.answers; o != nil {
		o.look()
	}
}

// hush lets no event of the direction follow, since the end of the session is about to be
// told.
func (l *link) hush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hushed = true
}
