package tlstap

import (
	"fmt"
	"testing"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
)

// BenchmarkObserver feeds an observer the application data of one direction, in
// pieces as they are read from a file or a socket. MB/s are of plaintext.
func BenchmarkObserver(b *testing.B) {
	for _, size := range []int{512, 16 << 10} {
		for _, piece := range []int{1448, 64 << 10} {
			b.Run(fmt.Sprintf("%d/pieces-of-%d", size, piece), func(b *testing.B) {
				benchmarkObserver(b, size, piece)
			})
		}
	}
}

func benchmarkObserver(b *testing.B, size, piece int) {
	const suite = tlsrec.AES128GCMSHA256
	params := suite.ForVersion(tlsrec.VersionTLS13)
	keys, err := tlsrec.TrafficKeys(suite, make([]byte, params.SecretLen()))
	if err != nil {
		b.Fatal(err)
	}
	sealer := tlsrec.NewSealer(keys)
	records := max(1, (1<<20)/size)
	plaintext := make([]byte, size)
	var stream []byte
	for range records {
		if stream, err = sealer.Seal(stream, tlsrec.ApplicationData, plaintext); err != nil {
			b.Fatal(err)
		}
	}
	heard := 0
	o := NewObserver(func(keylog.Random) (keylog.Secrets, bool) { return keylog.Secrets{}, false }, func(f *Finding) {
		if f.Kind != Data {
			b.Fatalf("heard %s", render(f))
		}
		heard++
	})
	o.established, o.identified, o.info.Version, o.params = true, true, tlsrec.VersionTLS13, params
	side := o.client()
	side.begun, side.said, side.sealed, side.epoch = true, true, true, application
	side.opener = tlsrec.NewOpener(keys)

	fed := make([]byte, len(stream))
	b.SetBytes(int64(size * records))
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		copy(fed, stream)
		side.opener.SetSeq(0)
		b.StartTimer()
		for rest := fed; len(rest) > 0; {
			n := min(piece, len(rest))
			o.Feed(toServer, rest[:n])
			rest = rest[n:]
		}
	}
	b.StopTimer()
	if heard != b.N*records {
		b.Fatalf("heard %d records, fed %d", heard, b.N*records)
	}
}

// TestObserverAllocatesNothing: an observer that is fed a record does not allocate.
func TestObserverAllocatesNothing(t *testing.T) {
	f := newForge(t, tlsrec.AES128GCMSHA256).established()
	heard := 0
	o := NewObserver(f.lookup, func(finding *Finding) { heard += len(finding.Data) })
	feed(o, f.Chunks)
	buf := make([]byte, tlsrec.MaxRecord)
	if n := testing.AllocsPerRun(100, func() {
		record, err := f.sealers[toServer].Seal(buf[:0], tlsrec.ApplicationData, buf[f.sealers[toServer].Headroom():][:5000])
		if err != nil {
			t.Fatal(err)
		}
		o.Feed(toServer, record[:100])
		o.Feed(toServer, record[100:])
	}); n != 0 {
		t.Errorf("an observer makes %v allocations a record", n)
	}
	if heard != 101*5000 {
		t.Errorf("heard %d bytes", heard)
	}
}
