package protocol_test

import (
	"testing"

	"anytls-inspect/protocol"
)

// TestDecoderPass holds where bytes can be passed over that were not seen, and where the decoder
// stands then.
func TestDecoderPass(t *testing.T) {
	preamble := protocol.Preamble{Padding: 5}.Append(nil)
	psh, err := protocol.AppendFrame(nil, protocol.PSH, 1, []byte("data"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		dir   protocol.Direction
		seen  []byte
		n     int64
		ok    bool
		kind  protocol.PieceKind
		ended bool // the piece is the last one
		left  int
	}{
		{"the rest of a frame", protocol.ServerToClient, psh[:9], 2, true, protocol.PieceFrame, true, 0},
		{"a part of it", protocol.ServerToClient, psh[:9], 1, true, protocol.PieceFrame, false, 1},
		{"nothing of it", protocol.ServerToClient, psh[:9], 0, true, protocol.PieceFrame, false, 2},
		{"more than it has", protocol.ServerToClient, psh[:9], 3, false, protocol.PieceNone, false, 2},
		{"an unknown number", protocol.ServerToClient, psh[:9], -1, false, protocol.PieceNone, false, 2},
		{"the rest of padding0", protocol.ClientToServer, preamble[:36], 3, true, protocol.PiecePreamble, true, 0},
		{"a part of padding0", protocol.ClientToServer, preamble[:36], 1, true, protocol.PiecePreamble, false, 2},
		{"behind padding0", protocol.ClientToServer, preamble[:36], 4, false, protocol.PieceNone, false, 3},
		{"inside the preamble", protocol.ClientToServer, preamble[:30], 1, false, protocol.PieceNone, false, 0},
		{"inside a header", protocol.ServerToClient, psh[:3], 1, false, protocol.PieceNone, false, 0},
		{"nothing between frames", protocol.ServerToClient, psh, 0, true, protocol.PieceNone, false, 0},
		{"something between frames", protocol.ServerToClient, psh, 1, false, protocol.PieceNone, false, 0},
	}
	for _, test := range tests {
		d := protocol.NewDecoder(test.dir)
		for b := test.seen; len(b) > 0; {
			_, n := d.Next(b)
			b = b[n:]
		}
		before := d.AtBoundary()
		p, ok := d.Pass(test.n)
		if ok != test.ok || p.Kind != test.kind || p.Last != test.ended || p.First || len(p.Data) > 0 || d.Left() != test.left {
			t.Errorf("%s: %+v, %v, %d to come", test.name, p, ok, d.Left())
		}
		if want := before || test.ended; d.AtBoundary() != want {
			t.Errorf("%s: between frames %v", test.name, d.AtBoundary())
		}
	}
}
