// Package tcpflow puts the payload of captured TCP packets into order: it takes the
// segments of one direction as they were captured (out of order, twice,
// overlapping, cut, some missing) and gives the bytes as they were sent, with the
// size of what is missing (RFC 9293, section 3.4: sequence numbers).
//
//  1. [Stream.Add] takes what a packet carried, [Stream.Ack] what the other direction
//     acknowledges.
//  2. A segment that comes in order is handed on as it is, without a copy. One that
//     comes early is copied and held, adjacent ones in one run.
//  3. [Stream.Next] returns what comes next: bytes, how many are missing, or the end.
//
// A hole is given up some packets or some time (see [Limits]) after the receiver
// has acknowledged it: only the capture lacks it. It is given up at once where
// holding more would exceed the limits, and by [Stream.Flush]. It is not given up
// before, since what the receiver lacks too will be sent again. In a capture that
// lacks the other direction, time alone decides. Bytes that the capture cut from a
// packet are given up at once: no packet is lacking. [Stream.Lose] says of others that
// they will not come. Acknowledged bytes that nothing was captured behind are given up
// likewise, unless it is one alone: that may be a FIN.
//
// A segment with a bad checksum is held until the receiver acknowledges it, and one
// without that fault takes its place, byte for byte.
//
// The package does no I/O, reads no clock, and starts no goroutine. Streams may be
// used side by side:
//
//	Stream     one goroutine at a time
//	Limits     shared by all streams, and not changed
//	Budget     shared by all streams; an atomic
//
// It is used in place of gopacket's reassembly: BenchmarkStream, and the tests that
// run the same random captures through both, say why.
package tcpflow
