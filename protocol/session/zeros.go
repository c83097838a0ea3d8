package session

import "anytls-inspect/protocol"

// maxEmpty is how many Waste frames without data, behind one with data, end the decoding
// where the client goes by a scheme that asks for more than a Waste frame holds. No known
// client writes one by intention.
const maxEmpty = 3

// A zeros follows a client that pads by a scheme which asks for more than a Waste frame
// holds. Go clients cut the length off in its header: the zeros that it leaves out look like
// Waste frames without data, seven bytes each, until the last of them takes a part of a
// frame for its header. The server is lost there, too.
type zeros struct {
	overlong bool   // such a scheme is named in its Settings, or was sent in this session
	row      int    // 1 behind a Waste frame with data, and one more for each without data
	frame    uint64 // which of the client's frames the last Waste was
}

// waste takes a Waste frame of the client.
func (t *Tracker) waste(s *side, h protocol.Header) {
	z, n := &t.zeros, t.st.Frames[s.dir]
	switch {
	case h != protocol.Header{}:
		z.row = 1
	case z.row > 0 && n == z.frame+1:
		z.row++
	default:
		z.row = 0
	}
	z.frame = n
	if z.row <= maxEmpty {
		return
	}
	z.row = 0
	if t.overlong() {
		s.framing.lose()
		t.first = nil
		t.diagnose(CodeDesynchronised, 0, s.dir, "zeros stand where frames should: the length of a Waste frame was cut off to 16 bits, and the server loses the framing here")
	}
}

// overlong tells whether the client may go by a scheme that asks for more than a Waste frame
// holds: its own, or one that the server sent it here or in another session.
func (t *Tracker) overlong() bool {
	if t.zeros.overlong {
		return true
	}
	sibling := t.cfg.Schemes.Lookup(t.member.siblingScheme())
	return sibling != nil && sibling.Overlong()
}

// lost tells whether the frame that was taken last ended the decoding of its direction. The
// rest of the bytes is not decoded then.
func (t *Tracker) lost(s *side) bool {
	if !s.framing.State().Opaque() {
		return false
	}
	t.st.Opaque[s.dir] += t.st.Wire[s.dir] - s.whole
	return true
}
