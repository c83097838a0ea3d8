package tcpflow_test

import (
	"encoding/binary"
	"testing"
	"time"

	"anytls-inspect/capture/internal/tcpflow"
)

// FuzzStream compares what comes out with what was sent. The input says which
// segments of a known stream are captured, in which order, how they are cut, and
// what is acknowledged when.
func FuzzStream(f *testing.F) {
	f.Add([]byte("\xff\xff\xff\xf0\x10\x10\x10" + "\x80\x00\x00\x00\x00\x00" + "\x00\x00\x00\x00\x20\x00" + "\x00\x00\x40\x00\x20\x00" + "\x01\x00\x20\x00\x20\x60"))
	f.Add([]byte("\x00\x00\x00\x00\x01\x01\x00" + "\x00\x00\x10\x00\x20\x00" + "\x80\x00\x00\x00\x00\x00" + "\x02\x00\x08\x00\x08\x04"))
	f.Add([]byte("\x00\x00\x00\x00\x01\x01\x00" + "\x80\x00\x00\x00\x00\x00" + "\x00\x00\x00\x00\x20\xff" + "\x01\x00\x20\x00\x20\x00" + "\x3f\x00\x00\x00\x08\xff"))
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) < 7 {
			return
		}
		s := sending{sent: make([]byte, 1<<16), isn: binary.BigEndian.Uint32(script)}
		for i := range s.sent {
			s.sent[i] = byte(i ^ i>>8)
		}
		limits := &tcpflow.Limits{
			Bytes: int(script[4]) << 8, Runs: int(script[5]), Budget: tcpflow.NewBudget(1 << 16),
			Packets: int(script[6]), Wait: time.Duration(script[6]),
		}
		started := false
		for op := script[7:]; len(op) >= 6; op = op[6:] {
			from, n := int(binary.BigEndian.Uint16(op[1:])), int(binary.BigEndian.Uint16(op[3:]))
			to := min(from+n, len(s.sent))
			seg := tcpflow.Segment{Seq: s.isn + 1 + uint32(from), Payload: s.sent[from:to], Length: to - from}
			if seg.Doubtful = op[5] == 0xff; !seg.Doubtful {
				seg.Payload = seg.Payload[:len(seg.Payload)-min(int(op[5]), len(seg.Payload))]
			}
			switch last := s.sent[len(s.sent)-len(seg.Payload):]; {
			case op[0]&0x80 != 0 || !started: // a stream that begins elsewhere is TestMidStream's
				seg = tcpflow.Segment{Seq: s.isn, SYN: true}
				started = true
			case op[0]&0x40 != 0:
				seg = tcpflow.Segment{
					Seq:     s.isn + 1 + uint32(len(s.sent)-len(last)),
					Payload: last, Length: len(last), FIN: true,
				}
			}
			s.segments = append(s.segments, seg)
			s.acks = append(s.acks, s.isn+1+uint32(op[0]&0x3f)<<10)
		}
		g := s.play(limits, true)
		s.check(t, g, false)
		if used := limits.Budget.Used(); used != 0 {
			t.Fatalf("%d bytes are still held", used)
		}
	})
}
