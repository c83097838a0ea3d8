package relay_test

import (
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A told is what a relay tells besides bytes, and the frames that it inserts, in order.
type told chan capture.Event

func newTold() told { return make(told, 1024) }

// sink copies what told is about.
func (c told) sink(next capture.Sink) capture.Sink {
	return sinkFunc(func(e *capture.Event) {
		next.Record(e)
		if e.Kind != capture.Data || e.Fate.Kind == session.Injected {
			c <- *e
		}
	})
}

// await returns the next event of a kind and direction. None of the others before it may be
// a frame that was inserted.
func (c told) await(t testing.TB, k capture.Kind, dir protocol.Direction) capture.Event {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case e := <-c:
			if e.Kind == k && e.Dir == dir {
				return e
			}
			if e.Kind == capture.Data {
				t.Errorf("inserted toward the %v while that must wait", e.Dir.Receiver())
			}
		case <-deadline:
			t.Fatalf("waited in vain for event %d of %v", k, dir)
		}
	}
}
