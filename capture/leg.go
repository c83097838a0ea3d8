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
	NoLeg     Leg = iota // no leg is named: there is no relay, or it is about both
	ClientLeg            // between the client and the relay
	ServerLeg            // between the relay and the server
)

// LegWith returns the leg that connects the relay with a peer.
func LegWith(p protocol.Peer) Leg { return ClientLeg + Leg(p) }

// ParseLeg returns the leg that text names: "client" or "server". Any other text is
// an error.
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

// Peer returns the peer that the leg connects the relay with. NoLeg has none, and
// must not be asked.
func (l Leg) Peer() protocol.Peer { return protocol.Peer(l - ClientLeg) }

// interfaceSuffix ends the names of a recording's interfaces.
const interfaceSuffix = " leg"

// InterfaceName returns the name of the interface that a recording writes a leg's
// packets to.
func (l Leg) InterfaceName() string { return l.String() + interfaceSuffix }

// LegOfInterface returns the leg whose [Leg.InterfaceName] is name, and NoLeg where
// there is none.
func LegOfInterface(name string) Leg {
	text, _ := strings.CutSuffix(name, interfaceSuffix)
	l, err := ParseLeg(text)
	if err != nil || l.InterfaceName() != name {
		return NoLeg
	}
	return l
}
