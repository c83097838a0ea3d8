package replay_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/protocol"
)

// garbled returns a packet with other payload than its checksum is of.
func garbled(p packet) packet {
	p.data = slices.Clone(p.data)
	for i := range p.data[54:] {
		p.data[54+i] ^= byte(0x11 + i*7)
	}
	return p
}

// TestForged has packets with a bad checksum in front of the right ones: of either direction,
// at any place of a connection.
func TestForged(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 3000))
	segments := segmentsOf(tp, 1460, 1)
	packets := packetsOf(t, ethernet(), routeOf(50000), segments)
	for i, s := range segments {
		if len(s.data) == 0 {
			continue
		}
		forged := slices.Insert(slices.Clone(packets), i, garbled(packets[i]))
		if file(t, pcapFile(t, layers.LinkTypeEthernet, forged), tp.keys).isWhole(t, tp); t.Failed() {
			t.Fatalf("with a forged packet before packet %d", i)
		}
	}
}

// TestForgedReset has resets and SYNs with a bad checksum, which their receiver drops, at any
// place of a connection.
func TestForgedReset(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 3000))
	segments := segmentsOf(tp, 1460, 1)
	packets := packetsOf(t, ethernet(), routeOf(50000), segments)
	for i, s := range segments[4:] {
		for _, flags := range []string{"R", "S"} {
			s.flags, s.data = flags, nil
			bad := packetsOf(t, ethernet(), routeOf(50000), []segment{s})[0]
			bad.data[14+20+16] ^= 0x5a
			p := file(t, pcapFile(t, layers.LinkTypeEthernet, slices.Insert(slices.Clone(packets), 4+i, bad)), tp.keys)
			p.carries(t, 1, tp)
			wants(t, p.closings(), "1 closed by client:")
			if len(p.warnings) != 1 || !strings.HasPrefix(p.warnings[0], "1 packet was left out, though of TCP: a reset or SYN with a bad checksum") {
				t.Errorf("%q", p.warnings)
			}
			if t.Failed() {
				t.Fatalf("%s before packet %d", flags, 4+i)
			}
		}
	}
}

// TestForgedResetLate has a reset with a bad checksum far into a capture that is too large for
// all checksums to be looked at, from an end that has sent little but acknowledgements.
func TestForgedResetLate(t *testing.T) {
	tp := tapeOf(t, nil, longTalk(t, down, 160, 1<<16-1)) // 10 MiB
	segments := segmentsOf(tp, 1460, 1)
	packets := packetsOf(t, ethernet(), routeOf(50000), segments)
	late := len(segments) - 20
	for _, dir := range []protocol.Direction{up, down} {
		i := late + slices.IndexFunc(segments[late:], func(s segment) bool { return s.dir == dir })
		s := segments[i]
		s.flags, s.data = "R", nil
		bad := packetsOf(t, ethernet(), routeOf(50000), []segment{s})[0]
		bad.data[14+20+16] ^= 0x5a
		p := file(t, pcapFile(t, layers.LinkTypeEthernet, slices.Insert(slices.Clone(packets), i, bad)), tp.keys)
		p.carries(t, 1, tp)
		wants(t, p.closings(), "1 closed by client:")
	}
}

// TestOffloadedChecksums: where checksums are left to network cards, they say nothing, and
// nothing is lost.
func TestOffloadedChecksums(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 3000))
	segments := segmentsOf(tp, 1460, 1)
	for _, of := range [][]protocol.Direction{{up}, {down}, {up, down}} {
		packets := packetsOf(t, ethernet(), routeOf(50000), segments)
		for i, s := range segments {
			if slices.Contains(of, s.dir) {
				packets[i].data[14+20+16] ^= 0x5a
			}
		}
		file(t, pcapFile(t, layers.LinkTypeEthernet, packets), tp.keys).isWhole(t, tp)
	}
}

// TestWordsInReset: what a reset says in words is none of the stream's bytes, and no gap in it.
func TestWordsInReset(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 100))
	talk := &tape{writes: tp.writes[:len(tp.writes)-2]} // without the close_notifies
	for _, ahead := range []uint32{0, 100} {
		c := connect(1460, 7)
		c.play(talk)
		c.next[down] += ahead
		c.add(down, "RA", []byte("go away"))
		p := over(t, tp, c.segments)
		p.carries(t, 1, tp)
		wants(t, p.closings(), "1 closed by server: the server reset its connection")
		if all := strings.Join(p.lines(), "\n"); strings.Contains(all, " gap ") {
			t.Error(all)
		}
	}
}

// TestTextInRefusal: a connection that is refused in words carried nothing.
func TestTextInRefusal(t *testing.T) {
	c := &tcp{at: began, next: protocol.ByDirection[uint32]{5, 0}}
	c.add(up, "S", nil)
	c.add(down, "RA", []byte("not here"))
	wants(t, over(t, &tape{}, c.segments).closings(), "1 closed by server: the server refused the connection")
}
