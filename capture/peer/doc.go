// Package peer is a client's and a server's end of AnyTLS sessions, protocol version 2.
// The ping is a client of this package, and the demo puts a relay between a client and
// a server of it.
//
// [Dial] opens a session. [Client.OpenStream] and [Client.OpenDatagrams] open streams
// in it. [Client.Heartbeat] measures a round-trip, [Client.Ping] a series of them. A
// [Pool] reuses sessions. [Serve] runs a server.
//
// # Flow
//
//  1. [Dial] connects, makes the TLS handshake and writes the preamble. It holds the
//     Settings back, and starts the session's two goroutines: the reader and the
//     control writer.
//  2. Whoever wants to write takes the turn of the session's frameWriter. One write of
//     frames is one write to TLS, unless the shaper cuts and fills it as the padding
//     scheme says. The trace records the plaintext before it is written.
//  3. [Client.OpenStream] writes a SYN and a PSH with the target. The session's first
//     write begins with the Settings.
//  4. The reader decodes what comes. It copies the data of a PSH into the stream's inbox,
//     and waits where the inbox is full. It drops Waste. It collects the data of every
//     other frame, and dispatches the whole frame: heartbeats and FIN are handled alike
//     at both ends, the rest by the session's role.
//  5. HeartRequests, HeartResponses and FINs go to the queue of the control writer. The
//     reader must not wait for the peer to read, nor must whoever closes a stream.
//  6. [Serve] accepts connections, each in a goroutine. It reads the preamble, and hands
//     the connection to the fallback where the password is wrong. Else the connection
//     is a serverSession. It goes through steps 4 and 5, and starts a goroutine for each
//     SYN, which connects to the target and copies both ways.
//  7. The first error of any of them ends the session (endpoint.fail): its streams end
//     with the reason, and the connection is closed.
//
// # Guards
//
//	guard              guards
//	frameWriter.turn   the writing half of the connection, with buf, held and the shaper;
//	                   Client.lastStream, so that stream ids go out in their order
//	endpoint.mu        the open streams, and why the session ended
//	controls.mu        the queue of the control writer
//	beats.mu           our HeartRequests that are not answered
//	inbox.mu           what a stream has not read yet, and why no more will come
//	deadline.mu        a deadline of reads or of writes
//	Client.mu          what is known of the server: scheme, version, times of steps
//	trace.mu           the order of a session's events
//	Pool.mu            the idle sessions and the newest scheme
//	the reader         decoder, frame and readAt of the endpoint; version and lastStream of
//	                   a serverSession (version is set before any stream starts)
//
// No mutex is held while another is taken, except for trace.mu, under which the sink
// is called, and Pool.mu, under which a client is asked what it knows. The turn is held
// while the connection is written to; only Dial, which nobody else knows of yet, writes
// the preamble without it.
//
// # Goroutines
//
//	goroutine                   who ends it
//	the reader                  endpoint.fail, which closes the connection
//	the control writer          endpoint.fail, which closes done
//	a connection of a server    its session's end, or Serve's context; Serve waits
//	a stream of a server        its FIN, its target or its session; the connection waits
//	the stream's second copier  the first, which closes the target's socket and waits
//	a HeartRequest of Ping      its answer, its timeout or Ping's end; Ping waits
//
// [Client.Close] waits for the reader and the control writer of a client, so the caller
// closes every client, even one whose session has ended.
//
// # Protocol
//
// The AnyTLS protocol document describes both ends (sections Authentication, Session,
// Session reuse and Proxy). Where it leaves room, they do as the reference, anytls-go:
// the preamble is one record, a stream after the first sends its SYN in a write of its
// own, FIN ends both directions of a stream and is not answered, and a HeartRequest is
// answered with its stream id.
//
// Two things differ from the reference. HeartResponses are not written by the reader, so
// that two ends with full connections don't wait for each other. And a stream buffers a
// little, so that a stream that starts to read late does not hold up the others at once.
package peer
