package relay

import (
	"context"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

// lookEvery is how often the relay looks after its sessions.
const lookEvery = 100 * time.Millisecond

// lookAfter looks after the sessions until ctx ends: what does not show to a link that
// waits for a peer shows here.
func (r *Relay) lookAfter(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var sessions []*liveSession
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		sessions = r.running(sessions[:0])
		wanted, _ := r.cfg.Registry.Pace()
		for _, s := range sessions {
			s.look(r.clock(), &wanted)
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
// looks at the paths and at the heartbeats that wait, and closes the leg of a peer that has
// been gone for long.
func (s *liveSession) look(now time.Time, wanted *capture.Periodic) {
	for _, l := range s.links {
		to := l.dir.Receiver()
		since, writes := l.written()
		if writes && now.Sub(since) >= patience {
			s.watch(l.dir.Sender())
		}
		s.lookAtPath(to, since, writes, now)
		l.lookAtHeartbeats(wanted.Every > 0 && wanted.Toward[to])
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
