// Package protocol is the wire format of AnyTLS, protocol version 2: commands,
// frames, the auth preamble, settings, padding schemes, targets and
// UDP-over-TCP.
//
// It knows bytes and nothing else: no sockets, no clock, no goroutines. What a
// sequence of frames means is the business of package session.
//
// All integers on the wire are big-endian. Everything that this package
// decodes comes from an untrusted peer: nothing here panics on any input,
// nothing allocates out of proportion to its input, and text is to be passed through
// [Printable] before anybody looks at it.
package protocol
