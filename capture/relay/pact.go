package relay

import (
	"sync"
	"sync/atomic"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// maxInjectedOwed is how many injected requests may be without an answer in one
// direction. More say nothing that these don't.
const maxInjectedOwed = 256

// assumedStop is the first unshaped slot of a padding scheme that is not known:
// that of the default scheme.
const assumedStop = 8

// A pact is what the two directions of a session share.
type pact struct {
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
}

// ask enters a request that travels in direction dir.
func (p *pact) ask(now time.Time, dir protocol.Direction, stream uint32, injected bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ledgers[dir].Ask(session.Request{At: now, Stream: stream, Injected: injected})
}

// settle reports whether an answer that was read in direction dir is the
// relay's, and not to be forwarded.
func (p *pact) settle(now time.Time, dir protocol.Direction, stream uint32) (absorb bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.expire(now, dir.Reverse()).Settle(now, stream).Absorb
}

// settleForwarded enters an answer, read in direction dir, that was or will be
// forwarded whoever it belongs to.
func (p *pact) settleForwarded(now time.Time, dir protocol.Direction, stream uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire(now, dir.Reverse()).SettleMarked(now, stream, false)
}

// expire returns a ledger, brought up to date.
func (p *pact) expire(now time.Time, dir protocol.Direction) *session.Ledger {
	l := &p.ledgers[dir]
	deadline := now.Add(-p.timeout)
	for {
		if _, expired := l.Expire(deadline); !expired {
			return l
		}
	}
}

// mayAbsorb reports whether the next answer in direction dir may be the relay's.
func (p *pact) mayAbsorb(dir protocol.Direction) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ledgers[dir.Reverse()].OldestInjected()
}

// answerDue reports whether any answer in direction dir may be the relay's.
func (p *pact) answerDue(dir protocol.Direction) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	injected, _ := p.ledgers[dir.Reverse()].Owed()
	return injected > 0
}

// mayAsk reports whether another injected request in direction dir would tell
// anything.
func (p *pact) mayAsk(dir protocol.Direction) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	injected, _ := p.ledgers[dir].Owed()
	return injected < maxInjectedOwed && !p.ledgers[dir].Overflowed()
}
