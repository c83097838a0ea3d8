package tcpflow_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/reassembly"

	"anytls-inspect/capture/internal/tcpflow"
)

// An assembly is gopacket's reassembly of one direction, with its limits set, which
// a stream of this package is compared with.
type assembly struct {
	assembler *reassembly.Assembler
	flow      gopacket.Flow
	data      []byte
	keep      bool
}

func newAssembly(keep bool) *assembly {
	a := &assembly{keep: keep}
	a.assembler = reassembly.NewAssembler(reassembly.NewStreamPool(a))
	a.assembler.MaxBufferedPagesPerConnection = 16 << 20 / 1900
	a.assembler.MaxBufferedPagesTotal = 64 << 20 / 1900
	a.flow = gopacket.NewFlow(layers.EndpointIPv4, []byte{10, 0, 0, 1}, []byte{10, 0, 0, 2})
	return a
}

// add gives a packet to the assembler. The layer is used again, as it is when
// packets are decoded into one.
func (a *assembly) add(tcp *layers.TCP, seg *tcpflow.Segment) {
	tcp.Seq, tcp.SYN, tcp.FIN = seg.Seq, seg.SYN, seg.FIN
	tcp.Payload = seg.Payload
	a.assembler.AssembleWithContext(a.flow, tcp, a)
}

// tcpLayer returns a TCP layer with ports.
func tcpLayer() *layers.TCP {
	header := []byte{0x10, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x10, 0, 0, 0, 0, 0, 0}
	tcp := &layers.TCP{}
	if err := tcp.DecodeFromBytes(header, gopacket.NilDecodeFeedback); err != nil {
		panic(err)
	}
	return tcp
}

func (a *assembly) GetCaptureInfo() gopacket.CaptureInfo { return gopacket.CaptureInfo{} }

func (a *assembly) New(_, _ gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	return a
}

func (a *assembly) Accept(*layers.TCP, gopacket.CaptureInfo, reassembly.TCPFlowDirection, reassembly.Sequence, *bool, reassembly.AssemblerContext) bool {
	return true
}

func (a *assembly) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	n, _ := sg.Lengths()
	b := sg.Fetch(n)
	if a.keep {
		a.data = append(a.data, b...)
	}
}

func (a *assembly) ReassemblyComplete(reassembly.AssemblerContext) bool { return true }

// TestBesideGopacket runs captures that lack nothing through gopacket's reassembly,
// too: both have to give what was sent.
func TestBesideGopacket(t *testing.T) {
	for seed := range uint64(600) {
		s := send(rand.New(rand.NewPCG(seed, 1)), ways{syn: true, fin: true, ordered: true})
		a, tcp := newAssembly(true), tcpLayer()
		for _, seg := range s.segments {
			a.add(tcp, &seg)
		}
		a.assembler.FlushAll()
		g := s.play(tcpflow.DefaultLimits(), false)
		if !bytes.Equal(g.data, s.sent) {
			t.Errorf("seed %d: the stream gives other bytes than were sent", seed)
		}
		if !bytes.Equal(a.data, s.sent) {
			t.Errorf("seed %d: gopacket gives other bytes than were sent", seed)
		}
	}
}

// BenchmarkStream puts one direction of segments of 1460 bytes into order, beside
// gopacket's reassembly of the same.
func BenchmarkStream(b *testing.B) {
	const size = 1460
	payload := make([]byte, size)
	for _, bb := range []struct {
		name  string
		order []int // of each run of segments
	}{
		{"in order", []int{0, 1, 2, 3, 4, 5, 6, 7}},
		{"one in 8 late", []int{0, 2, 1, 3, 4, 5, 6, 7}},
		{"one lost, sent again after 7", []int{1, 2, 3, 4, 5, 6, 7, 0}},
	} {
		b.Run(bb.name+"/tcpflow", func(b *testing.B) {
			var st tcpflow.Stream
			st.Init(tcpflow.DefaultLimits())
			seg := tcpflow.Segment{SYN: true}
			st.Add(0, &seg)
			b.SetBytes(size)
			b.ReportAllocs()
			total := 0
			i := 0
			for ; b.Loop(); i++ {
				at := i&^7 + bb.order[i&7]
				seg = tcpflow.Segment{Seq: 1 + uint32(at*size), Payload: payload, Length: size}
				st.Add(int64(i)*int64(time.Microsecond), &seg)
				for p, ok := st.Next(); ok; p, ok = st.Next() {
					total += len(p.Data)
				}
			}
			// Less than a whole run may all be held back.
			if total == 0 && i >= 8 {
				b.Fatal("nothing came out")
			}
		})
		b.Run(bb.name+"/gopacket", func(b *testing.B) {
			a, tcp := newAssembly(false), tcpLayer()
			seg := tcpflow.Segment{SYN: true}
			a.add(tcp, &seg)
			b.SetBytes(size)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				at := i&^7 + bb.order[i&7]
				seg = tcpflow.Segment{Seq: 1 + uint32(at*size), Payload: payload}
				a.add(tcp, &seg)
			}
		})
	}
}
