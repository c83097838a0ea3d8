// Package relay stands between AnyTLS clients and their server. It terminates TLS
// on both legs, hands every byte to a [capture.Sink] and forwards it, inserts frames
// between those of the peers when asked to, and keeps the answers to its
// HeartRequests.
//
// What happens to a session:
//
//  1. [Relay.Serve] accepts the client. When its first bytes have come, the registry
//     numbers the session; a connection that ends without one is a probe, and no session
//     (probe.go). A Relay is one route; several share a [capture.Registry] and a sink.
//  2. The handshake with the client begins. When its ClientHello is known, the
//     relay dials the server, with the client's SNI and ALPN, and then answers the
//     client with what the server chose (handshake.go, serverleg.go). Whether the server
//     can be reached at all is tried once before there are clients (preflight.go).
//  3. Two links carry the session, one a direction, each one goroutine: it takes a
//     record from one leg (package leg), lets its gate decide about each frame (package
//     gate), records the event, and writes the record to the other leg (link.go). Before
//     a leg may have to wait, all that waits to be written goes out.
//  4. What is to be inserted goes into the outbox of its link (outbox.go). Where the
//     link stands between frames and nobody writes, a goroutine writes it at once.
//     Else whoever has the turn to write does, as soon as the link stands between
//     frames, before it gives the turn back (inject.go).
//     Besides that it may have to wait for the answer to have a way back, or for answers to
//     those before it (hold.go): a peer that can't write must not be asked.
//  5. Where there are rules, and one is on, records take another way through the gate
//     (under.go): it gathers the frames that a rule touches, and the link carries out their
//     programs step by step (passage.go). What has to wait lies in the outbox, in the order of
//     its stream with all else there, and goes on with its program when its time is up, when
//     it is released, or when the sender ends its stream. A stall, and too much that waits,
//     make the link read nothing (pause.go). What a rule wants done in the other direction is
//     an errand, done once the turn is given back (insertrule.go); a cut ends connections, and
//     the link toward a peer whose connection is cut drops all that it carries (ending.go). Each
//     application is told (tell.go).
//  6. When a direction ends, the link passes the end on as what it is: close_notify,
//     the end of the TCP stream, or a reset (ending.go). When both links have
//     ended, the session is over. A peer whose stream has ended is gone: nothing is
//     injected toward it, and its socket is freed, also where the other one keeps the
//     session.
//  7. While a link is stuck in a write, or pauses, nobody reads from its source, so the relay
//     looks for stuck links, and watches their sources below the bytes that wait there: a reset
//     is passed on at once, and two peers that have both ended end the session
//     (lookafter.go). It also looks at what TCP has not got acknowledged: bytes that do not
//     move for a second are told, and what was asked of the peers behind them waits; where
//     TCP itself has no answer for a minute, the session ends (lookafter.go, path.go). And it
//     tells of the relay's own HeartRequests that wait (heartbeatwaits.go).
//
// There is no hand-over of records to another goroutine: it would cost more than
// the encryption of a small record, and a slow reader would no longer slow its
// writer. One plaintext record in is one record out, since the sizes carry meaning
// (section paddingScheme of the protocol document). The gate makes three exceptions: an
// absorbed answer is missing, a header that may begin one is held back for the next
// record, and a frame that has waited for long splits a record in two. Rules make more: what
// they touch is written as records of its own, and any cut header waits for the next record.
// Events say so from then on. Records that
// are ready at once leave in one system call all the same.
//
// What guards what:
//
//	Relay.mu          the sessions that have not ended, and their links
//	Relay.lookAfter   the paths of the sessions: no other goroutine uses them
//	Relay.cfg         Registry guards itself; the rest is never written to
//	Relay's others    tickets is atomic; buffers and rooms guard themselves
//	liveSession.mu    how the session ended, and what is known of each peer's end
//	  its greeting    the goroutine of the handshake, until the links start
//	link.mu           the gate, the outbox, the reused event, the first error, who has
//	                  the turn to write, what was told of heartbeats that wait, and all of
//	                  rules: how long nothing is read, and who has cut the receiver. Nobody
//	                  holds it while writing, so Inject and Waiting need not wait for a peer
//	                  that does not read
//	link's atomics    writes and blocked, which the other link of the session looks at, and
//	                  waits, by which that one knows whether this one waits for it
//	  deeds, errands  who has the turn adds to them under link.mu, and does them without it
//	rule.Judge        the link's own goroutine, under link.mu
//	link's turn       all writing to the destination, but for the close_notify of
//	                  liveSession.stop
//	gate.Shared       see package gate
//	leg.Leg           see package leg
//
// Who wants the turn takes link.mu first, and waits there until the turn is free. Only
// the link's own goroutine ever waits, for the turn or in a pause: others leave what they have
// in the outbox. The lock of gate.Shared is taken under link.mu, never the other way round; Relay.mu,
// link.mu, the registry's and those of the legs are never held together, nor those of two
// links. The events of a direction are recorded under link.mu, and none once conclude has
// said that the end of the session is about to be told; but for Gone, which the link's own
// goroutine records, between its last bytes and the end.
//
// Who ends the goroutines:
//
//	the periodic heartbeats  the context of Serve; Serve waits
//	lookAfter                the context of Serve; Serve waits
//	a session                a client without a byte, a handshake that fails, or its links;
//	                         the context of Serve ends each; Serve waits
//	a link                   the end of its source, or a write to its other leg that fails;
//	                         the session waits
//	a watch of a leg         the next read of the leg, a reset, or the end of the leg
//	an alarm of the end      itself, at once: half a second after a reset; 4 s after both
//	                         peers have ended, and then each second until the session is over,
//	                         which stops that one
//	one that inserts         its write, which closing the leg ends
//	a preflight              whoever calls Preflight: its context, or the server; at the
//	                         latest HandshakeTimeout and drainPatience
//	one that ends a leg      what goes before the end is written, or closePatience later the leg
//	                         is closed
//	an alarm of a cut        itself, at once: lastPatience after a rule has cut both connections;
//	                         the end of the session stops it
//	an alarm of a pause      itself, at once; the link stops it when it wakes
//	an alarm of the outbox   itself, at once; it is stopped when its frame leaves the outbox
//	liveSession.stop         itself: it closes the legs after closePatience at the latest
package relay
