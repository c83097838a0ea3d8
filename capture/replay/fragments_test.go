package replay_test

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// fragmentsOf cuts an IP packet into fragments with size bytes of payload, a multiple of 8.
func fragmentsOf(ip []byte, size, id int) (out [][]byte) {
	header := ip[:20]
	if ip[0]>>4 == 6 {
		header = ip[:40]
	}
	payload := ip[len(header):]
	for at := 0; at < len(payload); at += size {
		part := payload[at:min(at+size, len(payload))]
		more := at+len(part) < len(payload)
		b := slices.Clone(header)
		offset := uint16(at / 8)
		if ip[0]>>4 == 4 {
			if more {
				offset |= 0x2000
			}
			binary.BigEndian.PutUint16(b[2:], uint16(len(b)+len(part)))
			binary.BigEndian.PutUint16(b[4:], uint16(id))
			binary.BigEndian.PutUint16(b[6:], offset)
		} else {
			offset <<= 3
			if more {
				offset |= 1
			}
			binary.BigEndian.PutUint16(b[4:], uint16(8+len(part)))
			b[6] = 44
			b = append(b, header[6], 0)
			b = binary.BigEndian.AppendUint16(b, offset)
			b = binary.BigEndian.AppendUint32(b, uint32(id))
		}
		out = append(out, append(b, part...))
	}
	return out
}

// fragmented returns packets of plain Ethernet, of which each is in fragments; each group
// is of one.
func fragmented(packets []packet, size int) (groups [][]packet) {
	for i, p := range packets {
		var group []packet
		for _, ip := range fragmentsOf(trimmed(p.data[14:]), size, i) {
			group = append(group, packet{at: p.at, data: append(slices.Clone(p.data[:14]), ip...)})
		}
		groups = append(groups, group)
	}
	return groups
}

// trimmed returns an IP packet without what Ethernet pads it with.
func trimmed(ip []byte) []byte {
	if ip[0]>>4 == 4 {
		return ip[:binary.BigEndian.Uint16(ip[2:])]
	}
	return ip[:40+int(binary.BigEndian.Uint16(ip[4:]))]
}

// TestFragments has a session of which each packet is in fragments, in several orders.
func TestFragments(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 3000))
	for _, tt := range []struct {
		name  string
		order func(groups [][]packet) []packet
	}{
		{"in order", func(g [][]packet) []packet { return slices.Concat(g...) }},
		{"backwards", func(g [][]packet) []packet {
			for i := range g {
				slices.Reverse(g[i])
			}
			return slices.Concat(g...)
		}},
		{"each twice", func(g [][]packet) (out []packet) {
			for _, p := range slices.Concat(g...) {
				out = append(out, p, p)
			}
			return out
		}},
		{"all twice", func(g [][]packet) (out []packet) {
			for _, group := range g {
				out = append(append(out, group...), group...)
			}
			return out
		}},
		{"mixed", func(g [][]packet) (out []packet) {
			r := rand.New(rand.NewPCG(1, 2))
			for pair := range slices.Chunk(g, 2) {
				both := slices.Concat(pair...)
				r.Shuffle(len(both), func(i, j int) { both[i], both[j] = both[j], both[i] })
				out = append(out, both...)
			}
			return out
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, r := range []route{routeOf(50000), route6()} {
				for _, size := range []int{8, 64, 1000} {
					packets := packetsOf(t, ethernet(), r, segmentsOf(tp, 1460, 1))
					all := tt.order(fragmented(packets, size))
					file(t, pcapFile(t, layers.LinkTypeEthernet, all), tp.keys).isWhole(t, tp)
				}
			}
		})
	}
}

// TestFragmentsOfTunnel has a session in VXLAN, of which the outer packets are in fragments.
func TestFragmentsOfTunnel(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 3000))
	f := framing{link: layers.LinkTypeEthernet, below: tunnels(t)["VXLAN"]}
	groups := fragmented(packetsOf(t, f, routeOf(50000), segmentsOf(tp, 1460, 1)), 800)
	file(t, pcapFile(t, f.link, slices.Concat(groups...)), tp.keys).isWhole(t, tp)

	last := len(groups) / 2
	for len(groups[last]) < 2 {
		last++
	}
	groups[last] = groups[last][:1]
	p := file(t, pcapFile(t, f.link, slices.Concat(groups...)), tp.keys)
	wants(t, p.warnings, "1 IP fragment had no others: the bytes in it are missing")
}

// TestMissingFragment has fragments whose others the capture lacks: a warning counts them,
// and their bytes are one gap.
func TestMissingFragment(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 4, 3000))
	for _, r := range []route{routeOf(50000), route6()} {
		for _, late := range []time.Duration{0, time.Hour} {
			packets := packetsOf(t, ethernet(), r, segmentsOf(tp, 1000, 1))
			groups := fragmented(packets, 400)
			last := len(groups) - 12
			for len(groups[last]) < 3 {
				last--
			}
			groups[last] = slices.Delete(groups[last], 1, 2)
			for i := range groups[last+1:] {
				for j := range groups[last+1+i] {
					groups[last+1+i][j].at = groups[last+1+i][j].at.Add(late)
				}
			}
			p := file(t, pcapFile(t, layers.LinkTypeEthernet, slices.Concat(groups...)), tp.keys)
			wants(t, p.warnings, "2 IP fragments had no others: the bytes in them are missing")
			if gaps := strings.Count(strings.Join(p.lines(), "\n"), " gap "); gaps != 1 {
				t.Errorf("%d gaps, want 1", gaps)
			}
		}
	}
}

// TestCutFragments has fragments that a snap length has cut.
func TestCutFragments(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 4, 3000))
	for _, r := range []route{routeOf(50000), route6()} {
		packets := snapped(slices.Concat(fragmented(packetsOf(t, ethernet(), r, segmentsOf(tp, 1000, 1)), 400)...), 100)
		p := file(t, pcapFile(t, layers.LinkTypeEthernet, packets), tp.keys)
		if len(p.warnings) == 0 || !strings.Contains(strings.Join(p.warnings, "\n"), " bytes or less, so that bytes are missing: capture with tcpdump -s 0") {
			t.Errorf("warnings %q", p.warnings)
		}
	}
}

// TestFragmentsOfOthers has fragments that hold no TCP: nobody misses anything.
func TestFragmentsOfOthers(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 3000))
	session := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	dns := serialize(t, append(inUDP(t, 53), gopacket.Payload(make([]byte, 2000)))...)
	ping := serialize(t, append(outer(layers.IPProtocolICMPv4), gopacket.Payload(make([]byte, 2000)))...)
	groups := fragmented([]packet{{at: began, data: dns}, {at: began, data: ping}}, 800)
	all := slices.Concat(groups[0][:2], groups[1][1:], session)
	file(t, pcapFile(t, layers.LinkTypeEthernet, all), tp.keys).isWhole(t, tp)
}

// TestWholeInAFragment has packets that say that they are fragments, and are whole.
func TestWholeInAFragment(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 3000))
	packets := packetsOf(t, ethernet(), route6(), segmentsOf(tp, 1000, 1))
	file(t, pcapFile(t, layers.LinkTypeEthernet, slices.Concat(fragmented(packets, 2000)...)), tp.keys).isWhole(t, tp)
}
