package traffic

import (
	"io"
	"net"
	"strconv"
	"sync"
	"testing"
)

// A socksServer is a SOCKS inbound that dials targets itself, or does wrong what its fields say.
type socksServer struct {
	method, reply byte                    // of the dialogue; 0: none needed, and done
	hang          bool                    // before the reply
	garbage       string                  // in place of all replies
	early         bool                    // replies before it dials
	keep          bool                    // an early one: stays silent where it can't dial
	answer        func(w, r net.Conn)     // carries a target's bytes; nil: as they are
	datagram      func(b []byte) [][]byte // what becomes of an echo; nil: it is sent on
	relayHost     []byte                  // type and address in the reply to ASSOCIATE; nil: 0.0.0.0
	after         func(tcp net.Conn)      // once an association stands
	asked         func(kind byte, to string)

	*listener
}

// start has the server listen, until the test's end.
func (s *socksServer) start(t *testing.T) string {
	t.Helper()
	l, err := listen(s.serve)
	if err != nil {
		t.Fatal(err)
	}
	s.listener = l
	t.Cleanup(l.Close)
	return l.Addr().String()
}

func (s *socksServer) serve(conn net.Conn) {
	b := make([]byte, 262)
	if _, err := io.ReadFull(conn, b[:3]); err != nil {
		return
	}
	if s.garbage != "" {
		_, _ = io.WriteString(conn, s.garbage)
		_, _ = io.Copy(io.Discard, conn)
		return
	}
	_, _ = conn.Write([]byte{5, s.method})
	if _, err := io.ReadFull(conn, b[:5]); err != nil {
		return
	}
	length, err := addrLength(b[3], b[4])
	if err != nil {
		return
	}
	if _, err := io.ReadFull(conn, b[5:4+length]); err != nil {
		return
	}
	at, _, _ := parseAddr(b[3], b[4:4+length])
	to := net.JoinHostPort(at.ip.String(), strconv.Itoa(int(at.port)))
	if b[3] == addrName {
		to = net.JoinHostPort(string(b[5:5+int(b[4])]), strconv.Itoa(int(at.port)))
	}
	if s.asked != nil {
		s.asked(b[3], to)
	}
	switch {
	case s.hang:
		_, _ = io.Copy(io.Discard, conn)
	case s.reply != 0:
		_, _ = conn.Write([]byte{5, s.reply, 0, 1, 0, 0, 0, 0, 0, 0})
	case b[1] == udpAssociate:
		s.relay(conn)
	default:
		s.connect(conn, to)
	}
}

func (s *socksServer) connect(conn net.Conn, to string) {
	done := []byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	if s.early {
		_, _ = conn.Write(done)
	}
	target, err := net.Dial("tcp", to)
	switch {
	case err != nil && s.keep:
		_, _ = io.Copy(io.Discard, conn)
		return
	case err != nil && !s.early:
		_, _ = conn.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
		return
	case err != nil:
		return
	}
	defer target.Close()
	if !s.early {
		_, _ = conn.Write(done)
	}
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(target, conn); target.(*net.TCPConn).CloseWrite() })
	if s.answer == nil {
		_, _ = io.Copy(conn, target)
	} else {
		s.answer(conn, target)
	}
	conn.Close()
	both.Wait()
}

// relay carries datagrams for as long as the TCP connection lasts.
func (s *socksServer) relay(tcp net.Conn) {
	udp, _ := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	out, _ := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	var both sync.WaitGroup
	var user sync.Map // its address
	both.Go(func() {
		b := make([]byte, maxDatagram)
		for {
			n, from, err := udp.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			to, data, _ := parseDatagram(b[:n])
			user.Store(0, from)
			_, _ = out.WriteToUDPAddrPort(data, to)
		}
	})
	both.Go(func() { s.echoes(udp, out, &user) })
	host := s.relayHost
	if host == nil {
		host = []byte{addrIPv4, 0, 0, 0, 0}
	}
	port := udp.LocalAddr().(*net.UDPAddr).Port
	_, _ = tcp.Write(append(append([]byte{5, 0, 0}, host...), byte(port>>8), byte(port)))
	if s.after != nil {
		s.after(tcp)
	}
	_, _ = io.Copy(io.Discard, tcp)
	udp.Close()
	out.Close()
	both.Wait()
}
