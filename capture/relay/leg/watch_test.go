package leg

import (
	"runtime"
	"sync"
	"testing"
)

// TestWatchKeepsNoReadOut: a watch may be asked for just as a read begins. What comes is
// read all the same.
func TestWatchKeepsNoReadOut(t *testing.T) {
	s, peer := connect(t)
	reading := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			select {
			case <-reading:
				return
			default:
				s.Watch(func(bool) {})
				runtime.Gosched()
			}
		}
	})
	one := make([]byte, 1)
	for range 20_000 {
		if _, err := peer.Write(one); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Read(one); n != 1 || err != nil {
			t.Fatalf("read %d bytes, %v", n, err)
		}
	}
	close(reading)
	watching.Wait()
}
