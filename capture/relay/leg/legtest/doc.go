// Package legtest is the suite that each kind of [leg.Leg] must pass. Only tests import it.
//
// [Run] connects a leg over loopback to a far end that crypto/tls does, for both versions
// of TLS and both roles of the leg. What crypto/tls would not send, such as empty records
// and key updates, the far end seals by hand (package tlsrec).
//
// The tests wait for causes: what a leg is to read next, the far end sends when the leg
// calls what BeforeWait set; and what a leg sends is told to a recorder first.
//
// A test connects, has the leg and its far end do something, and closes both. The far
// end's handshake, and calls that a leg has to stand while it waits, have a goroutine of
// their own, which ends with the call: the end of the test, or the limit of all waits, ends
// that. What guards what: tape.mu what was sent and read; all else belongs to the test.
package legtest
