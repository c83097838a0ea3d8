package gate

import (
	"bytes"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// FuzzGates hands records of any bytes to the gates of a session, whose sizes and
// directions the input chooses, while frames are inserted and time passes. The verdicts
// cover the bytes that came, in order; their pieces cover the verdicts; and where the
// gate says that it stands between frames, a receiver does.
func FuzzGates(f *testing.F) {
	f.Add([]byte{0x80, 0x04, 3, 9, 0, 0, 0x80, 0x04, 1, 0, 0x04, 1, 0, 0x04, 5, 0, 0, 9, 0, 0})
	f.Add([]byte("\x80\x80\x84\x04\x07\x09\x00\x00\x00\x00\x00\x00\xc0\x04\x07\x09\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("\x04\x09\x02\x00\x00\x00\x01\x00\x05ab\x84\x00\x07\x08\x00\x00\x00\x00\x00\x00\x04\x03cde"))
	f.Fuzz(func(t *testing.T, input []byte) {
		now := time.Unix(1000, 0)
		shared := NewShared(time.Second, session.NewSchemes(), new(Rooms))
		var ends protocol.ByDirection[*fuzzedEnd]
		for d := range ends {
			ends[d] = &fuzzedEnd{t: t, gate: New(protocol.Direction(d), shared), receiver: protocol.NewDecoder(protocol.Direction(d))}
		}
		hello, _ := protocol.AppendFrame(protocol.Preamble{}.Append(nil), protocol.Settings, 0, []byte("v=2"))
		ends[protocol.ClientToServer].carry(now, hello, nil)
		for len(input) > 0 {
			op, dir := input[0], input[0]>>2&1
			input = input[1:]
			e := ends[dir]
			switch {
			case op&0x80 == 0: // a record
				if len(input) == 0 {
					return
				}
				n := min(int(input[0]), len(input)-1)
				var waits *protocol.Frame
				if op&1 != 0 {
					waits = &protocol.Frame{Command: protocol.HeartRequest}
				}
				e.carry(now, input[1:1+n], waits)
				input = input[1+n:]
			case op&0x40 != 0:
				now = now.Add(600 * time.Millisecond)
				e.gate.Rest()
			case e.gate.AtBoundary() && !shared.Opaque():
				if !e.receiver.AtBoundary() {
					t.Fatal("the gate stands between frames, and the receiver inside one")
				}
				e.gate.Inserted(now, protocol.Frame{Command: protocol.HeartRequest})
			}
		}
		for _, e := range ends {
			v := e.gate.Release()
			e.checkPieces(v)
			e.went = append(e.went, v.Data...)
			if !bytes.Equal(e.came, e.went) {
				t.Fatalf("came %x, went %x", e.came, e.went)
			}
		}
	})
}

// A fuzzedEnd is one direction: what came, and what the gate made of it.
type fuzzedEnd struct {
	t          *testing.T
	gate       *Gate
	receiver   protocol.Decoder
	came, went []byte // went: with what was absorbed
}

func (e *fuzzedEnd) carry(now time.Time, record []byte, waits *protocol.Frame) {
	e.came = append(e.came, record...)
	for _, v := range e.gate.Decide(now, append(make([]byte, Headroom), record...), waits) {
		e.checkPieces(v)
		e.went = append(e.went, v.Data...)
		switch v.Order {
		case Pass:
			for b := v.Data; len(b) > 0; {
				_, n := e.receiver.Next(b)
				b = b[n:]
			}
		case Absorb:
			if h, ok := protocol.ParseHeader(v.Data); !ok || len(v.Data) != protocol.HeaderLen || h.Command != protocol.HeartResponse {
				e.t.Fatalf("absorbed %x", v.Data)
			}
		case Insert:
			if !e.receiver.AtBoundary() {
				e.t.Fatal("an insertion amid a frame")
			}
		}
	}
}

// checkPieces checks that pieces cover a part, if the framing goes on behind it.
func (e *fuzzedEnd) checkPieces(v Verdict) {
	n := 0
	for _, p := range v.Pieces {
		n += int(p.Wire)
	}
	if len(v.Pieces) > 0 && n != len(v.Data) && !e.gate.State().Opaque() {
		e.t.Fatalf("pieces of %d bytes, for %d bytes", n, len(v.Data))
	}
}
