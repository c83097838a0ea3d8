package traffic

import (
	"net"
	"net/netip"
	"sync"
)

// echoes sends a target's datagrams to the user, as the server's datagram says.
func (s *socksServer) echoes(udp, out *net.UDPConn, user *sync.Map) {
	b := make([]byte, maxDatagram)
	for {
		n, from, err := out.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		at := from.Addr().Unmap().AsSlice()
		whole := append([]byte{0, 0, 0, addrIPv4}, at...)
		whole = append(whole, byte(from.Port()>>8), byte(from.Port()))
		whole = append(whole, b[:n]...)
		all := [][]byte{whole}
		if s.datagram != nil {
			all = s.datagram(whole)
		}
		to, _ := user.Load(0)
		for _, one := range all {
			_, _ = udp.WriteToUDPAddrPort(one, to.(netip.AddrPort))
		}
	}
}
