package session_test

import (
	"fmt"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// BenchmarkSYNACKsLate has the SYNACKs of many streams be late at one time, as when a server
// stands still, while it owes a heartbeat's answer. What a stream costs does not depend on how
// many there are.
func BenchmarkSYNACKsLate(b *testing.B) {
	for _, streams := range []uint32{1000, 16000} {
		b.Run(fmt.Sprintf("streams=%d", streams), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				t := session.NewTracker(session.Config{Fleet: session.NewFleet()}, ignore{})
				t.Opened(start, 1, "192.0.2.1:1000", "server:443")
				send := func(at time.Time, dir protocol.Direction, c protocol.Command, stream uint32, data string) {
					frame, err := protocol.AppendFrame(nil, c, stream, []byte(data))
					if err != nil {
						b.Fatal(err)
					}
					t.Data(at, dir, frame, session.Fate{})
				}
				t.Data(start, protocol.ClientToServer, protocol.Preamble{Hash: protocol.HashPassword("x")}.Append(nil), session.Fate{})
				send(start, protocol.ClientToServer, protocol.Settings, 0, "v=2")
				send(start, protocol.ServerToClient, protocol.ServerSettings, 0, "v=2")
				for n := range streams {
					send(start, protocol.ClientToServer, protocol.SYN, n+1, "")
				}
				send(start.Add(time.Second), protocol.ClientToServer, protocol.HeartRequest, 0, "")
				b.StartTimer()
				t.Tick(start.Add(session.SYNACKTimeout))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(streams), "ns/stream")
		})
	}
}

// ignore is a handler to which all is the same.
type ignore struct{}

func (ignore) Frame(*session.Frame)  {}
func (ignore) Notice(session.Notice) {}
