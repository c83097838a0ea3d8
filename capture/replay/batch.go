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
	isACK   bool
	isRST   bool
	end     string // not empty: the session ends, for this reason
	ack     uint32
	at      int64 // nanoseconds since 1970
	segment tcpflow.Segment
	comment []byte
}

// extend adds a packet, with what an earlier one has left in its place: clearing it
// would cost as much as filling it.
func (b *batch) extend() *packet {
	if n := len(b.packets); n < cap(b.packets) {
		b.packets = b.packets[:n+1]
	} else {
		b.packets = append(b.packets, packet{})
	}
	return &b.packets[len(b.packets)-1]
}

// record gives the events of all outlets to the sink, by their places, and empties
// them.
func (b *batch) record(sink capture.Sink, memory *slabs) {
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
			break
		}
		sink.Record(&b.outlets[first].events[next[first]])
		next[first]++
	}
	for i := range b.outlets {
		b.outlets[i].reset(memory)
	}
}
