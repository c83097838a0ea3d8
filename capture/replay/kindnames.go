package replay

import (
	"fmt"

	"github.com/gopacket/gopacket/layers"
)

// The UDP ports that have a name here, beside those of what is read.
const (
	portDNS       = 53
	portQUIC      = 443
	portIKE       = 500
	portL2TP      = 1701
	portNATT      = 4500 // IPsec behind NAT: RFC 3948
	portVXLANGPE  = 4790
	portWireGuard = 51820
)

// namedPort returns the first of the ports of a datagram that has a name, 0 where none has.
func namedPort(from, to uint16) uint16 {
	for _, port := range [...]uint16{to, from} {
		if portName(port) != "" || tunnelOf(port) != nil {
			return port
		}
	}
	return 0
}

// portName returns what is known to have a UDP port, "" where nothing is.
func portName(port uint16) string {
	switch port {
	case portDNS:
		return "DNS"
	case portQUIC:
		return "QUIC?"
	case portIKE:
		return "IKE"
	case portL2TP:
		return "L2TP"
	case portNATT:
		return "IPsec behind NAT"
	case portVXLANGPE:
		return "VXLAN-GPE"
	case portWireGuard:
		return "WireGuard?"
	default:
		return ""
	}
}

// String returns the name of a kind of packets.
func (k kind) String() string {
	switch k.layer {
	case byLink:
		name, _ := linkName(k.number)
		return name
	case byEtherType:
		return nameOr(layers.EthernetType(k.number).String(), "UnknownEthernetType", "of EtherType %#04x", k.number)
	case byProtocol:
		return nameOr(layers.IPProtocol(k.number).String(), "UnknownIPProtocol", "of IP protocol %d", k.number)
	case byPort:
		switch name := portName(k.number); {
		case name != "":
			return fmt.Sprintf("UDP port %d (%s)", k.number, name)
		case k.number != 0:
			return fmt.Sprintf("UDP port %d", k.number)
		default:
			return "UDP"
		}
	case byPPP:
		return fmt.Sprintf("of PPP protocol %#04x", k.number)
	case tooDeep:
		return "in too many encapsulations"
	default:
		return "of other kinds"
	}
}

// nameOr returns gopacket's name of a number, or what it is where that knows none.
func nameOr(name, unknown, format string, number uint16) string {
	if name == unknown {
		return fmt.Sprintf(format, number)
	}
	return name
}

// inside says how to capture what is encapsulated.
const inside = "capture inside of it: on the tunnel's own interface (tcpdump -D lists them), or at an end of the session"

// unread returns why a kind of packets that may hold TCP is not read, and what the user can
// do about it; "" for a kind that holds none.
func (k kind) unread() string {
	switch k {
	case kind{byProtocol, uint16(layers.IPProtocolESP)}:
		return "ESP (IPsec) is encrypted; " + inside
	case kind{byProtocol, 108}:
		return "IPComp is compressed; " + inside
	case kind{byProtocol, 115}, kind{byPort, portL2TP}:
		return "L2TP is not read; " + inside
	case kind{byPort, portNATT}:
		return "UDP port 4500 is that of IPsec behind NAT, which is encrypted; " + inside
	case kind{byPort, portWireGuard}:
		return "UDP port 51820 is that of WireGuard, which is encrypted; " + inside
	case kind{byPort, portVXLANGPE}:
		return "VXLAN-GPE is not read; " + inside
	case kind{byEtherType, 0x88e5}:
		return "MACsec is encrypted; capture at an end of the session"
	case kind{byEtherType, 0x88e7}:
		return "Provider Backbone Bridging (IEEE 802.1ah) is not read; " + inside
	case kind{byEtherType, 0x894f}:
		return "the Network Service Header is not read; " + inside
	case kind{byEtherType, uint16(layers.EthernetTypeMPLSUnicast)}:
		return "behind the labels of MPLS stands neither IP nor Ethernet; " + inside
	case kind{byPPP, 0x00fd}, kind{byPPP, 0x0053}:
		return "the PPP is compressed or encrypted; " + inside
	case kind{tooDeep, 0}:
		return fmt.Sprintf("more than %d encapsulations are not read", maxDepth)
	}
	if k.layer == byLink {
		name, next := linkName(k.number)
		return fmt.Sprintf("link type %d (%s) is not read; %s", k.number, name, next)
	}
	return ""
}
