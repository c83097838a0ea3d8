package relay

import (
	"errors"
	"io"
	"sync"
	"syscall"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// closePatience is how long the end of a session waits for a peer that does not
// read.
const closePatience = 250 * time.Millisecond

// salvagePatience is how long a peer whose other side is gone may take nothing of
// what waits for it, and as long again: readers pause, and what was sent to them
// before the end is still theirs.
const salvagePatience = 2 * time.Second

// linkEnded passes on how a direction ended: close_notify, the end of the TCP
// stream, or a reset.
func (s *liveSession) linkEnded(dir protocol.Direction, l *link, err error, from, to leg.Leg) {
	sender := dir.Sender()
	closer := session.Closer(sender)
	var failedWrite *writeError
	if by, _ := s.ending(); by == session.ClosedByRelay {
		return // stop closes both legs
	}
	switch {
	case errors.As(err, &failedWrite):
		s.finish(session.Closer(dir.Receiver()), describe(dir.Receiver(), failedWrite.error))
		s.salvage(from, to)
	case errors.Is(err, io.EOF):
		s.finish(closer, "")
		if l.closeNotify() != nil {
			return
		}
		if from.Drain() != nil {
			to.Abort()
			return
		}
		_ = to.CloseWrite() // fails where the receiver has closed already
	case errors.Is(err, io.ErrUnexpectedEOF):
		s.finish(closer, capture.ReasonNoCloseNotify(sender))
		_ = to.CloseWrite()
	default:
		s.finish(closer, s.describe(sender, err))
		to.Abort()
		from.Abort()
	}
}

// salvage lets the link that comes from a leg which can't be written to carry what
// that peer said last, such as an Alert, to the other leg. Where that link has
// ended, or does not soon, both legs are reset.
func (s *liveSession) salvage(other, gone leg.Leg) {
	s.mu.Lock()
	s.broken = true
	s.mu.Unlock()
	gone.LimitReads(salvagePatience)
	other.LimitWrites(salvagePatience)
}

// describe says in words how a leg failed.
func describe(peer protocol.Peer, err error) string {
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return capture.ReasonReset(peer)
	}
	return protocol.Printable(peer.String() + " leg: " + err.Error())
}

// stop ends a session in good order: close_notify to both peers.
func (s *liveSession) stop(legs protocol.ByPeer[leg.Leg]) {
	s.finish(session.ClosedByRelay, "")
	var wg sync.WaitGroup
	for _, l := range legs {
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

// ending returns what finish noted.
func (s *liveSession) ending() (by session.Closer, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by, s.why
}

// finish notes who ended the session and why. The first to say so is right.
func (s *liveSession) finish(by session.Closer, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.ended, s.by, s.why = true, by, why
	}
}

// closerOf returns who is to blame for a handshake that failed.
func closerOf(err error) session.Closer {
	var le *legError
	if errors.As(err, &le) {
		return session.Closer(le.peer)
	}
	return session.ClosedByRelay
}
