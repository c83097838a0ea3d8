package script

import (
	"bytes"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A Cutter turns the records of a session into steps: a step for each whole frame,
// and one for what a record has of a frame that was cut. Use [NewCutter].
type Cutter struct {
	session uint32
	sides   protocol.ByDirection[struct {
		framing session.Framing
		inside  bool // a frame or the preamble, of which a part has come
	}]
}

// NewCutter returns the cutter of the session with this number, from its first byte.
// Session 1 is the one that a script need not name.
func NewCutter(number uint32) *Cutter {
	c := &Cutter{session: number}
	for d := range c.sides {
		c.sides[d].framing = session.NewFraming(protocol.Direction(d))
	}
	return c
}

// Record returns the steps of one TLS record's plaintext, or of a part of it.
// continues says that more of the record comes in the direction's next call. All
// steps have the fate. They hold a copy of wire.
//
// A record without bytes is one step. A part without bytes is none.
func (c *Cutter) Record(dir protocol.Direction, wire []byte, fate session.Fate, continues bool) []Step {
	if len(wire) == 0 && continues {
		return nil
	}
	s := &c.sides[dir]
	wire = bytes.Clone(wire)
	var steps []Step
	add := func(part []byte, whole bool) {
		steps = append(steps, Step{
			Kind: Data, Session: c.session, Dir: dir, Wire: part, Raw: !whole, Continues: true, Fate: fate,
		})
	}
	if fate.Made() {
		// It stands between two frames of the sender, whose framing knows nothing of it.
		_, whole := wholeFrame(wire)
		add(wire, whole)
		wire = nil
	}
	for len(wire) > 0 && !s.framing.State().Opaque() {
		p, n := s.framing.Next(wire)
		if s.framing.State().Opaque() {
			break
		}
		add(wire[:n:n], p.First && p.Last && !s.inside)
		s.inside = !p.Last
		wire = wire[n:]
	}
	switch {
	case len(wire) > 0:
		add(wire, false)
	case len(steps) == 0:
		add(nil, false)
	}
	steps[len(steps)-1].Continues = continues
	return steps
}

// wholeFrame returns the header of the frame that b is. ok is false where it is none.
func wholeFrame(b []byte) (h protocol.Header, ok bool) {
	h, ok = protocol.ParseHeader(b)
	return h, ok && len(b) == protocol.HeaderLen+int(h.Length)
}
