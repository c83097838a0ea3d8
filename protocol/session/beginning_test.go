package session_test

import (
	"testing"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// stateOf feeds a direction's bytes to a framing, cut at a position, and returns the state
// after them.
func stateOf(dir protocol.Direction, wire []byte, cut int) session.FramingState {
	f := session.NewFraming(dir)
	for _, part := range [][]byte{wire[:cut], wire[cut:]} {
		for len(part) > 0 && !f.State().Opaque() {
			_, n := f.Next(part)
			part = part[n:]
		}
	}
	return f.State()
}

// TestFirstFramesAreFrames holds that no frame with which a server may begin is taken for
// another protocol, of whatever command, stream id and length, and however it is cut.
func TestFirstFramesAreFrames(t *testing.T) {
	for c := protocol.Command(0); c.Known(); c++ {
		for _, stream := range []uint32{0, 1, 2, 3, 6, 256, 0x400, 0x401, 0x0c0400, 0x120400, 1 << 31} {
			spec := c.Spec()
			if stream != 0 && c != protocol.SYN && c != protocol.PSH && c != protocol.FIN && c != protocol.SYNACK {
				continue // about the session
			}
			for _, length := range []int{0, 1, 4, 6, 18, 255, 0x400, 0x403, protocol.MaxData} {
				if !spec.Data && length > 0 {
					continue
				}
				wire := append(frame(c, stream, make([]byte, length)), frame(protocol.PSH, 1, nil)...)
				for cut := range min(len(wire), 40) {
					if got := stateOf(s2c, wire, cut); got != session.Framed {
						t.Fatalf("%v of stream %d with %d bytes, cut at %d: %v", c, stream, length, cut, got)
					}
				}
			}
		}
	}
}

// TestOtherBeginnings holds that what servers of other protocols begin with is told, however
// it is cut.
func TestOtherBeginnings(t *testing.T) {
	for name, begin := range map[string]string{
		"HTTP/2":                       "\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80",
		"HTTP/2 with no setting":       "\x00\x00\x00\x04\x00\x00\x00\x00\x00",
		"HTTP/2 with 50 settings":      "\x00\x01\x2c\x04\x00\x00\x00\x00\x00\x00\x03",
		"HTTP":                         "HTTP/1.1 200 OK\r\n\r\n",
		"TLS":                          "\x16\x03\x03\x00\x7a\x02\x00\x00\x76",
		"a TLS alert":                  "\x15\x03\x03\x00\x02\x02\x28",
		"SSH":                          "SSH-2.0-x\r\n",
		"a word in capitals, and more": "ERROR: no\n",
	} {
		for cut := range len(begin) {
			if got := stateOf(s2c, []byte(begin), cut); got != session.NotAnyTLS {
				t.Errorf("%s, cut at %d: %v", name, cut, got)
			}
		}
	}
	// Only a beginning is judged so.
	wire := append(frame(protocol.Waste, 0, nil), "\x00\x00\x12\x04\x00\x00\x00\x00\x00"...)
	if got := stateOf(s2c, wire, 7); got != session.Framed {
		t.Errorf("after a frame: %v", got)
	}
}
