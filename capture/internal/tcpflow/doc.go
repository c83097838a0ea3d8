// Package tcpflow puts what packets carried of a TCP direction into order: it
// takes segments as they were captured (out of order, twice, overlapping, cut,
// some missing) and gives the bytes as they were sent, with the size of what is
// missing where that can't be had. It does no I/O and reads no clock.
//
// A segment that comes in order is handed on as it is, without a copy. What comes
// early is copied and held, adjacent segments in one piece, until the hole before
// it is filled or given up. A hole is given up when the receiver has acknowledged
// it, and so the capture lacks it, or when holding more would exceed the limits;
// not before: what the receiver lacks too will be sent again.
//
// It stands in for gopacket's reassembly package: for why, see BenchmarkStream,
// and the tests that run the same random captures through both.
package tcpflow
