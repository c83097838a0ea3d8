package capture

import (
	"fmt"
	"strings"

	"anytls-inspect/protocol"
)

// A Leg is one of the two TLS connections that a relay makes of a session.
type Leg uint8

// The legs.
const (
	NoLeg     Leg = iota // there is no relay, or it doesn't matter which leg
	ClientLeg            // between the client and the relay
	ServerLeg            // between the relay and the server
)

// LegWith returns the leg that a relay has with a peer.
func LegWith(p protocol.Peer) Leg { return ClientLeg + Leg(p) }

// ParseLeg returns the leg that text names: "client" or "server".
func ParseLeg(text string) (Leg, error) {
	for _, l := range [...]Leg{ClientLeg, ServerLeg} {
		if text == l.String() {
			return l, nil
		}
	}
	return NoLeg, fmt.Errorf("%q is neither client nor server", text)
}

// String returns "client", "server", or nothing for NoLeg.
func (l Leg) String() string {
	if l == NoLeg {
		return ""
	}
	return l.Peer().String()
}

// Peer returns whom the leg is with. NoLeg is with nobody.
func (l Leg) Peer() protocol.Peer { return protocol.Peer(l - ClientLeg) }

// interfaceSuffix ends the names that a recording gives its interfaces.
const interfaceSuffix = " leg"

// InterfaceName returns what a recording calls the interface that a leg's packets
// are of.
func (l Leg) InterfaceName() string { return l.String() + interfaceSuffix }

// LegOfInterface returns the leg that a recording's interface of that name is;
// NoLeg where the name is none that [Leg.InterfaceName] returns.
func LegOfInterface(name string) Leg {
	text, _ := strings.CutSuffix(name, interfaceSuffix)
	l, err := ParseLeg(text)
	if err != nil || l.InterfaceName() != name {
		return NoLeg
	}
	return l
}
