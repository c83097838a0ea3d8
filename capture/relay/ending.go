package relay

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

const (
	// closePatience is how long the end of a session by the relay waits for a peer that
	// does not read.
	closePatience = 250 * time.Millisecond
	// salvagePatience is how long what a peer sent before it reset its connection may go
	// on to the other, such as an Alert.
	salvagePatience = 500 * time.Millisecond
	// lastPatience is how long peers that have both ended their streams may keep the
	// session: as long as they take something of what waits for them, but no longer. It is
	// within the 5 s after which such a session is over.
	lastPatience = 4 * time.Second
	// freePatience is how long nothing must have gone to a peer that is gone before its
	// connection is closed. A peer that has ended its stream could still read.
	freePatience = 5 * time.Second
)

// linkEnded passes on how a direction ended: close_notify, the end of the TCP
// stream, or a reset.
func (s *liveSession) linkEnded(dir protocol.Direction, l *link, err error) {
	if by, _ := s.ending(); by == session.ClosedByRelay {
		return // stop closes both legs
	}
	sender := dir.Sender()
	from, to := s.legs[sender], s.legs[dir.Receiver()]
	var failedWrite *writeError
	switch {
	case errors.As(err, &failedWrite): // see writeFailed
	case errors.Is(err, io.EOF):
		s.finish(session.Closer(sender), "")
		s.leaves(sender)
		if l.closeNotify() != nil {
			return // the receiver is gone, and the link that reads from it learns how
		}
		s.drain(dir, from, to)
	case errors.Is(err, io.ErrUnexpectedEOF):
		s.finish(session.Closer(sender), capture.ReasonNoCloseNotify(sender))
		s.leaves(sender)
		s.pass(dir, to)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, net.ErrClosed):
		s.reset() // it was waited for long enough; or the leg was closed here, for a reason that is told
	default:
		s.finishAs(s.describe(sender, err), false)
		s.reset()
	}
}

// drain reads what a peer sends behind close_notify, to the end of its TCP stream, which
// it passes on.
func (s *liveSession) drain(dir protocol.Direction, from, to leg.Leg) {
	s.setDraining(dir.Sender(), true)
	err := from.Drain()
	s.setDraining(dir.Sender(), false)
	switch {
	case err == nil:
		s.pass(dir, to)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, net.ErrClosed):
		_ = to.CloseWrite() // as long as both were waited for
	default:
		s.reset()
	}
}

// pass passes on the end of a peer's TCP stream, all of which has been read: the peer is
// gone. The other one may go on, and then only a reset is to be expected from the peer that
// is gone, which is passed on as well.
func (s *liveSession) pass(dir protocol.Direction, to leg.Leg) {
	sender := dir.Sender()
	s.mu.Lock()
	s.goneSince[sender] = s.relay.clock()
	s.mu.Unlock()
	_ = to.CloseWrite() // fails where the receiver has closed already
	s.links[dir].wrote()
	s.watch(sender)
}

// leaves tells the sink that a peer has ended its stream, all of which has been read, unless the
// other one has ended its own too: then the session is about to be over. Close_notify ends it,
// however long the peer keeps its TCP stream open behind that: it owes no answer any more.
func (s *liveSession) leaves(peer protocol.Peer) {
	s.mu.Lock()
	over := s.ended[peer.Other()]
	s.mu.Unlock()
	if !over {
		s.emit(&capture.Event{Kind: capture.Gone, At: s.relay.clock(), Dir: peer.Toward().Reverse()})
	}
}

// watch looks for the end of a peer's stream while nobody reads it.
func (s *liveSession) watch(peer protocol.Peer) {
	s.legs[peer].Watch(func(reset bool) {
		if reset {
			s.wasReset(peer)
		} else {
			s.streamEnded(peer)
		}
	})
}

// wasReset passes on a reset that a peer made while nobody read from it.
func (s *liveSession) wasReset(peer protocol.Peer) {
	s.finishAs(s.describe(peer, syscall.ECONNRESET), false)
	toward := peer.Other().Toward() // what it has sent goes there
	if s.links[toward].stuck(s.relay.clock(), closePatience) || s.links[toward].isPausing() || s.isGone(peer) {
		// Nobody takes what it sent before, or there is nothing of it. TCP has it no better:
		// with a reset, what was not taken is lost.
		s.reset()
		return
	}
	s.salvage()
}

// writeFailed ends the session after a write in a direction failed, whoever wrote.
func (s *liveSession) writeFailed(dir protocol.Direction, err error) {
	if by, _ := s.ending(); by == session.ClosedByRelay {
		return // stop closes both legs
	}
	receiver := dir.Receiver()
	switch {
	case errors.Is(err, net.ErrClosed):
		// The relay has reset both legs; or the receiver is gone, and the relay has closed its
		// leg: the system of a peer that is gone answers by a reset.
		s.finish(session.Closer(receiver), "")
		s.reset()
	case s.isGone(receiver): // its last words have been read
		s.finishAs(s.describe(receiver, err), false)
		s.reset()
	default:
		s.finishAs(s.describe(receiver, err), true) // its last words may say more
		s.salvage()
	}
}

// salvage lets the link that comes from a peer which has reset its connection carry what
// that one said last, such as an Alert, to the other. Both legs are reset soon, also where
// that link has ended already.
func (s *liveSession) salvage() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.broken {
		s.broken = true
		s.alarm(&s.salvaging, salvagePatience, s.reset)
	}
}

// giveUp ends a session that the path to a peer keeps open. That the other peer had closed it
// in good order does not say so.
func (s *liveSession) giveUp(why string) {
	s.mu.Lock()
	if !s.finished || s.why == "" {
		s.finished, s.howEnded, s.saysMore = true, howEnded{by: session.ClosedByRelay, why: why}, false
		s.noteEnd()
	}
	s.mu.Unlock()
	s.reset()
}

// reset resets both legs.
func (s *liveSession) reset() {
	s.interrupt()
	for _, l := range s.legs {
		l.Abort()
	}
}

// streamEnded notes that a peer's stream has ended: by close_notify, or below TLS. What it
// sent before may still wait. Nothing is injected toward it any more. Once both peers have,
// the session is over soon.
func (s *liveSession) streamEnded(peer protocol.Peer) {
	s.mu.Lock()
	first := !s.ended[peer]
	s.ended[peer] = true
	if first && s.ended[peer.Other()] {
		now := s.relay.clock()
		s.took, s.tookAt = s.taken(), protocol.ByPeer[time.Time]{now, now}
		s.alarm(&s.calling, lastPatience, s.lastCall)
	}
	s.mu.Unlock()
	if first {
		s.links[peer.Toward()].leave()
	}
}

// taken returns how many bytes each peer's TCP has acknowledged, where that is known.
func (s *liveSession) taken() (n protocol.ByPeer[uint64]) {
	for p, l := range s.legs {
		if u, known := l.Unacked(); known {
			n[p] = u.Acked
		}
	}
	return n
}

// lastCall ends a session both of whose peers have ended their streams: what is sent behind
// close_notify is waited for no more, and a peer that takes nothing of what waits for it is
// given up. One that still takes something gets all of it: how long a write has been waiting
// does not tell that, since the system lets it go on only when much of what it holds has been
// taken. LastCall calls itself again until the session is over.
func (s *liveSession) lastCall() {
	s.mu.Lock()
	draining := s.draining
	s.mu.Unlock()
	for p, l := range s.legs {
		if draining[p] {
			l.LimitReads(time.Nanosecond)
		}
	}
	s.interrupt() // what a rule keeps unread is read, and then the end behind it
	now, taken := s.relay.clock(), s.taken()
	for _, l := range s.links {
		p := l.dir.Receiver()
		if taken[p] != s.took[p] {
			s.tookAt[p] = now
		}
		if l.stuck(now, lastPatience/2) && now.Sub(s.tookAt[p]) >= lastPatience {
			s.reset()
			return
		}
	}
	s.took = taken
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alarm(&s.calling, lastPatience/4, s.lastCall)
}

// alarm sets one of the session's alarms: it calls f later, unless the session is over by
// then. s.mu is held.
func (s *liveSession) alarm(a **time.Timer, d time.Duration, f func()) {
	if !s.over {
		*a = time.AfterFunc(d, f)
	}
}

// endAlarms ends the alarms of a session that is over: they would keep its memory.
func (s *liveSession) endAlarms() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	for _, a := range [...]*time.Timer{s.salvaging, s.calling, s.cutting} {
		if a != nil {
			a.Stop()
		}
	}
}

func (s *liveSession) setDraining(peer protocol.Peer, draining bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining[peer] = draining
}

// isGone tells whether nothing more comes from a peer.
func (s *liveSession) isGone(peer protocol.Peer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.goneSince[peer].IsZero()
}

// stop ends a session in good order: close_notify to both peers.
func (s *liveSession) stop() {
	s.finish(session.ClosedByRelay, "")
	s.interrupt()
	var wg sync.WaitGroup
	for _, l := range s.legs {
		wg.Go(func() {
			// A write that hangs, since its peer does not read, must give up.
			impatient := time.AfterFunc(closePatience, func() { _ = l.Close() })
			defer impatient.Stop()
			_ = l.CloseNotify()
		})
	}
	wg.Wait()
	_ = s.client.Close()
	_ = s.server.Close()
}

// cut ends the connection with a peer, or with both, as a rule says that was applied to a frame of
// a direction. What was written before goes out first.
func (s *liveSession) cut(dir protocol.Direction, st *rule.Step) {
	if to := dir.Receiver(); st.Both || st.Toward == to {
		s.patiently(to, st, func() { _ = s.legs[to].Flush() })
	}
	s.finish(session.ClosedByRelay, endedBy(st))
	for _, p := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		switch {
		case !st.Both && st.Toward != p:
		case st.End == rule.Reset:
			s.closeCut(p, st)
		default:
			// A goroutine, since a peer that does not read keeps the end of its stream waiting. It
			// ends when that is written, and when its leg is closed at the latest.
			go s.patiently(p, st, func() {
				if st.End == rule.CloseNotify {
					_ = s.legs[p].CloseNotify()
				}
				_ = s.legs[p].Flush()
				_ = s.legs[p].CloseWrite()
			})
		}
	}
	if st.Both {
		s.interrupt()
		s.mu.Lock()
		s.alarm(&s.cutting, lastPatience, s.reset) // for peers that don't end their own streams
		s.mu.Unlock()
	}
}

// patiently writes to a peer whose connection a rule cuts. It closes the leg of one that takes
// nothing.
func (s *liveSession) patiently(p protocol.Peer, st *rule.Step, write func()) {
	impatient := time.AfterFunc(closePatience, func() { s.closeCut(p, st) })
	defer impatient.Stop()
	write()
}

// closeCut closes the leg of a peer whose connection a rule cuts. Nothing more is read from it.
func (s *liveSession) closeCut(p protocol.Peer, st *rule.Step) {
	s.finish(session.ClosedByRelay, endedBy(st))
	s.links[p.Other().Toward()].interrupt()
	if st.End == rule.Reset {
		s.legs[p].Abort()
	} else {
		_ = s.legs[p].Close()
	}
}

// interrupt ends the pauses of both links.
func (s *liveSession) interrupt() {
	for _, l := range s.links {
		if l != nil {
			l.interrupt()
		}
	}
}

// A howEnded is how a session ended.
type howEnded struct {
	by        session.Closer
	why       string // printable; empty: in good order
	tlsFailed bool   // TLS failed with by
}

// ending returns what finish noted.
func (s *liveSession) ending() (by session.Closer, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by, s.why
}

// finish notes who ended the session and why. The first to say so is right.
func (s *liveSession) finish(by session.Closer, why string) {
	s.finishAs(howEnded{by: by, why: why}, false)
}

// finishAs is finish. Where there may be more to say, the same peer may say so later.
func (s *liveSession) finishAs(how howEnded, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.finished || s.saysMore && how.by == s.by {
		s.finished, s.howEnded, s.saysMore = true, how, more
		s.noteEnd()
	}
}

// noteEnd tells the recordings of both legs how the session ends: who reads them sees two
// connections, of which the relay ends one. s.mu is held.
func (s *liveSession) noteEnd() {
	note := capture.EndNote(&capture.Event{By: s.by, Reason: s.why, TLSFailed: s.tlsFailed})
	for _, socket := range [...]*leg.Socket{s.client, s.server} {
		if socket != nil {
			socket.Ends(note)
		}
	}
}
