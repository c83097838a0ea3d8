package replay_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/pcapfile"
	"anytls-inspect/capture/replay"
)

// TestNoCapture: what is no capture fails, and the error says what it is.
func TestNoCapture(t *testing.T) {
	for _, tt := range []struct{ name, input, want string }{
		{"empty", "", "it is empty"},
		{"short", "abc", "it ends after 3 bytes"},
		{"key log", "CLIENT_RANDOM 00 00\n", "it begins as a key log does: give that with --keylog"},
		{"text", "hello, world", "neither pcap nor pcapng (it begins with 68 65 6c 6c)"},
		{"zstd", "\x28\xb5\x2f\xfd....", "decompress it first"},
		{"gzip of text", string(gzipped(t, []byte("hello, world"))), "neither pcap nor pcapng"},
		{"broken gzip", "\x1f\x8b\x00\x00\x00", "the gzip header is damaged"},
		{"pcap of another version", "\xd4\xc3\xb2\xa1\x09\x00" + strings.Repeat("\x00", 30), "version 9 of the pcap format is not known"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := play(t, replay.Config{Input: strings.NewReader(tt.input)})
			if p.err == nil || !strings.Contains(p.err.Error(), tt.want) {
				t.Errorf("error %v, want one that says %q", p.err, tt.want)
			}
			wants(t, p.lines())
		})
	}
}

// TestDamaged: what comes before the damage in a capture is replayed, and the error
// says where the damage is.
func TestDamaged(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 1000))
	packets := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	packets = packets[:len(packets)-3] // without FIN
	b := pcapFile(t, layers.LinkTypeEthernet, packets)
	end := len(b)
	b = append(b, bytes.Repeat([]byte{0xff}, 100)...)
	p := play(t, replay.Config{Input: bytes.NewReader(b), KeyLogs: []io.Reader{bytes.NewReader(tp.keys)}})
	var damage *pcapfile.FormatError
	if !errors.As(p.err, &damage) || damage.Offset != int64(end) || !strings.Contains(p.err.Error(), "what comes before was read") {
		t.Errorf("error %v, want one at offset %d", p.err, end)
	}
	p.carries(t, 1, tp)
	wants(t, p.closings(), "1 closed by client:")
}

// TestCut: a capture that is cut anywhere is replayed up to there, and a warning
// says where that is.
func TestCut(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 1000))
	packets := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	for name, b := range map[string][]byte{
		"pcap":   pcapFile(t, layers.LinkTypeEthernet, packets),
		"pcapng": ngFile(t, layers.LinkTypeEthernet, packets, nil, 0),
	} {
		t.Run(name, func(t *testing.T) {
			whole := file(t, b, tp.keys).lines()
			warned := 0
			for n := 24; n < len(b); n += 11 {
				p := file(t, b[:n], tp.keys)
				lines := p.lines()
				if len(lines) > 0 {
					lines = lines[:len(lines)-1] // how it closes
				}
				if len(lines) > len(whole) || !slices.Equal(lines, whole[:len(lines)]) {
					t.Fatalf("cut at %d: other events than of the whole", n)
				}
				for _, w := range p.warnings {
					if strings.HasPrefix(w, "the capture is cut short at offset ") {
						warned++
					}
				}
			}
			if warned < len(b)/11*9/10 {
				t.Errorf("%d warnings", warned)
			}
		})
	}
}

// TestClaims: no memory is allocated for lengths that files claim and do not have.
func TestClaims(t *testing.T) {
	le := binary.LittleEndian
	record := func(captured uint32) []byte {
		b := append([]byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0}, make([]byte, 16)...)
		b[20] = 1
		b = append(b, make([]byte, 8)...)
		b = le.AppendUint32(b, captured)
		b = le.AppendUint32(b, captured)
		return append(b, make([]byte, 60)...)
	}
	block := func(typ, length uint32, body []byte) []byte {
		b := ngBlocks(le, nil, 9, 0)
		b = le.AppendUint32(b, typ)
		b = le.AppendUint32(b, length)
		return append(b, body...)
	}
	packetOf := func(iface, captured uint32) []byte {
		body := make([]byte, 20)
		le.PutUint32(body, iface)
		le.PutUint32(body[12:], captured)
		return le.AppendUint32(block(6, 32, body), 32)
	}
	for name, b := range map[string][]byte{
		"pcap, packet of 4 GB":         record(0xffff_fff0),
		"pcap, packet of 15 MB":        record(15 << 20),
		"pcapng, block of 4 GB":        block(6, 0xffff_fffc, make([]byte, 60)),
		"pcapng, block of 15 MB":       block(6, 15<<20, make([]byte, 60)),
		"pcapng, secrets of 15 MB":     block(10, 15<<20, make([]byte, 60)),
		"pcapng, unknown block, 4 GB":  block(99, 0xffff_fffc, make([]byte, 60)),
		"pcapng, packet of 4 GB in 32": packetOf(0, 0xffff_ffff),
		"pcapng, interface not there":  packetOf(9, 0),
		"gzip, packet of 4 GB":         gzipped(t, record(0xffff_fff0)),
	} {
		t.Run(name, func(t *testing.T) {
			var p *played
			if n := allocated(func() { p = play(t, replay.Config{Input: bytes.NewReader(b), Workers: 1}) }); n > 4<<20 {
				t.Errorf("%d bytes were allocated for a file of %d", n, len(b))
			}
			if p.err == nil && len(p.warnings) == 0 {
				t.Error("neither an error nor a warning")
			}
		})
	}
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestStopped: the replay of a pipe that gives nothing more ends with its context,
// and closes its sessions.
func TestStopped(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 1000))
	packets := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	b := pcapFile(t, layers.LinkTypeEthernet, packets[:len(packets)-8])
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	sink := &watched{seen: make(chan capture.Kind, 100)}
	done := make(chan error)
	go func() {
		done <- replay.New(replay.Config{Input: r, KeyLogs: []io.Reader{bytes.NewReader(tp.keys)}}).Run(ctx, sink)
	}()
	_, err := w.Write(b)
	check(t, err)
	for kind := range sink.seen {
		if kind == capture.Data {
			break
		}
	}
	cancel()
	check(t, <-done)
	close(sink.seen)
	var last capture.Kind
	for last = range sink.seen {
	}
	if last != capture.Closed {
		t.Errorf("the last event is of kind %d", last)
	}
}

// TestFailingInput: Run returns the error of the input.
func TestFailingInput(t *testing.T) {
	failure := errors.New("the disk is on fire")
	b, err := os.ReadFile("testdata/synackerr.pcap")
	check(t, err)
	for _, n := range []int{0, 2, 1000} {
		input := io.MultiReader(bytes.NewReader(b[:n]), failing{failure})
		if p := play(t, replay.Config{Input: input}); !errors.Is(p.err, failure) {
			t.Errorf("after %d bytes: error %v", n, p.err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
