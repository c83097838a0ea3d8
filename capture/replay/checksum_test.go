package replay

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture/internal/tcpflow"
)

// TestOnesSum holds sums of bytes to gopacket's.
func TestOnesSum(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 6))
	for n := range 300 {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32()) | byte(n%3*0xff) // every third only has carries
		}
		if got, want := ^uint16(onesSum(b)), gopacket.FoldChecksum(gopacket.ComputeChecksum(b, 0)); got != want {
			t.Fatalf("%d bytes: %#x, want %#x", n, got, want)
		}
	}
}

// segmentFor returns a TCP segment with a payload and a good checksum, and its ends.
func segmentFor(t *testing.T, isV6 bool, payload []byte) (path, []byte) {
	t.Helper()
	var (
		ends path
		net  gopacket.NetworkLayer
	)
	tcp := &layers.TCP{SrcPort: 50000, DstPort: 443, Seq: 7, ACK: true, Window: 1000}
	if isV6 {
		ip := &layers.IPv6{Version: 6, NextHeader: layers.IPProtocolTCP, SrcIP: make([]byte, 16), DstIP: make([]byte, 16)}
		ip.SrcIP[0], ip.DstIP[0], ip.DstIP[15] = 0x20, 0xfe, 9
		ends.from.setIPv6(ip.SrcIP)
		ends.to.setIPv6(ip.DstIP)
		net = ip
	} else {
		ip := &layers.IPv4{Version: 4, Protocol: layers.IPProtocolTCP, SrcIP: []byte{10, 1, 2, 3}, DstIP: []byte{192, 0, 2, 255}}
		ends.from.setIPv4(ip.SrcIP)
		ends.to.setIPv4(ip.DstIP)
		net = ip
	}
	if err := tcp.SetNetworkLayerForChecksum(net); err != nil {
		t.Fatal(err)
	}
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, tcp, gopacket.Payload(payload)); err != nil {
		t.Fatal(err)
	}
	return ends, buf.Bytes()
}

// TestDoubts: a bad checksum says something where its sender's are good, and where it is
// not left to a network card.
func TestDoubts(t *testing.T) {
	for _, isV6 := range []bool{false, true} {
		segment := func(n int, fault string) (path, []byte) {
			ends, b := segmentFor(t, isV6, make([]byte, n))
			switch field := b[checksumAt:]; fault {
			case "bad":
				b[len(b)-1] ^= 0x40
			case "partial":
				binary.BigEndian.PutUint16(field, fold(pseudoSum(&ends, len(b))))
			case "partial, length 0":
				binary.BigEndian.PutUint16(field, fold(pseudoSum(&ends, 0)))
			case "none":
				binary.BigEndian.PutUint16(field, 0)
			}
			return ends, b
		}
		for _, tt := range []struct {
			name   string
			faults []string
			sizes  []int
			want   bool // of the last
		}{
			{"all are good", []string{"", "", ""}, []int{0, 100, 100}, false},
			{"one is bad", []string{"", "", "bad"}, []int{0, 100, 100}, true},
			{"the first payload is bad", []string{"", "bad"}, []int{0, 500}, true},
			{"the first is bad", []string{"bad"}, []int{100}, false},
			{"all are bad", []string{"bad", "bad", "bad"}, []int{0, 100, 100}, false},
			{"most are bad", []string{"bad", "", "bad", "bad"}, []int{0, 100, 100, 100}, false},
			{"some are bad", []string{"", "", "bad", "", "bad"}, []int{0, 100, 100, 100, 100}, true},
			{"partial", []string{"", "", "partial"}, []int{0, 100, 100}, false},
			{"partial, with segmentation offload", []string{"", "", "partial, length 0"}, []int{0, 100, 1400}, false},
			{"none", []string{"", "", "none"}, []int{0, 100, 100}, false},
			{"longer than any", []string{"", "", "bad"}, []int{0, 1400, 2801}, true},
		} {
			var s sums
			got := false
			for i, fault := range tt.faults {
				ends, b := segment(tt.sizes[i], fault)
				got = s.doubts(&ends, b)
			}
			if got != tt.want {
				t.Errorf("IPv6 %v, %s: %v", isV6, tt.name, got)
			}
		}
	}
}

// TestLook: checksums are looked at early, and for a while after a segment was sent again;
// never for long where they are bad.
func TestLook(t *testing.T) {
	var (
		s   sums
		seq = ^uint32(0) - 100_000 // wraps
	)
	looks := func(n int, again bool) (looked int) {
		for range n {
			g := tcpflow.Segment{Seq: seq, Length: 1000}
			if again {
				g.Seq -= 1000
			} else {
				seq += 1000
			}
			if s.look(&g, false) {
				looked++
			}
		}
		return looked
	}
	s.good = 1
	if got := looks(1000, false); got != watchedBytes/1000 {
		t.Errorf("%d of the first are looked at", got)
	}
	if got := looks(1, true); got != 1 {
		t.Error("one that was sent again is not looked at")
	}
	if got := looks(1000, false); got != watchedBytes/1000-1 {
		t.Errorf("%d behind it are looked at", got)
	}
	if g := (tcpflow.Segment{Seq: seq, Length: 1000}); !s.look(&g, true) {
		t.Error("of a small capture not all are looked at")
	}
	s = sums{bad: undecided}
	if got := looks(10, false); got != 0 {
		t.Errorf("%d are looked at, though all are bad", got)
	}
}
