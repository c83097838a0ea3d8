// Package relay stands between AnyTLS clients and their server. It terminates TLS
// on both legs, forwards every byte, hands what it forwards to a [capture.Sink],
// and inserts HeartRequests between frames when asked to.
//
// What happens to a session:
//
//  1. [Relay.Serve] accepts the client and numbers the session.
//  2. The handshake with the client begins. When its ClientHello is known, the
//     relay dials the server, with the client's SNI and ALPN, and then answers the
//     client with what the server chose (handshake.go).
//  3. Two links carry the session, one a direction, each one goroutine: it reads
//     the plaintext of one TLS record, lets its gate decide about each frame,
//     records the event, and writes the record on (link.go; package gate). Before
//     a read that may block, all that waits to be written goes out.
//  4. A HeartRequest is queued, and written by whoever holds the link when it
//     stands between frames (inject.go).
//  5. When a direction ends, the link passes the end on as what it is: close_notify,
//     the end of the TCP stream, or a reset (ending.go). When both links have
//     ended, the session is over.
//
// There is no hand-over of records to another goroutine: it would cost more than
// the encryption of a small record, and a slow reader would no longer slow its
// writer. One plaintext record in is one record out: the sizes carry meaning
// (section padding scheme of the protocol document). Records that are ready at once
// leave in one system call all the same.
//
// What guards what:
//
//	Relay.mu          the sessions that have not ended, their links, the periodic heartbeats
//	liveSession.mu    how the session ended
//	link.mu           the gate, the reused event and the first error; held while a record is written on
//	link's atomics    the queue of requests and what the gate last said: read without the lock
//	gate.Shared       see package gate
//	leg.Socket        see package leg
//
// Who ends the goroutines: the context of Serve ends the periodic heartbeats, the
// listener and, by closing its legs, each session. A link ends when its source
// does, or when a write to its other leg fails. A goroutine that injects ends when
// its write does, or when the leg is closed.
package relay
