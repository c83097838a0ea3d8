package replay_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/pcapfile"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/replay"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// BenchmarkReplay replays 64 MiB of payload, in one flow and in 200. Beside it the
// same file is only read, and read while as much is opened with AES-GCM. Run it
// with -cpu 1,2: on one core the replay should be 0.7 times as fast as reading and
// opening.
func BenchmarkReplay(b *testing.B) {
	const total = 64 << 20
	for _, flows := range []int{1, 200} {
		for _, size := range []int{16<<10 - protocol.HeaderLen, 1024} {
			b.Run(fmt.Sprintf("%dflows/%dB", flows, size), func(b *testing.B) {
				benchmarkReplay(b, flows, total/flows/size, size)
			})
		}
	}
}

func benchmarkReplay(b *testing.B, flows, rounds, size int) {
	var (
		packets []packet
		keys    []byte
	)
	for i := range flows {
		tp := tapeOf(b, nil, func(say func(protocol.Direction, []byte)) {
			say(up, hello(b))
			say(down, answer(b))
			psh := frame(b, protocol.PSH, 1, payload(i, size))
			for range rounds {
				say(down, psh)
			}
		})
		keys = append(keys, tp.keys...)
		packets = append(packets, packetsOf(b, ethernet(), routeOf(uint16(20000+i)), segmentsOf(tp, 1460, 1))...)
	}
	slices.SortStableFunc(packets, func(a, b packet) int { return a.at.Compare(b.at) })
	file := pcapFile(b, layers.LinkTypeEthernet, packets)

	run := func(name string, f func(b *testing.B)) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				f(b)
			}
		})
	}
	run("read", func(b *testing.B) { readAll(b, file) })
	run("read+open", func(b *testing.B) {
		readAll(b, file)
		openAll(b, flows*rounds, size+protocol.HeaderLen)
	})
	replayInto := func(b *testing.B, sink capture.Sink) {
		err := replay.New(replay.Config{
			Input: bytes.NewReader(file), KeyLogs: []io.Reader{bytes.NewReader(keys)},
		}).Run(b.Context(), sink)
		if err != nil {
			b.Fatal(err)
		}
	}
	run("replay", func(b *testing.B) {
		var n counter
		replayInto(b, &n)
		if want := flows * rounds * (size + protocol.HeaderLen); int(n) < want {
			b.Fatalf("%d bytes of plaintext, want at least %d", n, want)
		}
	})
	run("replay+journal", func(b *testing.B) {
		j := journal.New(journal.Limits{}, session.Config{})
		replayInto(b, j)
		if got := j.Totals().Frames; got < uint64(flows*rounds) {
			b.Fatalf("%d frames", got)
		}
	})
}

// A counter is a sink that counts plaintext.
type counter int

func (c *counter) Record(e *capture.Event) {
	if e.Kind == capture.Data {
		*c += counter(len(e.Data))
	}
}

// readAll reads a capture file, and does nothing with its packets.
func readAll(b *testing.B, file []byte) {
	r, err := pcapfile.NewReader(bytes.NewReader(file))
	if err != nil {
		b.Fatal(err)
	}
	var c pcapfile.Chunk
	for err == nil {
		err = r.Next(&c)
	}
	if !errors.Is(err, io.EOF) {
		b.Fatal(err)
	}
}

// openAll opens so many records of a size with AES-128-GCM.
func openAll(b *testing.B, records, size int) {
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		b.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		b.Fatal(err)
	}
	nonce, header := make([]byte, 12), make([]byte, 5)
	const distinct = 64 // so that they are not all in the nearest cache
	var sealed [distinct][]byte
	for i := range sealed {
		sealed[i] = aead.Seal(nil, nonce, make([]byte, size+1), header)
	}
	opened := make([]byte, 0, size+1)
	for i := range records {
		if opened, err = aead.Open(opened[:0], nonce, sealed[i%distinct], header); err != nil {
			b.Fatal(err)
		}
	}
}
