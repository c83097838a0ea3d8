package rule

import (
	"encoding/binary"
	"time"

	"anytls-inspect/protocol"
)

// How long hold waits at the latest where the rule does not say it. The reference client
// closes a session whose SYNACK is not there 3 s after SYN.
const (
	holdOpening = 2500 * time.Millisecond // SYN and SYNACK
	holdOther   = 30 * time.Second
)

// steps appends what a rule does with a frame to the program.
func (j *Judge) steps(s *state, now time.Time, h protocol.Header) {
	preamble := j.frame.Preamble
	for i := range s.rule.actions {
		a := &s.rule.actions[i]
		st := Step{Rule: s.rule.number, Action: a.do, All: a.all}
		switch a.do {
		case Delay, Stall:
			st.Wait = a.wait
		case Hold:
			st.Wait = a.longest(h.Command, preamble)
		case Throttle:
			st.Wait = j.session.pay(a, now, lengthOf(h, preamble))
		case Duplicate:
			for range a.copies - 1 {
				j.program = append(j.program, st)
			}
		case Replace:
			st.Change = a.change(preamble)
		case Corrupt:
			st.Change = a.corrupt(j.lot(s).of(i), preamble)
		case Insert:
			st.Made, st.Toward = a.wire, j.dir.Receiver()
			if a.aimed {
				st.Toward = a.toward
			}
			st.Behind = a.behind && st.Toward == j.dir.Receiver()
		case Split:
			st.Sizes = a.sizes
		case Cut:
			st.End, st.Both, st.Toward = a.end, !a.aimed, a.toward
		}
		j.program = append(j.program, st)
	}
}

// longest returns how long a frame is held at the latest.
func (a *action) longest(c protocol.Command, preamble bool) time.Duration {
	switch {
	case a.wait != 0:
		return a.wait
	case !preamble && (c == protocol.SYN || c == protocol.SYNACK):
		return holdOpening
	default:
		return holdOther
	}
}

// lengthOf returns how many bytes a frame or a preamble has on the wire.
func lengthOf(h protocol.Header, preamble bool) int { return headLen(preamble) + int(h.Length) }

// headLen returns how many bytes stand in front of a frame's data, or of padding0.
func headLen(preamble bool) int {
	if preamble {
		return protocol.PreambleLen
	}
	return protocol.HeaderLen
}

// change returns what replaces a frame's bytes, or a preamble's.
func (a *action) change(preamble bool) func(wire []byte) []byte {
	if a.part == wholeWire {
		return func([]byte) []byte { return a.wire }
	}
	head := headLen(preamble)
	return func(wire []byte) []byte {
		if len(wire) < head {
			return wire // what an action before this one made of it is no frame
		}
		changed := append([]byte(nil), wire...)
		switch a.part {
		case streamID:
			binary.BigEndian.PutUint32(changed[1:5], a.stream)
		case command:
			changed[0] = byte(a.command)
		default: // its data
			changed = append(changed[:head], a.wire...)
			binary.BigEndian.PutUint16(changed[head-2:], uint16(len(a.wire)))
		}
		return changed
	}
}

// corrupt returns what changes one bit of a frame's bytes, or of a preamble's.
func (a *action) corrupt(l lot, preamble bool) func(wire []byte) []byte {
	head := headLen(preamble)
	return func(wire []byte) []byte {
		changed := append([]byte(nil), wire...)
		part := changed[min(head, len(changed)):]
		if a.part == onlyHead || a.part == anyPart && len(part) == 0 {
			part = changed[:min(head, len(changed))]
		}
		if len(part) > 0 {
			bit := l.pick(8 * len(part))
			part[bit/8] ^= 1 << (bit % 8)
		}
		return changed
	}
}
