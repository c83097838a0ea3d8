// Package keylog reads TLS secrets in the SSLKEYLOGFILE format (RFC 9850), which
// came from NSS: a line has the label of a secret, the client random of its
// session, and the secret, the latter two in hex.
//
//  1. A [Parser] is given the text in chunks of any size. So it reads a file, a file
//     that still grows, a Decryption Secrets Block of a pcapng file, or, as it is an
//     io.Writer, what crypto/tls writes to a Config's KeyLogWriter.
//  2. It adds each secret to a [Store], under its session's client random.
//  3. [Store.Lookup] returns the [Secrets] of a session that are known so far.
//
// The package does no I/O, and starts no goroutine. What is shared is guarded:
//
//	Parser      one goroutine at a time; many parsers may fill one store
//	Store.mu    all that a store holds; Lookup returns a copy
//
// Nothing here shows a secret: [Secrets] are formatted as what they are, not as
// what they hold, and a [LineError] quotes nothing of its line.
//
// A store holds a bounded number of sessions, of about 400 bytes each, and forgets
// the oldest for the newest. A parser holds at most one cut line, of [MaxLine]
// bytes.
package keylog
