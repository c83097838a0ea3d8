package traffic

import (
	"io"
	"net"
	"net/netip"
	"sync"
)

// relay carries datagrams for as long as the TCP connection lasts.
func (s *socksServer) relay(tcp net.Conn) {
	here := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}
	in, err := net.ListenUDP("udp", here)
	if err != nil {
		return
	}
	defer in.Close()
	out, err := net.ListenUDP("udp", here)
	if err != nil {
		return
	}
	var both sync.WaitGroup
	var user sync.Map // its address
	both.Go(func() { asks(in, out, &user) })
	both.Go(func() { s.echoes(in, out, &user) })
	host := s.relayHost
	if host == nil {
		host = []byte{addrIPv4, 0, 0, 0, 0}
	}
	port := in.LocalAddr().(*net.UDPAddr).Port
	_, _ = tcp.Write(append(append([]byte{5, 0, 0}, host...), byte(port>>8), byte(port)))
	if s.associated != nil {
		s.associated(tcp)
	}
	_, _ = io.Copy(io.Discard, tcp)
	in.Close()
	out.Close()
	both.Wait()
}

// asks sends the user's datagrams to where they say.
func asks(in, out *net.UDPConn, user *sync.Map) {
	b := make([]byte, maxDatagram)
	for {
		n, from, err := in.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		user.Store("address", from)
		if to, data, err := parseDatagram(b[:n]); err == nil {
			_, _ = out.WriteToUDPAddrPort(data, to)
		}
	}
}

// echoes sends a target's datagrams to the user, or what the server's datagram makes of them.
func (s *socksServer) echoes(in, out *net.UDPConn, user *sync.Map) {
	b := make([]byte, maxDatagram)
	for {
		n, from, err := out.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		whole := append([]byte{0, 0, 0, addrIPv4}, from.Addr().Unmap().AsSlice()...)
		whole = append(whole, byte(from.Port()>>8), byte(from.Port()))
		whole = append(whole, b[:n]...)
		all := [][]byte{whole}
		if s.datagram != nil {
			all = s.datagram(whole)
		}
		to, _ := user.Load("address")
		for _, one := range all {
			_, _ = in.WriteToUDPAddrPort(one, to.(netip.AddrPort))
		}
	}
}
