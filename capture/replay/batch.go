package replay

import (
	"sync"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/pcapfile"
	"anytls-inspect/capture/internal/tcpflow"
)

// A batch is the packets of one read, on their way through the stages of a
// pipeline. Batches are used again.
type batch struct {
	chunk  pcapfile.Chunk
	slots  []packet       // what its packets decode to: one for each of the chunk's
	err    error          // what reading ended with; nil in all but the last batch
	parts  []*part        // by worker; allocated apart, since workers write side by side
	at     int64          // time of the last TCP packet; 0 where there is none
	ending string         // why sessions that are still open end with the last batch
	last   bool           // no more batches come
	done   sync.WaitGroup // counts the workers that are not done with it
}

// A part is one worker's share of a batch: what it has to do, and what came of it.
type part struct {
	packets []*packet // slots of the batch, and ends
	outlet  outlet
}

func newBatch(workers int) *batch {
	b := &batch{parts: make([]*part, workers)}
	for i := range b.parts {
		b.parts[i] = new(part)
	}
	return b
}

// A packet is something for a worker to do: a TCP packet of a connection, or, where
// end is set, the end of a connection of which no more packets are looked at.
type packet struct {
	conn    *connection
	id      capture.SessionID // of the session that the connection becomes with it; else 0
	place   place             // its number in the batch
	sender  end
	isACK   bool
	isRST   bool
	carried bool   // the connection has carried something by then
	end     string // the reason for which the session ends; else empty
	ack     uint32
	window  uint16 // as the packet has it, not scaled
	scale   int8   // of a SYN: by how much the sender's windows are scaled; or unknownScale
	at      int64  // nanoseconds since 1970
	segment tcpflow.Segment
	comment []byte
}

// emit gives the events of all parts to the sink, in the order of their places, and
// empties the outlets. The workers are done with the batch.
func (b *batch) emit(sink capture.Sink, memory *slabs) {
	var next [maxWorkers]int
	for {
		var first *outlet
		of := 0
		for i, p := range b.parts {
			o := &p.outlet
			if n := next[i]; n < len(o.events) && (first == nil || o.places[n] < first.places[next[of]]) {
				first, of = o, i
			}
		}
		if first == nil {
			break
		}
		sink.Record(&first.events[next[of]])
		next[of]++
	}
	for _, p := range b.parts {
		p.outlet.reset(memory)
	}
}
