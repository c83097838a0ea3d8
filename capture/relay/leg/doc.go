// Package leg is one leg of a relayed session below TLS: its TCP connection, and
// the recorder that is told what goes over it. It knows no frame.
//
// How bytes go through a [Socket]:
//
//  1. crypto/tls reads. The socket gives it what it has; where it has nothing, it
//     calls beforeBlock, so that all that waits to be written elsewhere goes out,
//     and then reads from TCP in one large piece.
//  2. What was read is told to the recorder at once, unless it may hold an answer
//     that the relay is owed: then when the next read begins, since the link knows
//     by then what became of it.
//  3. crypto/tls writes. While the socket is corked, what it writes gathers in a
//     batch; Flush, or a full batch, sends it with one system call.
//  4. What is sent is told to the recorder before the operating system gets it, so
//     that nothing that answers it is told first.
//
// One goroutine at a time calls Read and Drain: the session's during the handshake,
// then that of the link that reads from the leg. Any goroutine may write: that of the
// other link, those that inject, and crypto/tls for itself. What guards a socket:
//
//	the reader   read, begin, end, ended, and what the recorder holds back
//	mu           corked, batch, err, and the notes on what is sent next
//
// The package starts no goroutine. Closing or resetting the socket ends its reads
// and writes, from any goroutine; so do LimitReads and LimitWrites, which are
// for the end of a session (limits.go).
package leg
