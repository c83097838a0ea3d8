// Package keylog reads TLS secrets in the NSS key log format (SSLKEYLOGFILE,
// RFC 9850): one line a secret, of a label, the client random of the session,
// and the secret, both in hex.
//
// A [Parser] takes the text in pieces of any size, so that it reads a file, a
// file that still grows, a pcapng Decryption Secrets Block, or (it is an
// io.Writer) what crypto/tls writes to a Config's KeyLogWriter. A [Store] keeps
// what was read; it is safe for concurrent use. The package does no I/O.
//
// Nothing here prints a secret: [Secret] and [Secrets] format as what they
// are, not what they hold, and a [LineError] quotes nothing of its line.
//
// Memory: a store holds at most its cap of sessions, of about 400 bytes each,
// and forgets the oldest for the newest; a parser holds one cut line of at most
// [MaxLine] bytes.
package keylog
