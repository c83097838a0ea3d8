package replay

import "strconv"

// linkName returns the name of a link type that is not read, without LINKTYPE_, and what
// the user can do to have one that is.
func linkName(link uint16) (name, next string) {
	const (
		convert  = "convert the capture with tcprewrite --dlt=enet --infile=FILE --outfile=NEW"
		wireless = "capture on the interface without monitor mode (tcpdump -i wlan0, without -I), or convert with airdecap-ng, which decrypts, too"
		network  = "it carries no IP: capture on a network interface (tcpdump -i eth0)"
		one      = "capture on one interface: tcpdump -i eth0 -w FILE"
	)
	switch link {
	case 6:
		return "IEEE802_5", convert
	case 7:
		return "ARCNET_BSD", one
	case 8:
		return "SLIP", "capture at the other end, or with tcpdump -i any"
	case 10:
		return "FDDI", convert
	case 11, 100:
		return "ATM_RFC1483", one
	case 105:
		return "IEEE802_11", wireless
	case 107:
		return "FRELAY", one
	case 109:
		return "ENC", "capture on the interface that the traffic goes out of, or comes in on: " + one
	case 117:
		return "PFLOG", "capture on the interface itself, and not on pflog: tcpdump -i em0 -w FILE"
	case 119:
		return "IEEE802_11_PRISM", wireless
	case 127:
		return "IEEE802_11_RADIOTAP", wireless
	case 163:
		return "IEEE802_11_AVS", wireless
	case 192:
		return "PPI", wireless
	case 149, 258:
		return "PKTAP", "capture on one interface, and not on pktap: tcpdump -i en0 -w FILE"
	case 187, 201:
		return "BLUETOOTH_HCI_H4", network
	case 251:
		return "BLUETOOTH_LE_LL", network
	case 189, 220:
		return "USB_LINUX", network
	case 249:
		return "USBPCAP", network
	case 227:
		return "CAN_SOCKETCAN", network
	case 195, 230:
		return "IEEE802_15_4", network
	case 253:
		return "NETLINK", "it has messages of the kernel: capture on a network interface (tcpdump -i any)"
	case 252:
		return "WIRESHARK_UPPER_PDU", "it has exported PDUs: give the capture that they were exported from"
	case 231:
		return "DBUS", network
	case 271:
		return "VSOCK", network
	default:
		return "LINKTYPE_" + strconv.Itoa(int(link)), "capture on a network interface (tcpdump -i any), or " + convert
	}
}
