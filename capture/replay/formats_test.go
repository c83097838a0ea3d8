package replay_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture"
	"anytls-inspect/capture/replay"
)

// TestFormats replays the same session from each format, gzipped or not, from a
// file and from a pipe that gives a few bytes at a time.
func TestFormats(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 3000))
	packets := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	files := map[string][]byte{"pcapng": ngFile(t, layers.LinkTypeEthernet, packets, nil, 0)}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		files["pcap, µs, "+order.String()] = pcapRecords(order, false, layers.LinkTypeEthernet, packets)
		files["pcap, ns, "+order.String()] = pcapRecords(order, true, layers.LinkTypeEthernet, packets)
		files["pcapng, "+order.String()] = ngBlocks(order, packets, 9, 0)
	}
	for name, b := range files {
		t.Run(name, func(t *testing.T) {
			unit := time.Nanosecond
			if strings.Contains(name, "µs") {
				unit = time.Microsecond
			}
			for _, b := range [][]byte{b, gzipped(t, b)} {
				p := file(t, b, tp.keys)
				p.isWhole(t, tp)
				if got, want := p.events[0].At, began.Truncate(unit); !got.Equal(want) {
					t.Errorf("it begins at %v, want %v", got, want)
				}
				if last := p.progress[len(p.progress)-1]; last != [2]int64{int64(len(b)), int64(len(b))} {
					t.Errorf("progress ends with %v, want %d bytes of as many", last, len(b))
				}

				p = play(t, replay.Config{
					Input:   pipeOf(&dribble{b: b}),
					KeyLogs: []io.Reader{bytes.NewReader(tp.keys)},
				})
				p.isWhole(t, tp)
				if last := p.progress[len(p.progress)-1]; last != [2]int64{int64(len(b)), -1} {
					t.Errorf("progress of a pipe ends with %v", last)
				}
			}
		})
	}
}

// A dribble gives its bytes a few at a time, and sometimes none.
type dribble struct {
	b []byte
	n int
}

func (d *dribble) Read(p []byte) (int, error) {
	if len(d.b) == 0 {
		return 0, io.EOF
	}
	d.n = (d.n*5 + 3) % 97
	n := copy(p[:min(d.n%90, len(p))], d.b)
	d.b = d.b[n:]
	return n, nil
}

// ngBlocks returns packets as a pcapng section in a byte order. The time stamps
// have the resolution of if_tsresol, and begin at an offset in seconds.
func ngBlocks(order binary.ByteOrder, packets []packet, resolution byte, offset int64) []byte {
	var b bytes.Buffer
	block := func(typ uint32, body []byte) {
		body = append(body, make([]byte, -len(body)&3)...)
		length := uint32(len(body) + 12)
		_ = binary.Write(&b, order, [2]uint32{typ, length})
		b.Write(body)
		_ = binary.Write(&b, order, length)
	}
	var body []byte
	u16 := func(v ...uint16) {
		for _, v := range v {
			body, _ = binary.Append(body, order, v)
		}
	}
	u32 := func(v ...uint32) {
		for _, v := range v {
			body, _ = binary.Append(body, order, v)
		}
	}
	u32(0x1a2b3c4d)
	u16(1, 0)
	u32(^uint32(0), ^uint32(0))
	block(0x0a0d0d0a, body)

	body = nil
	u16(uint16(layers.LinkTypeEthernet), 0)
	u32(1 << 18)
	u16(9, 1)
	body = append(body, resolution, 0, 0, 0)
	u16(14, 8)
	body, _ = binary.Append(body, order, offset)
	u16(0, 0)
	block(1, body)

	for _, p := range packets {
		ticks := uint64(p.at.Add(-time.Duration(offset) * time.Second).UnixNano())
		if resolution&0x80 != 0 {
			s := uint64(p.at.Unix() - offset)
			ticks = s<<(resolution&0x7f) + uint64(p.at.Nanosecond())<<(resolution&0x7f)/1e9
		}
		body = nil
		u32(0, uint32(ticks>>32), uint32(ticks), uint32(len(p.data)), uint32(len(p.data)))
		block(6, append(body, p.data...))
	}
	return b.Bytes()
}

// TestSections: several sections of different byte orders, with interfaces of
// different resolutions, are one capture.
func TestSections(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 3000))
	packets := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	third := len(packets) / 3
	b := ngBlocks(binary.LittleEndian, packets[:third], 9, 0)
	b = append(b, ngBlocks(binary.BigEndian, packets[third:2*third], 0x80|30, 1e9)...)
	b = append(b, ngBlocks(binary.LittleEndian, packets[2*third:], 9, -5)...)
	p := file(t, b, tp.keys)
	p.isWhole(t, tp)
	last := p.events[len(p.events)-1]
	if want := packets[len(packets)-2].at; !last.At.Equal(want) {
		t.Errorf("it closes at %v, want %v", last.At, want)
	}
	for i, e := range p.events[1:] {
		if e.At.Before(p.events[i].At) {
			t.Errorf("event %d is at %v, after one at %v", i, e.At, p.events[i].At)
		}
	}
}

// TestGrowingPipe: events come when their packets do, not when the pipe ends.
func TestGrowingPipe(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 3000))
	packets := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	b := ngFile(t, layers.LinkTypeEthernet, packets, tp.keys, 0)
	r, w := io.Pipe()
	var (
		sink = &watched{seen: make(chan capture.Kind, 100)}
		done = make(chan error)
	)
	go func() { done <- replay.New(replay.Config{Input: r}).Run(t.Context(), sink) }()
	half := len(b) * 2 / 3
	_, err := w.Write(b[:half])
	check(t, err)
	for kind := range sink.seen {
		if kind == capture.Data {
			break
		}
	}
	_, err = w.Write(b[half:])
	check(t, err)
	for kind := range sink.seen {
		if kind == capture.Closed {
			break
		}
	}
	check(t, w.Close())
	check(t, <-done)
}

// A watched sink sends the kinds of events as they come.
type watched struct{ seen chan capture.Kind }

func (w *watched) Record(e *capture.Event) { w.seen <- e.Kind }
