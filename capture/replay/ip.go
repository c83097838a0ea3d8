package replay

import (
	"encoding/binary"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// ipVersion returns the version of the IP packet that b is, 0 where it is none.
func ipVersion(b []byte) int {
	if len(b) == 0 || b[0]>>4 != 4 && b[0]>>4 != 6 {
		return 0
	}
	return int(b[0] >> 4)
}

// ip reads an IP packet of either version.
func (d *decoder) ip(b []byte, left int) outcome {
	switch ipVersion(b) {
	case 4:
		return d.ipv4(b, left)
	case 6:
		return d.ipv6(b, left)
	default:
		if len(b) == 0 && left > 0 {
			return isCut
		}
		return d.is(noLayer, 0)
	}
}

// ipv4 reads an IPv4 packet.
func (d *decoder) ipv4(b []byte, left int) outcome {
	if ipVersion(b) != 4 || d.ip4.DecodeFromBytes(b, gopacket.NilDecodeFeedback) != nil {
		return d.fails(b, left)
	}
	// A sender with segmentation offload leaves the length 0, for its network card
	// to set.
	if length := int(binary.BigEndian.Uint16(b[2:])); length != 0 {
		left = length
	}
	left -= len(d.ip4.Contents)
	d.ends.from.setIPv4(d.ip4.SrcIP)
	d.ends.to.setIPv4(d.ip4.DstIP)
	protocol, payload := d.ip4.Protocol, d.ip4.Payload
	if d.ip4.Flags&layers.IPv4MoreFragments != 0 || d.ip4.FragOffset != 0 {
		if payload = d.fragments.ipv4(&d.ip4, left, d.ends, d.at); payload == nil {
			return isFragment
		}
		left = len(payload)
	}
	if protocol == layers.IPProtocolTCP {
		return d.segment(payload, left)
	}
	return d.protocol(protocol, payload, left, false)
}

// ipv6Len is the length of an IPv6 header without its extensions, in bytes.
const ipv6Len = 40

// ipv6 reads an IPv6 packet.
func (d *decoder) ipv6(b []byte, left int) outcome {
	if ipVersion(b) != 6 {
		return d.fails(b, left)
	}
	err := d.ip6.DecodeFromBytes(b, gopacket.NilDecodeFeedback)
	offload := len(b) >= ipv6Len && d.ip6.Length == 0 && d.ip6.HopByHop == nil
	if err != nil && !offload {
		return d.fails(b, left)
	}
	if d.ip6.Length != 0 {
		left = ipv6Len + int(d.ip6.Length)
	}
	next, payload := d.ip6.NextHeader, d.ip6.Payload
	left -= ipv6Len
	if hop := d.ip6.HopByHop; hop != nil {
		next = hop.NextHeader
		left -= hop.ActualLength
	}
	d.ends.from.setIPv6(d.ip6.SrcIP)
	d.ends.to.setIPv6(d.ip6.DstIP)
	return d.protocol(next, payload, left, true)
}

// The extension headers of IPv6 that gopacket has no name for (RFC 7045, section 4).
const (
	mobilityHeader layers.IPProtocol = 135
	hostIdentity   layers.IPProtocol = 139
	shim6          layers.IPProtocol = 140
)

// protocol reads the payload of an IP packet, past the extension headers that one of IPv6
// may have (RFC 8200, section 4), and the authentication header of either (RFC 4302).
func (d *decoder) protocol(next layers.IPProtocol, b []byte, left int, isV6 bool) outcome {
	for {
		header := 0
		switch next {
		case layers.IPProtocolTCP:
			return d.segment(b, left)
		case layers.IPProtocolAH:
			if len(b) >= 2 {
				header = 4 * (int(b[1]) + 2)
			}
		case layers.IPProtocolIPv6Routing, layers.IPProtocolIPv6Destination, mobilityHeader, hostIdentity, shim6:
			if !isV6 {
				return d.tunnel(next, b, left)
			}
			if len(b) >= 2 {
				header = 8 * (int(b[1]) + 1)
			}
		case layers.IPProtocolIPv6Fragment:
			if !isV6 {
				return d.tunnel(next, b, left)
			}
			if len(b) < fragmentHeader {
				return d.fails(b, left)
			}
			if next, b = d.fragments.ipv6(&d.ip6, b, left, d.ends, d.at); b == nil {
				return isFragment
			}
			left = len(b)
			continue
		default:
			return d.tunnel(next, b, left)
		}
		if header == 0 || header > len(b) {
			return d.fails(b, left)
		}
		next, b, left = layers.IPProtocol(b[0]), b[header:], left-header
	}
}
