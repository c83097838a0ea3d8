// Package relay stands between AnyTLS clients and their server. It terminates
// TLS on both legs, forwards every byte, records what it forwards into a
// [capture.Sink], and inserts HeartRequests between frames when asked to.
//
// A session is two links, one a direction, each one goroutine that reads a
// record, records it and writes it on. There is no hand-over to another
// goroutine: it would cost more than the encryption of a small record, and a
// slow reader would no longer slow its writer. What a link may do with a record
// is decided by its transit, which does no I/O; what both directions of a
// session must agree on is in their pact.
//
// One plaintext record in is one record out: the sizes carry meaning (padding).
// Records that are ready at once leave in one system call all the same.
package relay
