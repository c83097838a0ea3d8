package relay

import (
	"time"

	"anytls-inspect/capture/relay/leg"
)

const (
	// busyPath is how long the relay does not ask TCP again where writes go on: some of what
	// waits then has been waiting for a moment only.
	busyPath = time.Second
	// blockedPatience is after how long bytes that do not move are told.
	blockedPatience = time.Second
	// silentPatience is for how long the peer's TCP must have acknowledged nothing to be told
	// as silent. One that lives answers within the time of a round trip, also where its program
	// does not read.
	silentPatience = blockedPatience / 2
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
	// toldSilent says that it was told that the peer's TCP is silent.
	toldSilent bool
	toldAt     time.Time
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

// isSilent tells whether the peer's TCP does not answer.
func (p *path) isSilent(now time.Time) bool {
	return !p.silent.IsZero() && now.Sub(p.silent) >= silentPatience
}

// writes takes note of a write where nothing more is known: that it goes on is all that
// shows.
func (p *path) writes(since time.Time, goesOn bool) {
	p.silent, p.still, p.quiet = time.Time{}, time.Time{}, since
	if goesOn {
		p.still, p.quiet = since, time.Time{}
	}
}
