// Package relay stands between AnyTLS clients and their server. It terminates TLS
// on both legs, hands every byte to a [capture.Sink] and forwards it, inserts
// HeartRequests between frames when asked to, and keeps the answers to these.
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
// writer. One plaintext record in is one record out, since the sizes carry meaning
// (section paddingScheme of the protocol document). The gate makes three exceptions: an
// absorbed answer is missing, a header that may begin one is held back for the next
// record, and a request that has waited for long splits a record in two. Records that
// are ready at once leave in one system call all the same.
//
// What guards what:
//
//	Relay.mu          the sessions that have not ended, their links, the last number, the
//	                  periodic heartbeats
//	liveSession.mu    how the session ended
//	link.mu           the gate, the reused event and the first error; held while a record is
//	                  written on
//	link's atomics    what waits, what the gate last said, and whether anything can be
//	                  written: read without the lock
//	gate.Shared       see package gate
//	leg.Socket        see package leg
//
// The lock of gate.Shared is taken under Relay.mu and link.mu, that of a leg under
// link.mu, never the other way round. Data events are recorded under link.mu.
//
// Who ends the goroutines:
//
//	the periodic heartbeats  the context of Serve; Serve waits
//	a session                a handshake that fails, or its links; the context of Serve ends
//	                         either; Serve waits
//	a link                   the end of its source, or a write to its other leg that fails;
//	                         the session waits
//	one that injects         its write, which closing the leg ends; nobody waits for long
//	liveSession.stop         itself: it closes the legs after closePatience at the latest
package relay
