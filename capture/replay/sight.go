package replay

import (
	"errors"
	"io"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
)

// A sight is what can't be seen of a direction, though the session goes on. It is told
// before data of the other direction, which may call for an answer in this one.
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
	c.middle.shown[f.Dir] = c.middle.shown[f.Dir] || f.Gap.Plaintext != 0
	told := s.skipped
	s.skips, s.skipped = false, false
	if f.Gap.Plaintext == 0 {
		return // of the handshake only
	}
	c.establish(at) // the Finished messages may be in what was lost
	if told {
		return
	}
	c.miss(at, f.Dir, f.Gap.Plaintext)
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
		c.marker.release(at, f.Dir, c.emit)
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
		c.miss(at, dir, -1)
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

// miss emits that so many bytes of plaintext are missing, -1 where that is not known.
func (c *connection) miss(at int64, dir protocol.Direction, n int64) {
	if c.sights[dir].told {
		return // nothing of it is seen anyway
	}
	if c.marker != nil {
		c.marker.release(at, dir, c.emit)
		n = c.marker.lose(dir, n)
	}
	c.emit(at, capture.Event{Kind: capture.Gap, Dir: dir, Missing: n})
}
