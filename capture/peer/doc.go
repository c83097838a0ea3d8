// Package peer is an AnyTLS client and server of our own, protocol version 2:
// the client that ping is, and the two ends that the demo puts a relay between.
//
// [Dial] opens a session, [Client.OpenStream] and [Client.OpenDatagrams] open
// streams in it, [Client.Heartbeat] measures a round-trip, and a [Pool] reuses
// sessions as the reference does. [Serve] is the other end.
//
// On the wire both ends look like the reference: the preamble is one record, the
// client's first writes are shaped by its padding scheme, later streams send
// their SYN in a write of its own, FIN ends both directions of a stream and is
// not answered, HeartRequests are answered with the stream id they came with.
// In two things they are more careful than it: answers to HeartRequests are not
// written by the goroutine that reads, so that a full connection can't make
// both ends wait for each other; and a stream buffers a little, so that one
// that is slow to start does not hold up its siblings at once.
//
// A client can be given a [capture.Sink]. It then records what it sends and
// reads as the relay would, so that a ping can be watched, written to a file
// and reported on like any other session.
package peer
