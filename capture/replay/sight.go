package replay

import (
	"errors"
	"io"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
)

// A sight says what can't be seen of a direction, though the session goes on, and whether that
// was told: it is told before data of the other direction, which may call for an answer in this
// one.
type sight struct {
	why     string // why nothing more is seen; empty where it is
	keyless bool   // that is for want of a key, which is told where the other direction has data
	told    bool   // the Unseen event was emitted
	skips   bool   // records are given up, for want of a key that may still come
	skipped bool   // and a Gap event has told so
}

// lost tells that bytes of a direction are missing, and that it goes on behind them.
func (c *connection) lost(at int64, f *tlstap.Finding) {
	s := &c.sights[f.Dir]
	c.beginning.shown[f.Dir] = c.beginning.shown[f.Dir] || f.Gap.Plaintext != 0
	told := s.skipped
	s.skips, s.skipped = false, false
	if f.Gap.Plaintext == 0 {
		return // of the handshake only
	}
	c.establish(at) // the Finished messages may be in what was lost
	c.miss(at, f.Dir, f.Gap.Plaintext, told)
	if c.marker != nil && f.Gap.Wire < 0 {
		c.marker.sides[f.Dir].blind = true
		c.misplace(at, f.Dir) // by their places, notes are told what they are about
	}
}

// stopped notes why a direction is no longer decoded.
func (c *connection) stopped(at int64, f *tlstap.Finding) {
	if errors.Is(f.Err, io.ErrUnexpectedEOF) {
		return // it ended inside a record: the ending says why
	}
	s := &c.sights[f.Dir]
	s.skips, s.why, s.keyless = false, c.explain(f.Dir, f.Err), errors.Is(f.Err, tlstap.ErrNoKey)
	if c.why == "" {
		c.why, c.keyless = s.why, s.keyless
	}
	if c.observer.Info().Version != 0 && s.keyless {
		c.establish(at) // what the hellos agree on is known without a key
	}
	if c.marker != nil {
		c.marker.release(at, f.Dir, c.marked)
	}
	c.blind(at, f.Dir, c.spoke)
}

// blind tells what can't be seen of a direction, where the session stands. Where there is
// no key, it does so when speaks is set, since the other direction has data: where neither
// has a key, the session says so at its end.
func (c *connection) blind(at int64, dir protocol.Direction, speaks bool) {
	s := &c.sights[dir]
	if speaks {
		c.establish(at)
	}
	if !c.established {
		return
	}
	if s.skips && speaks {
		s.skips, s.skipped = false, true
		if c.marker != nil {
			c.marker.release(at, dir, c.marked)
			c.marker.doubt()
		}
		c.tellGap(at, dir, -1)
	}
	if s.why != "" && !s.told && (speaks || !s.keyless) {
		s.told = true
		c.emit(at, capture.Event{Kind: capture.Unseen, Dir: dir, Why: s.why})
	}
}

// misplace tells that nothing more is told of a direction of a recording.
func (c *connection) misplace(at int64, dir protocol.Direction) {
	if c.why == "" {
		c.why = reasonMisplaced
	}
	c.sights[dir].why = reasonMisplaced
	c.blind(at, dir, true)
}

// miss takes note that so many bytes of plaintext are missing, -1 where that is not known, and
// emits it, unless it was told.
func (c *connection) miss(at int64, dir protocol.Direction, n int64, told bool) {
	if c.sights[dir].told {
		return // nothing of it is seen anyway
	}
	if c.marker != nil {
		c.marker.release(at, dir, c.marked)
		n = c.marker.lose(dir, n)
	}
	if !told {
		c.tellGap(at, dir, n)
	}
}

// tellGap emits that so many bytes of plaintext are missing.
func (c *connection) tellGap(at int64, dir protocol.Direction, n int64) {
	c.emit(at, capture.Event{Kind: capture.Gap, Dir: dir, Missing: n})
}

// isBlind tells whether nothing was seen of what TLS carries in a session that stood, for want
// of keys.
func (c *connection) isBlind() bool {
	a, b := &c.sights[protocol.ClientToServer], &c.sights[protocol.ServerToClient]
	return c.established && !c.spoke && c.keyless && a.why != "" && a.why == b.why && !a.told && !b.told
}

// lastSights tells what was not seen of a session that ends, in which no direction was. Where
// that is for one reason, Closed tells it.
func (c *connection) lastSights() {
	if c.tlsFailed() || c.isBlind() {
		return
	}
	for dir := range c.sights {
		if c.sights[dir].why != "" {
			c.blind(c.now, protocol.Direction(dir), c.established)
		}
	}
}
