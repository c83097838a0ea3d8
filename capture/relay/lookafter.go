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

// look watches the sender of a link that is stuck, or that pauses for a rule, since nobody reads
// from that one now, looks at the paths and at the heartbeats that wait, and closes the leg of a
// peer that has been gone for long.
func (s *liveSession) look(now time.Time, wanted *capture.Periodic) {
	for _, l := range s.links {
		to := l.dir.Receiver()
		since, writes := l.written()
		if writes && now.Sub(since) >= patience || l.ruled && l.isPausing() {
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

// lookAtPath tells the sink where bytes toward a peer do not move, and ends the session where
// the peer has vanished without a word: its TCP does not acknowledge what is sent to it.
// since is when the last write toward the peer began, and writes says that it goes on.
func (s *liveSession) lookAtPath(p protocol.Peer, since time.Time, writes bool, now time.Time) {
	path := &s.paths[p]
	if !path.asks(since, writes, now) {
		return
	}
	u, known := s.legs[p].Unacked()
	switch {
	case known:
		path.flows(u, since, now)
	case path.acked > 0:
		return // it was known: the leg is closed
	default:
		path.writes(since, writes)
	}
	s.tellPath(p, u.Bytes, now)
	if silent := path.silent; !silent.IsZero() && now.Sub(silent) >= s.relay.cfg.AckTimeout {
		s.giveUp(capture.ReasonPathDead(p, u.Bytes, now.Sub(silent)))
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
	case n > 0 && (uint64(n) > path.told || path.toldSilent != path.isSilent(now)) && now.Sub(path.toldAt) >= blockedAgain:
		path.told, path.toldSilent, path.toldAt = uint64(n), path.isSilent(now), now
		l.tellBlocked(path.still, path.told, path.toldSilent)
	}
}
