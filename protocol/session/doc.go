// Package session says what the frames of AnyTLS sessions mean: who
// authenticated, what was negotiated, which streams are open, whose heartbeats
// were answered and how fast, and what of it is against the protocol.
//
// It is pure: no sockets, no clock, no goroutines. A [Tracker] is handed bytes
// with their time and direction, and hands whole frames and events to an
// [Handler]. The live relay and the replay of a capture feed the same Tracker,
// so they can't tell different stories. What the sessions of one client show only
// together is seen by a [Fleet] that their trackers share.
//
// The relay itself uses two parts of the package: [Framing], to know where it
// may insert a frame, and [Ledger], to know whose a heartbeat's answer is.
//
// Nothing here but [Schemes] is safe for concurrent use.
package session
