package replay_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"io"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/replay"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A download is a pcap file of a session whose server sends many PSH frames of 16
// KiB. It is made while it is read.
type download struct {
	t      testing.TB
	left   int // frames
	sealer *tlsrec.Sealer
	record []byte
	frame  []byte
	packet []byte // a full packet of the server, and its record's header
	data   int    // where the payload begins in packet
	tcp    *tcp
	out    bytes.Buffer
}

// newDownload returns a download of so many frames, with the session's key log.
func newDownload(t testing.TB, frames int) (*download, []byte) {
	t.Helper()
	tp := tapeOf(t, versions(0x0304), func(say func(protocol.Direction, []byte)) {
		say(up, hello(t))
		say(down, answer(t))
	})
	tp.writes = tp.writes[:len(tp.writes)-2] // without close_notify
	store := keylog.NewStore(0)
	parser := keylog.NewParser(store, nil)
	_, err := parser.Write(tp.keys)
	check(t, err)
	random, err := hex.DecodeString(strings.Fields(string(tp.keys))[1])
	check(t, err)
	secrets, _ := store.Lookup(keylog.Random(random))
	keys, err := tlsrec.TrafficKeys(tlsrec.AES128GCMSHA256, secrets.Get(keylog.ServerTraffic))
	check(t, err)

	d := &download{
		t: t, left: frames, sealer: tlsrec.NewSealer(keys), tcp: connect(1460, 1),
		frame: frame(t, protocol.PSH, 1, payload(1, 16<<10-protocol.HeaderLen)),
	}
	d.sealer.SetSeq(1) // behind answer
	d.tcp.play(tp)
	d.out.Write(pcapFile(t, layers.LinkTypeEthernet, packetsOf(t, ethernet(), routeOf(50000), d.tcp.segments)))
	full := encode(t, ethernet(), routeOf(50000), segment{dir: down, flags: "A", ack: d.tcp.next[up], data: make([]byte, 1460)})
	d.packet = append(make([]byte, 16), full...)
	d.data = len(d.packet) - 1460
	return d, tp.keys
}

// Read implements [io.Reader].
func (d *download) Read(b []byte) (int, error) {
	for d.out.Len() == 0 {
		if d.left == 0 {
			return 0, io.EOF
		}
		d.left--
		d.next()
	}
	return d.out.Read(b)
}

// next makes the packets of one frame.
func (d *download) next() {
	var err error
	d.record, err = d.sealer.Seal(d.record[:0], tlsrec.ApplicationData, d.frame)
	check(d.t, err)
	le := binary.LittleEndian
	for b := d.record; len(b) > 0; {
		n := copy(d.packet[d.data:], b)
		b = b[n:]
		p := d.packet[:d.data+n]
		at := d.tcp.at.Add(time.Duration(d.tcp.next[down]))
		le.PutUint32(p, uint32(at.Unix()))
		le.PutUint32(p[4:], uint32(at.Nanosecond()))
		le.PutUint32(p[8:], uint32(len(p)-16))
		le.PutUint32(p[12:], uint32(len(p)-16))
		ip := p[16+14:]
		binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)))
		binary.BigEndian.PutUint32(ip[20+4:], d.tcp.next[down])
		d.tcp.next[down] += uint32(n)
		d.out.Write(p)
	}
}

// TestMemory: a large capture needs no more memory than a small one.
func TestMemory(t *testing.T) {
	const (
		frames = 6000 // of 16 KiB: 100 MB
		every  = 100  // reads
	)
	input, keys := newDownload(t, frames)
	before := live()
	var peaks [2]uint64 // of the first half, and of the second
	var reads int
	j := journal.New(journal.Limits{Entries: 1000, Bytes: 1 << 20}, session.Config{})
	err := replay.New(replay.Config{
		Input: input, KeyLogs: []io.Reader{bytes.NewReader(keys)},
		Progress: func(int64, int64) {
			// The stages behind this one wait for it, once they have used up the batches
			// that there are. So what lives now is what the replay holds.
			if reads++; reads%every == 0 {
				half := min(2*reads/frames, 1)
				peaks[half] = max(peaks[half], live())
			}
		},
	}).Run(t.Context(), j)
	check(t, err)
	if got := j.Totals().Frames; got != frames+5 {
		t.Errorf("%d frames, want %d", got, frames+5)
	}
	if reads < frames || peaks[0] > before+32<<20 {
		t.Errorf("%d reads; what lives on the heap grew from %d to %d bytes, more than by 32 MiB", reads, before, peaks[0])
	}
	if peaks[1] > peaks[0]+4<<20 {
		t.Errorf("what lives on the heap grows with the capture: %d bytes in its first half, %d in its second", peaks[0], peaks[1])
	}
}

// live returns how many bytes of the heap are in use, after a collection: when that was, and
// what else was garbage, does not count.
func live() uint64 {
	runtime.GC()
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
