package session_test

import (
	"testing"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestFraming follows one direction's bytes, and holds after each what is known
// of it: above all where a frame can be inserted.
func TestFraming(t *testing.T) {
	const known, unknown = "\x03\x00\x00\x00\x01\x00\x00", "\xc8\x00\x00\x00\x01\x00\x00"
	preamble := string(protocol.Preamble{Hash: protocol.HashPassword("p"), Padding: 2}.Append(nil))
	type step struct {
		bytes    string
		state    session.FramingState
		boundary bool // a frame can be inserted
	}
	tests := []struct {
		name  string
		dir   protocol.Direction
		steps []step
	}{
		{"a client", protocol.ClientToServer, []step{
			{"", session.AwaitingPreamble, false},
			{preamble[:20], session.AwaitingPreamble, false},
			{preamble[20:35], session.AwaitingPreamble, false},
			{preamble[35:], session.Framed, true},
			{known[:3], session.Framed, false},
			{known[3:], session.Framed, true},
			{"\x02\x00\x00\x00\x01\x00\x02h", session.Framed, false},
			{"i", session.Framed, true},
		}},
		{"a server", protocol.ServerToClient, []step{
			{"", session.Framed, true},
			{known, session.Framed, true},
		}},
		{"doubt, and back", protocol.ServerToClient, []step{
			{known, session.Framed, true},
			{unknown, session.Doubtful, false},
			{unknown, session.Doubtful, false},
			{known, session.Framed, true},
			{unknown + unknown, session.Doubtful, false},
		}},
		{"doubt, inside the unknown frame", protocol.ServerToClient, []step{
			{known + "\xc8\x00\x00\x00\x01\x00\x02", session.Doubtful, false},
			{"??", session.Doubtful, false},
		}},
		{"lost", protocol.ServerToClient, []step{
			{known + unknown + unknown, session.Doubtful, false},
			{unknown[:6], session.Doubtful, false},
			{unknown[6:], session.Desynchronised, false},
		}},
		{"a server of another protocol", protocol.ServerToClient, []step{
			{"HTTP/1", session.Framed, false},
			{".", session.NotAnyTLS, false},
		}},
		{"a client of another protocol", protocol.ClientToServer, []step{
			{"GET", session.AwaitingPreamble, false},
			{" ", session.NotAnyTLS, false},
		}},
		{"a client that goes on as another", protocol.ClientToServer, []step{
			{preamble, session.Framed, true},
			{unknown, session.NotAnyTLS, false},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := session.NewFraming(test.dir)
			for i, step := range test.steps {
				for b := []byte(step.bytes); len(b) > 0; {
					p, n := f.Next(b)
					b = b[n:]
					if f.State().Opaque() {
						if p.Kind != protocol.PieceNone || len(b) > 0 {
							t.Fatalf("step %d: %+v of what is no frame, %q left", i, p, b)
						}
						if _, _, ok := f.Pending(); ok {
							t.Errorf("step %d: inside a frame where none is decoded", i)
						}
					}
				}
				if f.State() != step.state || f.AtBoundary() != step.boundary {
					t.Errorf("step %d, after %q: %v, at boundary %v; want %v, %v", i, step.bytes, f.State(), f.AtBoundary(), step.state, step.boundary)
				}
			}
		})
	}
}

// TestFramingWhole: Whole takes whole frames of known commands, and leaves all else to
// Next.
func TestFramingWhole(t *testing.T) {
	push := protocol.Header{Command: protocol.PSH, Stream: 1, Length: 2}
	wire := string(push.Append(nil)) + "hi"
	preamble := string(protocol.Preamble{}.Append(nil))
	tests := []struct {
		name   string
		dir    protocol.Direction
		before string // what the framing has seen
		bytes  string
		taken  int
	}{
		{"a whole frame", s2c, "", wire, len(wire)},
		{"one with another behind it", s2c, "", wire + wire, len(wire)},
		{"one behind the preamble", c2s, preamble, wire, len(wire)},
		{"one in doubt", s2c, wire + "\xc8\x00\x00\x00\x01\x00\x00", wire, len(wire)},
		{"a header that is cut", s2c, "", wire[:3], 0},
		{"data that is cut", s2c, "", wire[:8], 0},
		{"the rest of a header", s2c, wire[:3], wire[3:] + wire, 0},
		{"the rest of the data", s2c, wire[:8], wire[8:] + wire, 0},
		{"what looks like one in the preamble", c2s, "", wire, 0},
		{"an unknown command", s2c, wire, "\xc8\x00\x00\x00\x01\x00\x00", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := session.NewFraming(test.dir)
			for b := []byte(test.before); len(b) > 0; {
				_, n := f.Next(b)
				b = b[n:]
			}
			state, boundary := f.State(), f.AtBoundary()
			h, n := f.Whole([]byte(test.bytes))
			if n > 0 {
				state, boundary = session.Framed, true
			}
			if n != test.taken || (h == push) != (n > 0) || f.State() != state || f.AtBoundary() != boundary {
				t.Errorf("%+v of %d bytes, then %v, at boundary %v", h, n, f.State(), f.AtBoundary())
			}
		})
	}
}

// TestFramingStates holds which states end the decoding, and their names.
func TestFramingStates(t *testing.T) {
	tests := map[session.FramingState]struct {
		name   string
		opaque bool
	}{
		session.AwaitingPreamble: {"awaiting preamble", false},
		session.Framed:           {"framed", false},
		session.Doubtful:         {"doubtful", false},
		session.Searching:        {"searching behind a gap", true},
		session.Desynchronised:   {"desynchronised", true},
		session.NotAnyTLS:        {"not AnyTLS", true},
	}
	for state, want := range tests {
		if state.String() != want.name || state.Opaque() != want.opaque {
			t.Errorf("%d: %v, opaque %v", state, state, state.Opaque())
		}
	}
}
