package pcapng

import (
	"fmt"
	"io"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) Close() error                { return nil }

// nothing is a storage of such files.
type nothing struct{}

func (nothing) create(string) (io.WriteCloser, error) { return nowhere{}, nil }
func (nothing) remove(string, io.WriteCloser) error   { return nil }

func toNowhere(t testing.TB) *Recorder {
	t.Helper()
	r, err := create("rec", Options{}, nothing{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// BenchmarkBytes measures what recording costs a source, with a disk that costs nothing.
func BenchmarkBytes(b *testing.B) {
	for _, size := range []int{64, 1 << 10, 16 << 10, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			r := toNowhere(b)
			rec := open(r, 1, protocol.Client)
			payload := make([]byte, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				rec.Bytes(noon(), capture.Sent, payload, "")
			}
			if err := r.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// TestNoAllocation: once the spool has grown, taking bytes allocates nothing.
func TestNoAllocation(t *testing.T) {
	r := toNowhere(t)
	rec := open(r, 1, protocol.Client)
	payload := make([]byte, 16<<10)
	run := func() {
		for range 1000 {
			rec.Bytes(noon(), capture.Sent, payload, "injected HeartRequest")
		}
	}
	run()
	if n := testing.AllocsPerRun(10, run); n > 20 {
		t.Errorf("%v allocations for 1000 calls", n)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}
