// Package leg is one leg of a relayed session: a TLS connection that records go into and
// come out of, the TCP connection below it, and the recorder that is told what goes over
// that. It knows no frame.
//
// [Leg] is the contract, and package legtest the suite that holds each kind to it. There is
// one kind, [Std], whose TLS is crypto/tls. [Socket] is what all kinds stand on; the
// handshake is done on it too, before there is a leg.
//
// How records go through a leg:
//
//  1. Next asks the socket to wait, where nothing is left of what was read. The socket
//     gives its buffers back, calls what BeforeWait set, so that all that waits to be
//     written elsewhere goes out, and then reads from TCP in one large piece
//     (intake.go). The wait itself holds no buffer: one is taken for each attempt.
//  2. What was read is told to the recorder at once, unless it may hold an answer
//     that the relay is owed: then when the next read begins, since the link knows
//     by then what became of it.
//  3. crypto/tls takes it from the socket, which follows the records by their headers
//     (cutter.go): one at a time during the handshake, whole ones behind it. Where a
//     record is cut, crypto/tls keeps its beginning, and Next waits again.
//  4. Next returns the plaintext, in a buffer with room around it.
//  5. crypto/tls seals what Write gets. The socket is corked meanwhile, and what it is
//     given gathers in a batch; Flush, or a full batch, sends it with one system call.
//  6. What is sent is told to the recorder before the operating system gets it, so
//     that nothing that answers it is told first.
//
// A leg that waits holds less than 1 KiB of ours; the law is 4 KiB. crypto/tls keeps its
// own buffer for as long as the connection lives: 18 KiB once a record of 16 KiB went
// through it, which is 16.3 KiB more than behind the handshake (TestIdleMemory). A busy
// leg has 64 KiB for what was read, 16 KiB for a record and 82 KiB for a batch, all lent
// by [Buffers], which keeps eight of each for good, 1.3 MiB in all. On systems other than
// Unix, where the runtime can't wait without one, a leg that waits has the first of them.
//
// One goroutine at a time reads: the session's during the handshake, then that of the link
// that reads from the leg. Any goroutine may write: that of the other link, those that
// inject, and crypto/tls for itself. What guards a socket:
//
//	the reader   the intake, begin, end, cut, failed, record, and what the recorder holds
//	             back; and Std.end
//	mu           batch, err, and the notes on what is sent next
//	remarks.mu   the remarks that have no place among that yet; it may be taken under mu
//	watch.mu     the watch's goroutine; who reads waits for it to leave, at once
//	Buffers.mu   the warm buffers
//	atomics      corks, released, given, writing, the limit, who waits for the peer
//	             (watch.by), and the recorder's ended
//
// While somebody reads nothing is watched. Watch starts a goroutine, which looks for the end
// of the peer's stream while nobody reads (watch.go): it ends with the next read, with a
// reset, or with the leg. Closing or aborting the leg ends its reads and writes, from any
// goroutine; LimitReads, which is for the end of a session, ends its reads (limits.go).
package leg
