package protocol_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/protocol"
)

// A message is a whole frame or preamble, put together from its pieces.
type message struct {
	kind     protocol.PieceKind
	header   protocol.Header
	preamble protocol.Preamble
	data     string
}

// An assembly puts pieces together and holds them to the rules of [protocol.Piece].
type assembly struct {
	t    testing.TB
	dec  protocol.Decoder
	done []message
	open *message
}

// feed hands b to the decoder as one input.
func (a *assembly) feed(b []byte) {
	a.t.Helper()
	for len(b) > 0 {
		h, whole := a.dec.Whole(b)
		p, n := a.dec.Next(b)
		isWhole := p.Kind == protocol.PieceFrame && p.Last && n == protocol.HeaderLen+len(p.Data)
		if isWhole && (whole != n || h != p.Header) || !isWhole && whole != 0 {
			a.t.Fatalf("Whole found %+v of %d bytes, Next %+v of %d", h, whole, p, n)
		}
		if n < 1 || n > len(b) {
			a.t.Fatalf("Next took %d of %d bytes", n, len(b))
		}
		if len(p.Data) > 0 && &p.Data[0] != &b[n-len(p.Data)] {
			a.t.Fatal("the piece's data is not the input's")
		}
		if len(p.Data) != cap(p.Data) {
			a.t.Fatal("the piece's data can be appended to, into what follows it")
		}
		b = b[n:]
		a.piece(p)
		if boundary := a.open == nil && len(a.dec.Buffered()) == 0; a.dec.AtBoundary() != boundary {
			a.t.Fatalf("AtBoundary() = %v with %+v open and %x buffered", a.dec.AtBoundary(), a.open, a.dec.Buffered())
		}
	}
}

func (a *assembly) piece(p protocol.Piece) {
	a.t.Helper()
	if p.Kind == protocol.PieceNone {
		if p.First || p.Last || len(p.Data) > 0 || a.open != nil {
			a.t.Fatalf("a piece of no kind: %+v", p)
		}
		return
	}
	if p.First != (a.open == nil) {
		a.t.Fatalf("First is %v with %+v open", p.First, a.open)
	}
	var preamble protocol.Preamble
	if p.Kind == protocol.PiecePreamble {
		preamble = *p.Preamble
	} else if p.Preamble != nil {
		a.t.Fatalf("a frame with a preamble: %+v", p)
	}
	if p.First {
		a.open = &message{kind: p.Kind, header: p.Header, preamble: preamble}
	}
	if p.Kind != a.open.kind || p.Header != a.open.header || preamble != a.open.preamble {
		a.t.Fatalf("a piece of %+v, with %+v open", p, *a.open)
	}
	a.open.data += string(p.Data)
	length := int(p.Header.Length) + int(preamble.Padding)
	left := length - len(a.open.data)
	if p.Last != (left == 0) {
		a.t.Fatalf("Last is %v with %d bytes to come", p.Last, left)
	}
	h, pending, ok := a.dec.Pending()
	if ok != (left > 0 && p.Kind == protocol.PieceFrame) || ok && (h != p.Header || pending != left) || !ok && (h != protocol.Header{} || pending != 0) {
		a.t.Fatalf("Pending() = %+v, %d, %v with %d bytes of %+v to come", h, pending, ok, left, p)
	}
	if p.Last {
		a.done, a.open = append(a.done, *a.open), nil
	}
}

// decode returns the whole frames of a direction's bytes. It hands the bytes over
// in chunks of the sizes that next returns.
func decode(t testing.TB, dir protocol.Direction, wire []byte, next func() int) []message {
	t.Helper()
	a := &assembly{t: t, dec: protocol.NewDecoder(dir)}
	for len(wire) > 0 {
		n := min(next(), len(wire))
		// A copy that ends where the chunk does: reading on would be seen.
		a.feed(bytes.Clone(wire[:n]))
		wire = wire[n:]
	}
	return a.done
}

// slowDecode returns the same without a Decoder, from all bytes at once.
func slowDecode(dir protocol.Direction, wire []byte) (done []message) {
	if dir == protocol.ClientToServer {
		p, ok := protocol.ParsePreamble(wire)
		end := protocol.PreambleLen + int(p.Padding)
		if !ok || len(wire) < end {
			return nil
		}
		done = append(done, message{kind: protocol.PiecePreamble, preamble: p, data: string(wire[protocol.PreambleLen:end])})
		wire = wire[end:]
	}
	for {
		h, ok := protocol.ParseHeader(wire)
		end := protocol.HeaderLen + int(h.Length)
		if !ok || len(wire) < end {
			return done
		}
		done = append(done, message{kind: protocol.PieceFrame, header: h, data: string(wire[protocol.HeaderLen:end])})
		wire = wire[end:]
	}
}

func all() int { return math.MaxInt }

// clientBytes is what a client's first writes look like.
func clientBytes(t testing.TB) []byte {
	b := protocol.Preamble{Hash: protocol.HashPassword("password"), Padding: 30}.Append(nil)
	b = appendFrame(t, b, protocol.Settings, 0, "v=2\nclient=x/1\npadding-md5="+defaultMD5)
	b = appendFrame(t, b, protocol.SYN, 1, "")
	b = appendFrame(t, b, protocol.PSH, 1, "\x03\x0bexample.com\x00\x50GET / HTTP/1.1\r\n\r\n")
	b = appendFrame(t, b, protocol.Waste, 0, strings.Repeat("\x00", 20))
	b = appendFrame(t, b, protocol.HeartRequest, 0, "")
	b = appendFrame(t, b, protocol.Command(200), 7, "?")
	return appendFrame(t, b, protocol.FIN, 1, "")
}

func TestDecoder(t *testing.T) {
	wire := unhex(t, passwordHash+"0002 0000"+
		"04 00000000 0003 763d32"+
		"01 00000001 0000"+
		"02 00000001 0002 6869"+
		"02 00000001 0002 68") // cut short
	frame := func(c protocol.Command, stream uint32, data string) message {
		return message{kind: protocol.PieceFrame, header: protocol.Header{Command: c, Stream: stream, Length: uint16(len(data))}, data: data}
	}
	want := []message{
		{
			kind: protocol.PiecePreamble, data: "\x00\x00",
			preamble: protocol.Preamble{Hash: protocol.HashPassword("password"), Padding: 2},
		},
		frame(protocol.Settings, 0, "v=2"),
		frame(protocol.SYN, 1, ""),
		frame(protocol.PSH, 1, "hi"),
	}
	if got := decode(t, protocol.ClientToServer, wire, all); !slices.Equal(got, want) {
		t.Errorf("client's direction:\n got %+v\nwant %+v", got, want)
	}
	// The server's direction has no preamble.
	wire = wire[protocol.PreambleLen+2:]
	if got := decode(t, protocol.ServerToClient, wire, all); !slices.Equal(got, want[1:]) {
		t.Errorf("server's direction:\n got %+v\nwant %+v", got, want[1:])
	}
}

// TestDecoderCutAnywhere cuts a client's bytes once, at each position, and into
// chunks of each size.
func TestDecoderCutAnywhere(t *testing.T) {
	wire := clientBytes(t)
	want := slowDecode(protocol.ClientToServer, wire)
	if len(want) != 8 {
		t.Fatalf("%d messages, want 8", len(want))
	}
	for cut := 1; cut < len(wire); cut++ {
		sizes := []int{cut, len(wire)}
		next := func() int { n := sizes[0]; sizes = sizes[1:]; return n }
		if got := decode(t, protocol.ClientToServer, wire, next); !slices.Equal(got, want) {
			t.Fatalf("cut at %d:\n got %+v\nwant %+v", cut, got, want)
		}
		if got := decode(t, protocol.ClientToServer, wire, func() int { return cut }); !slices.Equal(got, want) {
			t.Fatalf("chunks of %d:\n got %+v\nwant %+v", cut, got, want)
		}
	}
}

// TestDecoderPosition holds that a decoder knows where it stands.
func TestDecoderPosition(t *testing.T) {
	dec := protocol.NewDecoder(protocol.ClientToServer)
	check := func(where string, boundary bool, pending int, buffered string) {
		t.Helper()
		_, left, _ := dec.Pending()
		if dec.AtBoundary() != boundary || left != pending || string(dec.Buffered()) != buffered {
			t.Errorf("%s: at boundary %v, %d bytes of a frame to come, %q buffered", where, dec.AtBoundary(), left, dec.Buffered())
		}
	}
	feed := func(b []byte) {
		for len(b) > 0 {
			_, n := dec.Next(b)
			b = b[n:]
		}
	}
	hash := protocol.HashPassword("password")
	check("before the preamble", false, 0, "")
	feed(hash[:])
	check("inside the preamble", false, 0, string(hash[:]))
	feed([]byte{0, 2})
	check("before padding0", false, 0, "")
	feed([]byte{0})
	check("inside padding0", false, 0, "")
	feed([]byte{0})
	check("after the preamble", true, 0, "")
	feed([]byte("\x02\x00\x00"))
	check("inside a header", false, 0, "\x02\x00\x00")
	feed([]byte("\x00\x01\x00\x03"))
	check("after a header", false, 3, "")
	feed([]byte("hi"))
	check("inside data", false, 1, "")
	if h, left, ok := dec.Pending(); !ok || left != 1 || h != (protocol.Header{Command: protocol.PSH, Stream: 1, Length: 3}) {
		t.Errorf("inside data: Pending() = %+v, %d, %v", h, left, ok)
	}
	feed([]byte("!"))
	check("after a frame", true, 0, "")
	feed([]byte("\x03\x00\x00\x00\x01\x00\x00"))
	check("after a frame without data", true, 0, "")
}

// FuzzDecoder holds that however the bytes are cut, the frames are the same, and
// that they encode to the same bytes.
func FuzzDecoder(f *testing.F) {
	f.Add(clientBytes(f), uint64(1), false)
	f.Add(clientBytes(f)[protocol.PreambleLen+30:], uint64(2), true)
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x01\x00\xff"), uint64(3), true)
	f.Fuzz(func(t *testing.T, wire []byte, seed uint64, fromServer bool) {
		dir := protocol.ClientToServer
		if fromServer {
			dir = protocol.ServerToClient
		}
		want := slowDecode(dir, wire)
		r := rand.New(rand.NewPCG(seed, 0))
		most := 1 + r.IntN(64)
		for name, next := range map[string]func() int{
			"whole":        all,
			"byte by byte": func() int { return 1 },
			"random":       func() int { return 1 + r.IntN(most) },
		} {
			if got := decode(t, dir, wire, next); !slices.Equal(got, want) {
				t.Fatalf("%s:\n got %+v\nwant %+v", name, got, want)
			}
		}
		var back []byte
		for _, m := range want {
			if m.kind == protocol.PiecePreamble {
				// Append writes a padding0 of zeros: put the peer's in.
				back = m.preamble.Append(back)
				copy(back[protocol.PreambleLen:], m.data)
				continue
			}
			var err error
			if back, err = protocol.AppendFrame(back, m.header.Command, m.header.Stream, []byte(m.data)); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.HasPrefix(wire, back) {
			t.Errorf("the frames of %x encode to %x", wire, back)
		}
	})
}

// TestNoAllocations holds that decoding and encoding leave the heap alone, also
// where headers and data are cut.
func TestNoAllocations(t *testing.T) {
	wire := clientBytes(t)
	for _, chunk := range []int{1, 3, 64, len(wire)} {
		allocs := testing.AllocsPerRun(100, func() {
			dec := protocol.NewDecoder(protocol.ClientToServer)
			frames := 0
			for rest := wire; len(rest) > 0; {
				b := rest[:min(chunk, len(rest))]
				p, n := dec.Next(b)
				rest = rest[n:]
				if p.Last {
					frames++
				}
			}
			if frames != 8 {
				t.Errorf("%d frames, want 8", frames)
			}
		})
		if allocs != 0 {
			t.Errorf("decoding chunks of %d bytes: %v allocations", chunk, allocs)
		}
	}
	buf := make([]byte, 0, 1<<17)
	data := make([]byte, 16<<10)
	if allocs := testing.AllocsPerRun(100, func() {
		buf, _ = protocol.AppendFrame(buf[:0], protocol.PSH, 1, data)
		buf = protocol.SettingsText{Version: 2, Client: "x/1", PaddingMD5: defaultMD5}.Append(buf)
	}); allocs != 0 {
		t.Errorf("encoding: %v allocations", allocs)
	}
}

func BenchmarkDecoder(b *testing.B) {
	for _, size := range []int{64, 16 << 10} {
		b.Run(fmt.Sprintf("data=%d", size), func(b *testing.B) {
			var wire []byte
			for len(wire) < 64<<10 {
				wire = appendFrame(b, wire, protocol.PSH, 1, strings.Repeat("x", size))
			}
			b.SetBytes(int64(len(wire)))
			b.ReportAllocs()
			dec := protocol.NewDecoder(protocol.ServerToClient)
			frames := 0
			for b.Loop() {
				for rest := wire; len(rest) > 0; frames++ {
					_, n := dec.Next(rest)
					rest = rest[n:]
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(frames), "ns/frame")
		})
	}
}
