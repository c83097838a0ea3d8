package replay

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/gopacket/gopacket/layers"
)

// TestFragmentsAreBounded gives fragments that never come to an end: what is held stays
// within its bounds, and all are counted in the end.
func TestFragmentsAreBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, tt := range []struct {
		name      string
		sources   int
		size      int
		datagrams int // that are held at most
	}{
		{"one source", 1, 1480, maxOfSource},
		{"many sources", 1 << 30, 1480, maxDatagrams},
		{"many sources, small", 1 << 30, 8, maxDatagrams},
		{"one source, large", 1, 60_000, maxOfSource},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFragments()
			const n = 20_000
			for i := range n {
				ip := &layers.IPv4{
					BaseLayer: layers.BaseLayer{Payload: make([]byte, tt.size)},
					Version:   4, IHL: 5, Length: uint16(20 + tt.size), Id: uint16(i), Protocol: layers.IPProtocolTCP,
					Flags: layers.IPv4MoreFragments, FragOffset: uint16(r.IntN(100)),
					SrcIP: binary.BigEndian.AppendUint32(nil, uint32(r.IntN(tt.sources))), DstIP: make([]byte, 4),
				}
				var ends path
				ends.from.setIPv4(ip.SrcIP)
				if whole := f.ipv4(ip, tt.size, &ends, int64(i)); whole != nil {
					t.Fatal("a packet was put together of what it lacks")
				}
				if f.bytes > maxFragmentBytes || len(f.datagrams) > tt.datagrams || len(f.datagrams) != f.oldest.Len() || len(f.ofSource) > len(f.datagrams) {
					t.Fatalf("fragment %d: %d bytes, %d packets, %d in the list, %d sources", i, f.bytes, len(f.datagrams), f.oldest.Len(), len(f.ofSource))
				}
			}
			if got := f.waiting(); got != n {
				t.Errorf("%d of %d are counted", got, n)
			}
			var ends path
			f.of(datagramKey{}, n+fragmentAge+1)
			if len(f.datagrams) != 1 || f.bytes != datagramCost || f.lost != n {
				t.Errorf("after their time %d packets are held, with %d bytes; %d are lost, of %v", len(f.datagrams), f.bytes, f.lost, ends)
			}
		})
	}
}

// TestOverlappingFragments gives fragments at random, of which many overlap or contradict
// one another: what is put together has the length that one of the last ones says.
func TestOverlappingFragments(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 5))
		f := newFragments()
		var ends path
		ends.from.low = 1
		for i := range 200 {
			size := 8 * (1 + r.IntN(6))
			offset := r.IntN(8)
			more := r.IntN(4) != 0
			payload := make([]byte, size)
			id := r.IntN(3)
			if r.IntN(2) == 0 {
				ip := &layers.IPv4{
					BaseLayer: layers.BaseLayer{Payload: payload}, Version: 4, IHL: 5, Length: uint16(20 + size),
					Id: uint16(id), Protocol: layers.IPProtocolTCP, FragOffset: uint16(offset), SrcIP: make([]byte, 4), DstIP: make([]byte, 4),
				}
				if more {
					ip.Flags = layers.IPv4MoreFragments
				}
				if whole := f.ipv4(ip, size, &ends, int64(i)); len(whole)%8 != 0 || len(whole) > 14*8 {
					t.Fatalf("seed %d: a packet of %d bytes", seed, len(whole))
				}
				continue
			}
			ip := &layers.IPv6{SrcIP: make([]byte, 16), DstIP: make([]byte, 16)}
			b := []byte{6, 0, 0, 0, 0, 0, 0, byte(id)}
			binary.BigEndian.PutUint16(b[2:], uint16(offset)<<3)
			if more {
				b[3] |= 1
			}
			b = append(b, payload...)
			if _, whole := f.ipv6(ip, b, len(b), &ends, int64(i)); len(whole)%8 != 0 || len(whole) > 14*8 {
				t.Fatalf("seed %d: a packet of %d bytes", seed, len(whole))
			}
		}
		if f.bytes > maxFragmentBytes || f.waiting() > 200 {
			t.Fatalf("seed %d: %d bytes, %d wait", seed, f.bytes, f.waiting())
		}
	}
}
