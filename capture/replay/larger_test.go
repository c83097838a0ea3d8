package replay_test

import (
	"crypto/tls"
	"slices"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture/internal/pcaptest"
	"anytls-inspect/protocol"
)

// larger returns a capture of three sessions at once, of either version of TLS and of IP,
// with many streams, heartbeats of both sides, refusals, and frames that are longer than a
// record.
func larger(t testing.TB) source {
	t.Helper()
	s := source{name: "larger", Capture: pcaptest.Capture{Link: layers.LinkTypeEthernet}}
	for i, connection := range []struct {
		route   route
		version uint16
		streams int
	}{
		{routeOf(50000), tls.VersionTLS13, 16},
		{routeOf(50001), tls.VersionTLS12, 8},
		{route6(), tls.VersionTLS13, 8},
	} {
		tp := tapeOf(t, versions(connection.version), manyStreams(t, connection.streams))
		s.keys = append(s.keys, tp.keys...)
		for _, p := range packetsOf(t, ethernet(), connection.route, segmentsOf(tp, 1460, uint32(1000*i))) {
			at := p.at.Add(time.Duration(i) * 137 * time.Microsecond)
			s.Packets = append(s.Packets, pcaptest.Packet{At: at, Data: p.data, Length: len(p.data)})
		}
	}
	slices.SortStableFunc(s.Packets, func(a, b pcaptest.Packet) int { return a.At.Compare(b.At) })
	return s
}

// manyStreams is a session whose streams take turns: each is opened while the one before
// goes on. Some are refused, and some have frames of 64 KiB.
func manyStreams(t testing.TB, streams int) talk {
	psh := func(stream uint32, seed, size int) []byte { return frame(t, protocol.PSH, stream, payload(seed, size)) }
	return func(say func(protocol.Direction, []byte)) {
		say(up, hello(t))
		say(down, frame(t, protocol.ServerSettings, 0, []byte("v=2")))
		say(down, frame(t, protocol.SYNACK, 1, nil))
		for i := 2; i <= streams; i++ {
			stream := uint32(i)
			opening := append(frame(t, protocol.SYN, stream, nil), frame(t, protocol.PSH, stream, []byte("\x03\x0bexample.net\x00\x50"))...)
			say(up, append(opening, frame(t, protocol.Waste, 0, make([]byte, 40*i))...))
			if i%7 == 0 {
				say(down, frame(t, protocol.SYNACK, stream, []byte("connection refused")))
				say(up, frame(t, protocol.FIN, stream, nil))
				continue
			}
			say(down, frame(t, protocol.SYNACK, stream, nil))
			before := stream - 1
			if before%7 == 0 {
				before--
			}
			say(up, append(psh(stream, i, 300), psh(before, i, 90+i)...))
			for n := range 1 + i%2 {
				say(down, psh(stream, i+n, 1<<14-protocol.HeaderLen))
			}
			say(down, append(psh(before, i, 700), psh(stream, i, 2000)...))
			switch i % 5 {
			case 0:
				say(up, psh(stream, i, 20_000))
			case 1:
				say(down, psh(stream, i, protocol.MaxData))
			case 2:
				say(up, frame(t, protocol.HeartRequest, 0, nil))
				say(down, frame(t, protocol.HeartResponse, 0, nil))
			case 3:
				say(down, frame(t, protocol.HeartRequest, 0, nil))
				say(up, frame(t, protocol.HeartResponse, 0, nil))
			}
			say(up, frame(t, protocol.FIN, before, nil))
			say(down, frame(t, protocol.FIN, before, nil))
		}
	}
}
