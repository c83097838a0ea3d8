// Package legtest is the suite that each kind of [leg.Leg] must pass. Only tests import it.
//
// [Run] connects a leg over loopback to a far end that crypto/tls does, for both versions
// of TLS and both roles of the leg. What crypto/tls would not send, such as empty records
// and key updates, the far end seals by hand (package tlsrec).
//
// The tests wait for causes: what a leg is to read next, the far end sends when the leg
// calls what BeforeWait set; and what a leg sends is told to a recorder first.
package legtest
