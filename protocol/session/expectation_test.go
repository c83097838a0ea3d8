package session_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestExpectation holds with which records decoding goes on.
func TestExpectation(t *testing.T) {
	client := session.Expectation{Dir: c2s, Last: 5, Greeted: true, Opens: true, Knows: func(id uint32) bool { return id != 4 }}
	server := session.Expectation{Dir: s2c, Last: 5, Greeted: true, Knows: client.Knows}
	fresh := session.Expectation{Dir: c2s, Opens: true}
	psh := func(id uint32) []byte { return frame(protocol.PSH, id, []byte("data")) }
	settings := frame(protocol.Settings, 0, []byte("v=2"))
	tests := []struct {
		name     string
		expected session.Expectation
		record   []byte
		want     bool
	}{
		{"nothing", client, nil, false},
		{"a part of a header", client, psh(1)[:6], false},
		{"a frame that does not end", client, psh(1)[:9], false},
		{"payload of a stream", client, psh(1), true},
		{"payload of a stream that is closed", client, psh(4), false},
		{"payload of a stream that may have been opened", client, psh(7), true},
		{"payload of a stream far ahead", client, psh(5 + 5000), false},
		{"the server's of one that nobody opened", server, psh(7), false},
		{"payload without data", client, frame(protocol.PSH, 1, nil), false},
		{"of the session", client, frame(protocol.PSH, 0, []byte("x")), false},
		{"a stream that opens, and its payload", client, slices.Concat(frame(protocol.SYN, 6, nil), psh(6)), true},
		{"a stream that was opened before", client, frame(protocol.SYN, 5, nil), false},
		{"the same stream twice", client, slices.Concat(frame(protocol.SYN, 6, nil), frame(protocol.SYN, 6, nil)), false},
		{"a SYN of the server's", server, frame(protocol.SYN, 6, nil), false},
		{"a SYNACK of the client's", client, frame(protocol.SYNACK, 1, nil), false},
		{"a SYNACK that refuses", server, frame(protocol.SYNACK, 1, []byte("refused")), true},
		{"a SYNACK of no text", server, frame(protocol.SYNACK, 1, []byte{0xff, 0xfe}), false},
		{"a FIN with data", client, frame(protocol.FIN, 1, []byte("x")), false},
		{"a heartbeat", client, frame(protocol.HeartRequest, 0, nil), true},
		{"a heartbeat of a stream", client, frame(protocol.HeartRequest, 1, nil), false},
		{"an unknown command", client, frame(11, 1, nil), false},
		{"padding of the client's", client, frame(protocol.Waste, 0, make([]byte, 9)), true},
		{"padding of the server's", server, frame(protocol.Waste, 0, make([]byte, 9)), false},
		{"padding behind a frame of the server's", server, slices.Concat(psh(1), frame(protocol.Waste, 0, make([]byte, 9))), true},
		{"padding without data", client, frame(protocol.Waste, 0, nil), false},
		{"zeros", client, make([]byte, 700), false},
		{"a frame, and zeros", client, slices.Concat(psh(1), make([]byte, 7)), false},
		{"Settings", fresh, settings, true},
		{"Settings twice", fresh, slices.Concat(settings, settings), false},
		{"Settings once more", client, settings, false},
		{"Settings that are none", fresh, frame(protocol.Settings, 0, []byte("no settings")), false},
		{"a scheme", server, frame(protocol.UpdatePaddingScheme, 0, []byte("stop=1\n0=30-30")), true},
		{"a scheme that is none", server, frame(protocol.UpdatePaddingScheme, 0, []byte("x")), false},
		{"an Alert", server, frame(protocol.Alert, 0, []byte("go")), true},
	}
	for _, test := range tests {
		if got := test.expected.Resumes(test.record); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
		padding := len(test.record) > 0 && test.record[0] == byte(protocol.Waste)
		if test.want && !padding && !test.expected.Continues(append(slices.Clone(test.record), 2)) {
			t.Errorf("%s: it does not continue", test.name)
		}
	}
	long := frame(protocol.PSH, 1, make([]byte, 100))[:50]
	if client.Resumes(long) || !client.Continues(long) {
		t.Error("a frame that is longer than the record")
	}
	if padding := frame(protocol.Waste, 0, make([]byte, 100))[:50]; client.Continues(padding) {
		t.Error("padding that is longer than the record")
	}
}

// TestPayloadIsNotTakenForFrames holds that decoding does not go on with payload: random bytes,
// text, and zeros with some bytes among them, in which headers of Waste are easily seen.
func TestPayloadIsNotTakenForFrames(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	both := [...]session.Expectation{{Dir: c2s, Last: 100, Opens: true}, {Dir: s2c, Last: 100, Opens: true, Greeted: true}}
	for range 200_000 {
		b := make([]byte, r.IntN(120))
		switch r.IntN(3) {
		case 0:
			for i := range b {
				b[i] = byte(r.Uint32())
			}
		case 1:
			for i := range b {
				b[i] = byte(' ' + r.IntN(95))
			}
		default:
			for range r.IntN(4) {
				if len(b) > 0 {
					b[r.IntN(len(b))] = byte(r.IntN(256))
				}
			}
		}
		for _, s := range both {
			// Zeros before the length of what follows are a frame of Waste.
			if h, ok := protocol.ParseHeader(b); s.Resumes(b) && (!ok || h.Command != protocol.Waste || int(h.Length) != len(b)-protocol.HeaderLen) {
				t.Fatalf("%v: %x", s.Dir, b)
			}
		}
	}
}

// TestSearchIsBounded holds that a record without end takes no more memory than a record may,
// and that decoding goes on behind it.
func TestSearchIsBounded(t *testing.T) {
	tracker := openStreams(session.Config{Snap: 64}, nothing{}, 1)
	tracker.Gap(start, s2c, -1)
	part := make([]byte, 1000)
	for range 1000 {
		tracker.Record(start, s2c, part, session.Fate{}, true)
		if _, _, _, buffered := tracker.Held(); buffered > 3*protocol.MaxRecord {
			t.Fatalf("%d bytes are held", buffered)
		}
	}
	for i := range 1000 { // parts that are of different fates
		tracker.Record(start, s2c, part[:1], session.Fate{Kind: session.FateKind(i % 2 * int(session.Held))}, true)
	}
	tracker.Record(start, s2c, part, session.Fate{}, false)
	tracker.Record(start, s2c, frame(protocol.PSH, 1, part), session.Fate{}, false)
	if st := tracker.State(); st.Payload[s2c] != 1000 || st.Opaque[s2c] != 1000*1000+1000+1000 {
		t.Errorf("payload of %d bytes, %d were not decoded", st.Payload[s2c], st.Opaque[s2c])
	}
}

// TestLossAmidRecord: bytes are missing of a record of which it was not known yet what it is. What came
// of it is counted once, and what comes behind is no part of it.
func TestLossAmidRecord(t *testing.T) {
	for _, ends := range []bool{false, true} {
		tracker := session.NewTracker(session.Config{}, nothing{})
		preamble := protocol.Preamble{Padding: 500}.Append(nil)
		tracker.Record(start, c2s, preamble[:100], session.Fate{}, false)
		tracker.Gap(start, c2s, 10)
		tracker.Record(start, c2s, preamble[110:150], session.Fate{}, true)
		want := uint64(0)
		if ends {
			tracker.Unseen(start, c2s, "why")
		} else {
			tracker.Gap(start, c2s, -1)
			tracker.Record(start, c2s, frame(protocol.Settings, 0, []byte("v=2")), session.Fate{}, false)
			want = 1
		}
		st := tracker.State()
		if n := st.Commands[c2s][protocol.Settings]; st.Opaque[c2s] != 140 || n != want {
			t.Errorf("%d bytes were not decoded, want 140; and %d Settings were, want %d", st.Opaque[c2s], n, want)
		}
	}
}

// TestLossAmidLongRecord: bytes are missing of a record that is longer than one can be. What comes behind is
// a record of its own all the same.
func TestLossAmidLongRecord(t *testing.T) {
	tracker := openStreams(session.Config{}, nothing{}, 1)
	tracker.Gap(start, s2c, -1)
	tracker.Record(start, s2c, make([]byte, protocol.MaxRecord+1), session.Fate{}, true)
	tracker.Gap(start, s2c, -1)
	tracker.Record(start, s2c, frame(protocol.PSH, 1, make([]byte, 1000)), session.Fate{}, false)
	if st := tracker.State(); st.Payload[s2c] != 1000 {
		t.Errorf("payload of %d bytes was decoded, want 1000", st.Payload[s2c])
	}
}
