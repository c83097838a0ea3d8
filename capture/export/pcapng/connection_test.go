package pcapng

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng/pcapngtest"
	"anytls-inspect/protocol"
)

// TestConnection: the packets of a connection hold what its LegRecorder took, in order,
// for either leg, for both versions of IP, and where the sequence numbers wrap.
func TestConnection(t *testing.T) {
	for _, tc := range []struct {
		name        string
		relay, peer string
		leg         protocol.Peer
		wantPeer    string
		at          time.Time
	}{
		{name: "IPv4, client leg", relay: "192.0.2.1", peer: "198.51.100.7", at: noon()},
		{name: "IPv4, server leg", relay: "192.0.2.1", peer: "198.51.100.7", leg: protocol.Server, at: noon()},
		{name: "IPv6", relay: "2001:db8::1", peer: "2001:db8::7", at: noon()},
		{name: "link-local", relay: "fe80::1%eth0", peer: "fe80::7%eth0", wantPeer: "fe80::7", at: noon()},
		{name: "IPv4 in IPv6", relay: "::ffff:192.0.2.1", peer: "::ffff:198.51.100.7", wantPeer: "198.51.100.7", at: noon()},
		{name: "the peer's numbers wrap", relay: "192.0.2.1", peer: "198.51.100.7", at: time.UnixMicro(4 * (1<<50 - 1000))},
		{name: "ours wrap", relay: "192.0.2.1", peer: "198.51.100.7", at: time.UnixMicro(4 * (1<<50 + 1<<31 - 1000))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := newDisk(t)
			r := d.record(Options{})
			info := leg(3, tc.leg)
			info.Asked, info.Answered = tc.at, tc.at
			info.Relay = netip.AddrPortFrom(netip.MustParseAddr(tc.relay), 9443)
			info.Peer = netip.AddrPortFrom(netip.MustParseAddr(tc.peer), 40000)
			rec := r.Leg(info)
			want := talk(rec, tc.at)
			rec.Close()
			all := d.connections(r)
			if len(all) != 1 {
				t.Fatalf("%d connections", len(all))
			}
			c := all[0]
			relay, peer, order := &c.Server, &c.Client, "cscscscscsCsS"
			if tc.leg == protocol.Server {
				relay, peer, order = &c.Client, &c.Server, "scscscscscScC"
			}
			if c.Name != "session 3, "+tc.leg.String()+" leg" {
				t.Errorf("named %q", c.Name)
			}
			if tc.wantPeer == "" {
				tc.wantPeer = tc.peer
			}
			if got := peer.Addr; got != netip.AddrPortFrom(netip.MustParseAddr(tc.wantPeer), 40000) {
				t.Errorf("the peer is %v", got)
			}
			if c.Order != order {
				t.Errorf("order %q, want %q", c.Order, order)
			}
			if !bytes.Equal(relay.Bytes, want[capture.Sent]) || !bytes.Equal(peer.Bytes, want[capture.Received]) {
				t.Errorf("%d and %d bytes, want %d and %d, or others", len(relay.Bytes), len(peer.Bytes),
					len(want[capture.Sent]), len(want[capture.Received]))
			}
			wantNotes := []pcapngtest.Note{{Text: "second", Bytes: want[capture.Sent][100:200]}}
			if diff := cmp.Diff(wantNotes, c.Notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

// talk plays a connection: five hundred bytes each way in turn, then the peer ends its
// stream, and the relay sends some more and ends its own. It returns the bytes of each
// [capture.Way].
func talk(rec capture.LegRecorder, at time.Time) (bytes [2][]byte) {
	rnd := rand.NewChaCha8([32]byte{})
	say := func(w capture.Way, note string) {
		b := make([]byte, 100)
		_, _ = rnd.Read(b)
		at = at.Add(time.Microsecond)
		rec.Bytes(at, w, b, note)
		bytes[w] = append(bytes[w], b...)
	}
	rec.Secret(secret("CLIENT_RANDOM", 0))
	for i := range 5 {
		say(capture.Received, "")
		say(capture.Sent, []string{1: "second", 4: ""}[i])
	}
	rec.Fin(at, capture.Received)
	rec.Bytes(at, capture.Received, []byte("after the end"), "")
	say(capture.Sent, "")
	rec.Fin(at, capture.Sent)
	rec.Reset(at, capture.Sent) // there is nothing left to reset
	return bytes
}

// TestLargeWrites: a large write is cut into packets whose length an IP header can
// state, and at least every second packet is acknowledged.
func TestLargeWrites(t *testing.T) {
	for _, peer := range []string{"198.51.100.7", "2001:db8::7"} {
		d := newDisk(t)
		r := d.record(Options{})
		info := leg(1, protocol.Client)
		info.Peer = netip.AddrPortFrom(netip.MustParseAddr(peer), 40000)
		if peer[0] == '2' {
			info.Relay = netip.AddrPortFrom(netip.MustParseAddr("2001:db8::1"), 9443)
		}
		rec := r.Leg(info)
		var want []byte
		rnd := rand.New(rand.NewPCG(1, 2))
		for _, n := range []int{1, 2, maxSegment - 1, maxSegment, maxSegment + 1, 3 * maxSegment, 1 << 20} {
			b := make([]byte, n)
			for i := range b {
				b[i] = byte(rnd.Uint32())
			}
			rec.Bytes(noon(), capture.Received, b, "")
			want = append(want, b...)
		}
		rec.Close()
		packets := d.finish(r)
		c, err := pcapngtest.Connections(packets)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(c[0].Client.Bytes, want) {
			t.Errorf("%s: %d bytes, want %d, or others", peer, len(c[0].Client.Bytes), len(want))
		}
		unacknowledged := 0
		for i, p := range packets {
			switch {
			case len(p.TCP.Payload) == 0:
				unacknowledged = 0
			case unacknowledged == ackEvery:
				t.Errorf("%s: packet %d: the third without an acknowledgement", peer, i+1)
			default:
				unacknowledged++
			}
		}
	}
}

// TestReset: a reset comes last. Received bytes may be told after it, and stand before
// it; nothing else that is told after it is recorded.
func TestReset(t *testing.T) {
	for _, w := range []capture.Way{capture.Received, capture.Sent} {
		d := newDisk(t)
		r := d.record(Options{})
		rec := r.Leg(leg(1, protocol.Client))
		rec.Bytes(noon(), capture.Received, []byte("x"), "")
		rec.Reset(noon(), w)
		rec.Bytes(noon().Add(time.Second), capture.Received, []byte("told late"), "")
		rec.Bytes(noon(), capture.Sent, []byte("x"), "")
		rec.Fin(noon(), capture.Received)
		rec.Fin(noon(), capture.Sent)
		rec.Reset(noon(), w.Reverse())
		rec.Close()
		rec.Close()
		rec.Bytes(noon(), capture.Received, []byte("x"), "")
		packets := d.finish(r)
		all, err := pcapngtest.Connections(packets)
		if err != nil {
			t.Fatal(err)
		}
		if c := all[0]; c.Order != "ccR" || c.Client.Reset != (w == capture.Received) {
			t.Errorf("order %q, reset by the client: %v", c.Order, c.Client.Reset)
		}
		if at := packets[len(packets)-1].At; !at.Equal(noon().Add(time.Second)) {
			t.Errorf("the reset is at %v", at)
		}
	}
}

// TestSkippedLeg: a leg that is to be skipped is not recorded.
func TestSkippedLeg(t *testing.T) {
	d := newDisk(t)
	r := d.record(Options{Skip: protocol.ByPeer[bool]{protocol.Client: true}})
	if rec := r.Leg(leg(1, protocol.Client)); rec != nil {
		t.Error("the client's leg is recorded")
	}
	r.Leg(leg(1, protocol.Server)).Close()
	if c := d.connections(r); len(c) != 1 || c[0].Name != "session 1, server leg" {
		t.Errorf("connections: %+v", c)
	}
}

// TestChecksum compares the checksum with its definition, for all short lengths.
func TestChecksum(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for n := range 200 {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rnd.Uint32()) | byte(rnd.IntN(2)*0xff)
		}
		var want uint32
		for i, v := range b {
			want += uint32(v) << (8 * (1 - i%2))
		}
		for want > 0xffff {
			want = want&0xffff + want>>16
		}
		if got := checksum(b, 0); got != ^uint16(want) && got != uint16(want)-1 {
			t.Errorf("%d bytes: %04x, want %04x", n, got, ^uint16(want))
		}
	}
	if got := checksum(bytes.Repeat([]byte{0xff}, 1<<16), ^uint64(0)); got != 0 {
		t.Errorf("all ones: %04x, want 0", got)
	}
}
