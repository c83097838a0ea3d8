package replay

import (
	"sync"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/pcapfile"
	"anytls-inspect/capture/internal/tcpflow"
)

// A batch is the packets of one read, on their way through the stages. Batches
// are used again.
type batch struct {
	chunk   pcapfile.Chunk
	err     error    // what reading ended with, in the last batch
	packets []packet // what the workers are to do, in order
	ending  string   // in the last batch: why sessions that are still open end
	last    bool

	outlets []outlet // by worker: what came of it
	done    sync.WaitGroup
}

// A packet is something for a worker to do: a TCP packet of a session, or the
// end of one of which no more packets are looked at.
type packet struct {
	conn    *connection
	worker  int32
	sender  uint8 // 0 or 1: which end of the session's sent it
	ACK     bool
	RST     bool
	end     string // not empty: the session ends, for this reason
	ack     uint32
	at      int64 // nanoseconds since 1970
	segment tcpflow.Segment
	comment []byte
}

// An outlet is the events that a worker makes of a batch, with their places, and
// the memory of their data.
type outlet struct {
	events []capture.Event
	places []place
	arena  []byte
}

// maxArena is how much memory an outlet keeps for the next batch.
const maxArena = 4 << 20

func (o *outlet) reset() {
	clear(o.events)
	o.events, o.places, o.arena = o.events[:0], o.places[:0], o.arena[:0]
	if cap(o.arena) > maxArena {
		o.arena = nil
	}
}

// add keeps a copy of an event.
func (o *outlet) add(at place, e *capture.Event) {
	kept := *e
	start := len(o.arena)
	// Where the arena moves, what was cut from the old one stays good.
	o.arena = append(o.arena, e.Data...)
	kept.Data = o.arena[start:len(o.arena):len(o.arena)]
	o.events = append(o.events, kept)
	o.places = append(o.places, at)
}

// record gives the events of all outlets to the sink, by their places.
func (b *batch) record(sink capture.Sink) {
	var next [maxWorkers]int
	for {
		first := -1
		for i := range b.outlets {
			if next[i] == len(b.outlets[i].events) {
				continue
			}
			if first < 0 || b.outlets[i].places[next[i]] < b.outlets[first].places[next[first]] {
				first = i
			}
		}
		if first < 0 {
			return
		}
		sink.Record(&b.outlets[first].events[next[first]])
		next[first]++
	}
}
