package pcaptest_test

import (
	"bytes"
	"encoding/binary"
	"maps"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/ip4defrag"
	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture/internal/pcaptest"
	"anytls-inspect/protocol"
)

// carried returns the bytes that each end sent, by their sequence numbers.
func carried(t *testing.T, c pcaptest.Capture) map[protocol.Peer]map[uint32]byte {
	t.Helper()
	all := map[protocol.Peer]map[uint32]byte{protocol.Client: {}, protocol.Server: {}}
	for _, s := range c.Segments() {
		for i, b := range s.Payload {
			at := s.Seq + uint32(i)
			if old, ok := all[s.From][at]; ok && old != b {
				t.Fatalf("packet %d has another byte %d", s.Packet, at)
			}
			all[s.From][at] = b
		}
	}
	return all
}

// TestCarried: how packets are cut and wrapped does not change what they carry.
func TestCarried(t *testing.T) {
	truth := some(t)
	want := carried(t, truth)
	if len(want[protocol.Client]) < 5000 || len(want[protocol.Server]) < 2000 {
		t.Fatalf("the capture carries %d and %d bytes", len(want[protocol.Client]), len(want[protocol.Server]))
	}
	words := []string{"mss=1400", "mss=7 checksums", "badsum", "badsum=9", "encapsulate=vxlan encapsulate=gre", "resend=9,10,20"}
	for _, kind := range pcaptest.Tunnels() {
		if kind == "erspan3" {
			continue // gopacket does not look into it
		}
		words = append(words, "encapsulate="+kind, "mss=100 encapsulate="+kind)
	}
	for _, words := range words {
		got := carried(t, apply(t, truth, words))
		for end := range want {
			if !maps.Equal(got[end], want[end]) {
				t.Errorf("%s: %d bytes of the %v, want %d", words, len(got[end]), end, len(want[end]))
			}
		}
	}
}

// sums returns how many packets have a TCP checksum that gopacket takes for right, of how
// many.
func sums(t *testing.T, c pcaptest.Capture) (right, all int) {
	t.Helper()
	for _, p := range c.Packets {
		packet := gopacket.NewPacket(p.Data, c.Link, gopacket.Default)
		tcp, ok := packet.Layer(layers.LayerTypeTCP).(*layers.TCP)
		if !ok {
			continue
		}
		all++
		if err := tcp.SetNetworkLayerForChecksum(packet.NetworkLayer()); err != nil {
			t.Fatal(err)
		}
		if err, result := tcp.VerifyChecksum(); err == nil && result.Valid {
			right++
		}
	}
	return right, all
}

func TestChecksums(t *testing.T) {
	truth := some(t)
	for _, tt := range []struct {
		words string
		wrong int // -1: all
	}{
		{"checksums", 0},
		{"checksums mss=99", 0},
		{"checksums corrupt=5", 1},
		{"checksums badsum=5,9", 2},
		{"badsum", -1},
		{"checksums reset=20,server,go", 0},
	} {
		got := apply(t, truth, tt.words)
		right, all := sums(t, got)
		if wrong := all - right; tt.wrong >= 0 && wrong != tt.wrong || tt.wrong < 0 && right > 0 {
			t.Errorf("%s: %d of %d checksums are wrong, want %d", tt.words, wrong, all, tt.wrong)
		}
	}
}

// TestFragment puts the fragments of a packet together again.
func TestFragment(t *testing.T) {
	truth := some(t)
	for _, mtu := range []int{68, 300, 576, 1000} {
		got := apply(t, truth, "checksums")
		got = got.Fragment(mtu)
		whole := pcaptest.Capture{Link: got.Link}
		defragmenter := ip4defrag.NewIPv4Defragmenter()
		for _, p := range got.Packets {
			packet := gopacket.NewPacket(p.Data, got.Link, gopacket.Default)
			ip := packet.Layer(layers.LayerTypeIPv4).(*layers.IPv4)
			if int(ip.Length) > mtu {
				t.Fatalf("an IP packet of %d bytes, more than %d", ip.Length, mtu)
			}
			header := p.Data[:len(p.Data)-int(ip.Length)]
			if ip.Flags&layers.IPv4MoreFragments == 0 && ip.FragOffset == 0 {
				whole.Packets = append(whole.Packets, p)
				continue
			}
			out, err := defragmenter.DefragIPv4(ip)
			if err != nil {
				t.Fatal(err)
			}
			if out == nil {
				continue
			}
			b := gopacket.NewSerializeBuffer()
			if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, out, gopacket.Payload(out.Payload)); err != nil {
				t.Fatal(err)
			}
			data := append(bytes.Clone(header), b.Bytes()...)
			whole.Packets = append(whole.Packets, pcaptest.Packet{At: p.At, Data: data, Length: len(data)})
		}
		if len(got.Packets) <= len(truth.Packets) || len(whole.Packets) != len(truth.Packets) {
			t.Errorf("%d: %d packets, which make %d, want %d", mtu, len(got.Packets), len(whole.Packets), len(truth.Packets))
		}
		if got, want := carried(t, whole), carried(t, truth); !maps.Equal(got[protocol.Client], want[protocol.Client]) {
			t.Errorf("%d: what the client sent is another", mtu)
		}
		if right, all := sums(t, whole); right != all {
			t.Errorf("%d: %d of %d TCP checksums are right", mtu, right, all)
		}
	}
}

// TestFragment6: an IPv6 packet's fragments, one behind the other, are its payload.
func TestFragment6(t *testing.T) {
	const header, extension = 40, 8
	payload := bytes.Repeat([]byte("0123456789"), 100)
	ip := append(make([]byte, header), payload...)
	ip[0], ip[6], ip[7] = 6<<4, 59, 64 // no next header
	binary.BigEndian.PutUint16(ip[4:], uint16(len(payload)))
	c := pcaptest.Capture{Link: layers.LinkTypeRaw, Packets: []pcaptest.Packet{{Data: ip, Length: len(ip)}}}
	var got []byte
	cut := c.Fragment(300).Packets
	for i, p := range cut {
		f := gopacket.NewPacket(p.Data, c.Link, gopacket.Default).Layer(layers.LayerTypeIPv6Fragment).(*layers.IPv6Fragment)
		if int(f.FragmentOffset)*8 != len(got) || f.MoreFragments != (i < len(cut)-1) || f.NextHeader != 59 || len(p.Data) > 300 {
			t.Errorf("fragment %d: %+v, %d bytes", i, f, len(p.Data))
		}
		got = append(got, p.Data[header+extension:]...)
	}
	if len(cut) < 4 || !bytes.Equal(got, payload) {
		t.Errorf("%d fragments have %d bytes", len(cut), len(got))
	}
}

func TestCut(t *testing.T) {
	truth := some(t)
	for i, p := range truth.Cut(96).Packets {
		if len(p.Data) != min(96, len(truth.Packets[i].Data)) || p.Length != truth.Packets[i].Length {
			t.Errorf("packet %d has %d bytes of %d", i, len(p.Data), p.Length)
		}
	}
	for _, s := range truth.Cut(96).Segments() {
		if want := truth.Segments()[s.Packet].Length; s.Length != want {
			t.Errorf("packet %d had %d bytes, want %d", s.Packet, s.Length, want)
		}
	}
}

func TestResetWithText(t *testing.T) {
	truth := some(t)
	got := apply(t, truth, "reset=20,server,no-such-user")
	list := got.Segments()
	last := list[len(list)-1]
	if len(list) != 22 || !last.RST || last.From != protocol.Server || string(last.Payload) != "no-such-user" || last.Seq != list[19].Ack {
		t.Errorf("%d packets; the last is %+v", len(list), last)
	}
}

// TestCorrupt: a damaged packet has as many bytes, and stands before the one that is whole.
func TestCorrupt(t *testing.T) {
	truth := some(t)
	got := truth.Corrupt(9)
	if len(got.Packets) != len(truth.Packets)+1 || !bytes.Equal(got.Packets[10].Data, truth.Packets[9].Data) ||
		bytes.Equal(got.Packets[9].Data, truth.Packets[9].Data) || len(got.Packets[9].Data) != len(truth.Packets[9].Data) {
		t.Errorf("%d packets", len(got.Packets))
	}
}
