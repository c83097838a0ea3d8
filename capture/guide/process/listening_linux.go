package process

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"os"
	"strconv"
)

// listening tells whether somebody listens at addr, in the network that the process is in.
func listening(pid int, addr string) (yes, known bool) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return false, false // a name, which may stand for several
	}
	for _, file := range []string{"/net/tcp", "/net/tcp6"} {
		table, err := os.ReadFile(procPath(pid) + file)
		if err != nil {
			continue // IPv6 may be off
		}
		known = true
		if hasListener(table, at, binary.NativeEndian) {
			return true, true
		}
	}
	return false, known
}

// hasListener tells whether a table as /proc/net/tcp is has a socket that listens at an address,
// or at its port of all addresses. The order of bytes is the machine's.
func hasListener(table []byte, at netip.AddrPort, order binary.ByteOrder) bool {
	const listens = "0A" // TCP_LISTEN
	for line := range bytes.Lines(table) {
		fields := bytes.Fields(line)
		if len(fields) < 4 || string(fields[3]) != listens {
			continue
		}
		local, ok := parseSocket(fields[1], order)
		if ok && local.Port() == at.Port() && (local.Addr() == at.Addr().Unmap() || local.Addr().IsUnspecified()) {
			return true
		}
	}
	return false
}

// parseSocket reads an address as /proc/net/tcp has it: each 4 bytes of the address as a number
// of the machine's, and the port, in hexadecimal digits.
func parseSocket(text []byte, order binary.ByteOrder) (netip.AddrPort, bool) {
	host, port, ok := bytes.Cut(text, []byte{':'})
	if !ok {
		return netip.AddrPort{}, false
	}
	raw, err := hex.DecodeString(string(host))
	if err != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(raw); i += 4 {
		order.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	addr, ok := netip.AddrFromSlice(raw)
	n, err := strconv.ParseUint(string(port), 16, 16)
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), ok && err == nil
}
