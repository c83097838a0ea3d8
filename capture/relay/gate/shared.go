package gate

import (
	"sync"
	"sync/atomic"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// Shared is what the two gates of a session know together. It is safe for
// concurrent use.
type Shared struct {
	timeout time.Duration
	schemes *session.Schemes

	mu      sync.Mutex
	ledgers protocol.ByDirection[session.Ledger] // of the requests that travel in it

	settings atomic.Bool // the client's Settings were written to the server
	unpadded atomic.Bool // the client's padding scheme no longer shapes its writes
	opaque   atomic.Bool // one direction is not AnyTLS
	// updatedStop is the stop of the padding scheme that the server sent, 0 where
	// it sent none.
	updatedStop atomic.Int32
	rooms       *Rooms
}

// Rooms lends the gates of many sessions what they need only while records come. The
// zero value is ready. It is safe for concurrent use.
type Rooms struct{ pool sync.Pool }

// take returns room for the pieces of a record.
func (r *Rooms) take() *[]session.Piece {
	if p, ok := r.pool.Get().(*[]session.Piece); ok {
		return p
	}
	return new([]session.Piece)
}

// NewShared returns what the gates of a session that begins share. A request becomes a
// tombstone after timeout. Padding schemes are looked up in schemes, and memory comes
// from rooms.
func NewShared(timeout time.Duration, schemes *session.Schemes, rooms *Rooms) *Shared {
	return &Shared{timeout: timeout, schemes: schemes, rooms: rooms}
}

// Opaque tells whether a direction turned out not to be AnyTLS: nothing more is
// decoded, and nothing can be inserted.
func (s *Shared) Opaque() bool { return s.opaque.Load() }

// Unpadded tells whether the client's padding scheme no longer shapes its
// writes.
func (s *Shared) Unpadded() bool { return s.unpadded.Load() }

// SettingsWritten tells whether the client's Settings were written to the
// server.
func (s *Shared) SettingsWritten() bool { return s.settings.Load() }

// WroteSettings says that the client's Settings were written to the server.
func (s *Shared) WroteSettings() { s.settings.Store(true) }

// ask enters a request that travels in direction dir.
func (s *Shared) ask(now time.Time, dir protocol.Direction, stream uint32, injected bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledgers[dir].Ask(session.Request{At: now, Stream: stream, Injected: injected})
}

// settle enters an answer that was read in direction dir, and tells whether the
// relay is owed it: it is then not forwarded.
func (s *Shared) settle(now time.Time, dir protocol.Direction, stream uint32) (absorb bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.expire(now, dir.Reverse()).Settle(now, stream).Absorb
}

// settleForwarded enters an answer that was read in direction dir and is forwarded,
// whoever is owed it.
func (s *Shared) settleForwarded(now time.Time, dir protocol.Direction, stream uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(now, dir.Reverse()).SettleMarked(now, stream, false)
}

// expire returns the ledger of a direction, with tombstones for the requests that
// have timed out. s.mu is held.
func (s *Shared) expire(now time.Time, dir protocol.Direction) *session.Ledger {
	l := &s.ledgers[dir]
	deadline := now.Add(-s.timeout)
	for {
		if _, expired := l.Expire(deadline); expired == 0 {
			return l
		}
	}
}

// mayAbsorb tells whether the relay may be owed the next answer in direction
// dir.
func (s *Shared) mayAbsorb(dir protocol.Direction) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ledgers[dir.Reverse()].OldestInjected()
}

// AnswerDue tells whether the relay may be owed any answer in direction dir.
func (s *Shared) AnswerDue(dir protocol.Direction) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	injected, _ := s.ledgers[dir.Reverse()].Owed()
	return injected > 0
}

// MayAsk tells whether another injected request may go in direction dir: it would tell
// something, and not be one too many.
func (s *Shared) MayAsk(dir protocol.Direction) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	injected, _ := s.ledgers[dir].Owed()
	return injected < session.MaxInjectedOwed && !s.ledgers[dir].Overflowed()
}

// Overflowed tells whether the answers to requests that travel in direction dir can't be told
// apart any more.
func (s *Shared) Overflowed(dir protocol.Direction) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ledgers[dir].Overflowed()
}
