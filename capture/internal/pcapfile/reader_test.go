package pcapfile

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// A file is a capture that a test builds, block by block.
type file struct {
	order binary.ByteOrder
	b     []byte
}

func (f *file) block(typ uint32, parts ...any) {
	var body []byte
	for _, p := range parts {
		if s, ok := p.(string); ok {
			p = []byte(s)
		}
		body, _ = binary.Append(body, f.order, p)
	}
	body = append(body, make([]byte, -len(body)&3)...)
	length := uint32(len(body) + blockOverhead)
	f.b, _ = binary.Append(f.b, f.order, [2]uint32{typ, length})
	f.b = append(f.b, body...)
	f.b, _ = binary.Append(f.b, f.order, length)
}

func (f *file) section() {
	f.block(blockSection, uint32(0x1a2b3c4d), [2]uint16{1, 0}, int64(-1))
}

// option returns an option, padded.
func (f *file) option(code uint16, value string) []byte {
	b, _ := binary.Append(nil, f.order, [2]uint16{code, uint16(len(value))})
	b = append(b, value...)
	return append(b, make([]byte, -len(value)&3)...)
}

func (f *file) iface(link uint16, snap uint32, options ...[]byte) {
	f.block(blockInterface, [2]uint16{link, 0}, snap, bytes.Join(options, nil))
}

func (f *file) packet(iface uint32, ticks uint64, data string, length uint32, options ...[]byte) {
	pad := string(make([]byte, -len(data)&3))
	f.block(
		blockPacket, [5]uint32{iface, uint32(ticks >> 32), uint32(ticks), uint32(len(data)), length},
		data+pad, bytes.Join(options, nil),
	)
}

// readAll returns copies of all packets and secrets, and how reading ended.
func readAll(r io.Reader) (packets []Packet, secrets []string, err error) {
	rd, err := NewReader(r)
	if err != nil {
		return nil, nil, err
	}
	var c Chunk
	for {
		if err := rd.Next(&c); err != nil {
			return packets, secrets, err
		}
		for _, p := range c.Packets {
			p.Data, p.Comment = bytes.Clone(p.Data), bytes.Clone(p.Comment)
			packets = append(packets, p)
		}
		for _, s := range c.Secrets {
			secrets = append(secrets, string(s))
		}
	}
}

// TestBlocks reads a file with each type of block that is read, and one that is
// left out, in both byte orders.
func TestBlocks(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		f := &file{order: order}
		f.section()
		f.iface(
			1, 5, f.option(optName, "client leg\x00"), f.option(optDescription, "what the relay saw"),
			f.option(optResolution, "\x09"), f.option(optEnd, ""),
		)
		f.iface(101, 0)
		first := int64(len(f.b))
		f.packet(0, 1_700_000_000_123_456_789, "one", 30, f.option(5, "x"), f.option(optComment, "injected"), f.option(optEnd, ""))
		f.block(99, "not known")
		f.block(blockSecrets, uint32(secretsTLS), uint32(7), "CLIENT_")
		f.block(blockSecrets, uint32(0x5353484b), uint32(3), "SSH")
		f.packet(1, 1_700_000_000_000_001, "four", 4)
		f.block(blockSimple, uint32(9), "simple...")
		old, _ := binary.Append(nil, order, [2]uint16{1, 0})
		f.block(blockOldPacket, old, [4]uint32{1_700_000_000_000_002 >> 32, 1_700_000_000_000_002 & 0xffffffff, 3, 3}, "old")

		packets, secrets, err := readAll(bytes.NewReader(f.b))
		if !errors.Is(err, io.EOF) {
			t.Fatalf("%v: %v", order, err)
		}
		if len(secrets) != 1 || secrets[0] != "CLIENT_" {
			t.Errorf("%v: secrets %q", order, secrets)
		}
		want := []struct {
			time    int64
			data    string
			length  int
			link    uint16
			comment string
		}{
			{1_700_000_000_123_456_789, "one", 30, 1, "injected"},
			{1_700_000_000_000_001_000, "four", 4, 101, ""},
			{1_700_000_000_000_001_000, "simpl", 9, 1, ""}, // cut by the interface's snap length
			{1_700_000_000_000_002_000, "old", 3, 101, ""},
		}
		if len(packets) != len(want) {
			t.Fatalf("%v: %d packets, want %d", order, len(packets), len(want))
		}
		for i, w := range want {
			if p := packets[i]; p.Time != w.time || string(p.Data) != w.data || p.Length != w.length ||
				p.Interface.LinkType != w.link || string(p.Comment) != w.comment {
				t.Errorf("%v: packet %d is %+v, want %+v", order, i, p, w)
			}
		}
		if i := packets[0].Interface; i.Name != "client leg" || i.Description != "what the relay saw" {
			t.Errorf("%v: interface %+v", order, i)
		}
		if packets[0].Offset != first {
			t.Errorf("%v: the first packet is at %d, want %d", order, packets[0].Offset, first)
		}
	}
}

// TestResolution has time stamps of all kinds of resolutions, and some that do not
// fit.
func TestResolution(t *testing.T) {
	for _, tt := range []struct {
		name   string
		res    byte
		offset int64
		ticks  uint64
		want   int64
	}{
		{"seconds", 0, 0, 1_700_000_000, 1_700_000_000_000_000_000},
		{"milliseconds", 3, 0, 1_700_000_000_123, 1_700_000_000_123_000_000},
		{"microseconds", 6, 0, 1_700_000_000_123_456, 1_700_000_000_123_456_000},
		{"nanoseconds", 9, 0, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789},
		{"picoseconds", 12, 0, 123_456_789_012, 123_456_789},
		{"10⁻²⁸ s", 28, 0, 1 << 63, 0},
		{"10⁻¹²⁷ s", 127, 0, 1 << 63, 0},
		{"halves of a second", 0x81, 0, 3, 1_500_000_000},
		{"2⁻³² s", 0x80 | 32, 0, 1_700_000_000<<32 | 1<<31, 1_700_000_000_500_000_000},
		{"2⁻⁶³ s", 0x80 | 63, 0, 1 << 62, 500_000_000},
		{"2⁻⁶⁴ s", 0x80 | 64, 0, 1 << 63, 500_000_000},
		{"2⁻¹²⁷ s", 0xff, 0, 1 << 63, 0},
		{"seconds from an offset on", 0, 1_700_000_000, 7, 1_700_000_007_000_000_000},
		{"seconds to an offset", 0, -7, 10, 3_000_000_000},
		{"too late", 6, 0, 1 << 63, 1<<63 - 1},
		{"too late in seconds", 0, 0, 1<<64 - 1, 1<<63 - 1},
		{"too late in halves", 0x81, 0, 1<<64 - 1, 1<<63 - 1},
		{"too far an offset", 9, 1<<63 - 1, 1 << 62, 1<<63 - 1},
		{"too far back an offset", 9, -1 << 63, 0, -9_223_372_036_000_000_000},
	} {
		if got := newResolution(tt.res, tt.offset).nanos(tt.ticks); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

// TestFaults: what makes no sense is named, with its offset, and what comes before
// is read.
func TestFaults(t *testing.T) {
	base := func(more func(f *file)) []byte {
		f := &file{order: binary.LittleEndian}
		f.section()
		f.iface(1, 0)
		f.packet(0, 1, "fine", 4)
		more(f)
		return f.b
	}
	at := int64(len(base(func(*file) {})))
	for _, tt := range []struct {
		name string
		more func(f *file)
		want string
	}{
		{"interface not there", func(f *file) { f.packet(7, 1, "x", 1) }, "a packet of interface 7, which is not described"},
		{"packet longer than block", func(f *file) {
			f.block(blockPacket, [5]uint32{0, 0, 0, 1 << 31, 1 << 31})
		}, "a packet of 2147483648 bytes in a block that has room for 0"},
		{"short packet block", func(f *file) { f.block(blockPacket, uint32(0)) }, "a packet block that is too short"},
		{"short interface", func(f *file) { f.block(blockInterface, uint32(0)) }, "an interface description that is too short"},
		{"short secrets", func(f *file) { f.block(blockSecrets, uint32(0)) }, "a secrets block that is too short"},
		{"secrets longer than block", func(f *file) {
			f.block(blockSecrets, uint32(secretsTLS), uint32(100), "x")
		}, "secrets of 100 bytes in a block that has room for 4"},
		{"short simple packet", func(f *file) { f.block(blockSimple) }, "a simple packet block without an interface, or too short"},
		{"simple packet without interface", func(f *file) {
			f.section()
			f.block(blockSimple, uint32(1), "x")
		}, "a simple packet block without an interface"},
		{"length not of whole words", func(f *file) { f.b = append(f.b, 6, 0, 0, 0, 33, 0, 0, 0, 0, 0, 0, 0, 0) }, "a block of type 0x6 with a length of 33"},
		{"lengths that differ", func(f *file) {
			f.packet(0, 1, "fine", 4)
			f.b[len(f.b)-4]++
		}, "a block's length is 36 at its start and 37 at its end"},
		{"section without its magic", func(f *file) {
			f.section()
			f.b[len(f.b)-20] = 0
		}, "a section without its byte-order magic"},
		{"section of another version", func(f *file) {
			f.section()
			f.b[len(f.b)-16] = 2
		}, "version 2 of the pcapng format is not known"},
		{"short section", func(f *file) { f.block(blockSection, uint32(0x1a2b3c4d)) }, "a section header that is too short"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			packets, _, err := readAll(bytes.NewReader(base(tt.more)))
			var fault *FormatError
			if !errors.As(err, &fault) || fault.Offset < at || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one at offset %d that says %q", err, at, tt.want)
			}
			if len(packets) == 0 || string(packets[0].Data) != "fine" {
				t.Errorf("%d packets came before", len(packets))
			}
		})
	}
}

// TestCuts: a file that is cut anywhere is told from a whole one, and the error
// says where the incomplete block begins.
func TestCuts(t *testing.T) {
	f := &file{order: binary.LittleEndian}
	f.section()
	f.iface(1, 0)
	ends := map[int]bool{}
	for range 5 {
		ends[len(f.b)] = true
		f.packet(0, 1, "some packet", 11)
	}
	ends[len(f.b)] = true
	f.block(99, strings.Repeat("unknown ", 5))
	for n := len(f.b) - 1; n > 64; n-- {
		_, _, err := readAll(iotest.DataErrReader(bytes.NewReader(f.b[:n])))
		var cut *CutError
		if ends[n] {
			if !errors.Is(err, io.EOF) {
				t.Errorf("%d bytes, which end with a block: %v", n, err)
			}
			continue
		}
		if !errors.As(err, &cut) || cut.Offset > int64(n) || !ends[int(cut.Offset)] {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// TestLongBlocks has blocks longer than what is read at once, read and left out.
func TestLongBlocks(t *testing.T) {
	f := &file{order: binary.BigEndian}
	f.section()
	f.iface(1, 0)
	long := strings.Repeat("0123456789abcdef", 3*readSize/16)
	f.packet(0, 1, long, uint32(len(long)))
	f.block(99, long+long)
	f.packet(0, 2, "after", 5)
	for name, r := range map[string]io.Reader{
		"plain": bytes.NewReader(f.b), "small reads": struct{ io.Reader }{&trickle{f.b}}, "gzip": bytes.NewReader(zip(t, f.b)),
	} {
		packets, _, err := readAll(r)
		if !errors.Is(err, io.EOF) || len(packets) != 2 || string(packets[0].Data) != long || string(packets[1].Data) != "after" {
			t.Errorf("%s: %d packets, %v", name, len(packets), err)
		}
	}
}

// A trickle gives 1,000 bytes a read.
type trickle struct{ b []byte }

func (r *trickle) Read(p []byte) (int, error) {
	if len(r.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(1000, len(p))], r.b)
	r.b = r.b[n:]
	return n, nil
}

func zip(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestDamagedGzip: what can't be decompressed is an error with its offset.
func TestDamagedGzip(t *testing.T) {
	f := &file{order: binary.LittleEndian}
	f.section()
	f.iface(1, 0)
	for i := range 1000 {
		f.packet(0, uint64(i), strings.Repeat("x", i), uint32(i))
	}
	b := zip(t, f.b)
	wrongSum := bytes.Clone(b)
	wrongSum[len(b)-8]++
	var fault *FormatError
	if _, _, err := readAll(bytes.NewReader(wrongSum)); !errors.As(err, &fault) || !strings.Contains(err.Error(), "can't be decompressed") {
		t.Errorf("wrong checksum: %v", err)
	}
	var cut *CutError
	if packets, _, err := readAll(bytes.NewReader(b[:len(b)/2])); !errors.As(err, &cut) || len(packets) == 0 {
		t.Errorf("cut: %d packets, %v", len(packets), err)
	}
}

// TestSilentReader: an input that gives neither bytes nor an error ends the
// reading.
func TestSilentReader(t *testing.T) {
	f := &file{order: binary.LittleEndian}
	f.section()
	_, _, err := readAll(io.MultiReader(bytes.NewReader(f.b), silent{}))
	if !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("error %v", err)
	}
}

type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }
