// Package protocol encodes and decodes the wire form of AnyTLS, protocol version 2.
//
// It rests on the protocol document of the reference implementation (anytls-go,
// docs/protocol.md). Comments cite its sections by name, in English where the
// document's is Chinese. Each part of the document has a file:
//
//	preamble.go   Authentication: the hash of the password, and padding0
//	frame.go      Session: a frame is a header and its data
//	command.go    Command: who sends which, and since which version
//	settings.go   cmdSettings and cmdServerSettings
//	padding.go    cmdUpdatePaddingScheme and paddingScheme
//	target.go     Proxy: the address that a stream begins with (RFC 1928, section 5)
//	uot.go        Proxy: UDP over TCP, versions 1 and 2 (sing-box's document)
//	decoder.go    all of it in one direction's bytes, however they were cut
//
// direction.go names the two directions and the two peers, sniff.go recognises
// what is not AnyTLS, printable.go makes text safe to show, and limits.go bounds
// what is kept.
//
// The package knows bytes and nothing else: no sockets, no clock, no goroutines,
// no locks. What a sequence of frames means is the business of package session.
//
// All integers on the wire are big-endian. Everything that is decoded comes from
// an untrusted peer: no input makes the package panic or allocate out of
// proportion to the input's length. Text that it returns is as the peer sent it;
// pass it through [Printable] before anybody looks at it.
package protocol
