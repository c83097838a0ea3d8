package relay_test

import (
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
func (c told) await(r *rig, k capture.Kind, dir protocol.Direction) capture.Event {
	r.t.Helper()
	late := r.late()
	for {
		select {
		case e := <-c:
			if e.Kind == k && e.Dir == dir {
				return e
			}
			if e.Kind == capture.Data {
				r.t.Errorf("inserted toward the %v while that must wait", e.Dir.Receiver())
			}
		case <-late:
			r.t.Fatalf("waited in vain for event %d of %v", k, dir)
		}
	}
}
