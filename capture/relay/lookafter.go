package relay

import (
	"context"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

const (
	// lookEvery is how often the relay looks for links that are stuck.
	lookEvery = 100 * time.Millisecond
	// looksAPath is how many looks later it looks at what TCP has not got acknowledged.
	looksAPath = 10
)

// lookAfter looks after the sessions until ctx ends: what does not show to a link that
// waits for a peer shows here.
func (r *Relay) lookAfter(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var sessions []*liveSession
	for looks := 1; ; looks++ {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		sessions = r.running(sessions[:0])
		for _, s := range sessions {
			s.look(r.clock())
			if looks%looksAPath == 0 {
				s.lookAtPaths(r.clock())
			}
		}
		clear(sessions)
	}
}

// running appends the sessions to dst whose links run.
func (r *Relay) running(dst []*liveSession) []*liveSession {
	r.mu.Lock()
	defer r.mu.Unlock()
	for s := range r.sessions {
		if s.links[0] != nil {
			dst = append(dst, s)
		}
	}
	return dst
}

// look watches the sender of a link that is stuck, since nobody reads from that one now,
// and closes the leg of a peer that has been gone for long.
func (s *liveSession) look(now time.Time) {
	for _, l := range s.links {
		if l.stuck(now, patience) {
			s.watch(l.dir.Sender())
		}
	}
	for _, p := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		if s.frees(p, now) {
			// Where the other peer writes once more, it gets a reset, as it would from the
			// system of a peer that is gone.
			_ = s.legs[p].Close()
		}
	}
}

// frees tells whether the leg of a peer that is gone is to be closed, once.
func (s *liveSession) frees(p protocol.Peer, now time.Time) bool {
	s.mu.Lock()
	since := s.goneSince[p]
	idle := !since.IsZero() && !s.freed[p] && now.Sub(since) >= freePatience
	s.mu.Unlock()
	if !idle {
		return false
	}
	if last, writes := s.links[p.Toward()].written(); writes || now.Sub(last) < freePatience {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.freed[p] = true
	return true
}

// A path is what the relay knows of the way to a peer.
type path struct {
	acked  uint64    // bytes that its TCP had acknowledged when looked at
	silent time.Time // since when bytes wait for that, and none was; zero: none wait
	looked time.Time // when the write had begun behind which nothing waited any more
}

// lookAtPaths ends the session where a peer has vanished without a word: its TCP does not
// acknowledge what is sent to it.
func (s *liveSession) lookAtPaths(now time.Time) {
	for _, p := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		since, writes := s.links[p.Toward()].written()
		path := &s.paths[p]
		if !writes && path.silent.IsZero() && since.Equal(path.looked) {
			continue // nothing was written since nothing waited
		}
		u, known := s.legs[p].Unacked()
		path.looked = time.Time{}
		if known && u.Bytes == 0 {
			path.looked = since
		}
		switch {
		case !known || !u.Outstanding:
			path.silent = time.Time{}
		case path.silent.IsZero() || path.acked != u.Acked:
			path.silent = now
		case now.Sub(path.silent) >= s.relay.cfg.AckTimeout:
			s.giveUp(capture.ReasonPathDead(p, u.Bytes, now.Sub(path.silent)))
		}
		path.acked = u.Acked
	}
}

// stuck tells whether a write of the link has not ended for so long.
func (l *link) stuck(now time.Time, long time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.taken && now.Sub(l.since) >= long
}

// written returns when the link's last write began, and whether it goes on.
func (l *link) written() (since time.Time, goesOn bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since, l.taken
}

// wrote notes that TCP sends something that the link has not written: the end of the stream.
func (l *link) wrote() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.taken {
		l.since = l.clock()
	}
}
