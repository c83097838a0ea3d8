package traffic

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
)

// The other types of addresses of RFC 1928.
const (
	addrName = 3
	addrIPv6 = 4
)

// A socksServer is a SOCKS inbound that dials targets itself, or does wrong what its fields say.
type socksServer struct {
	method, reply byte                    // of the dialogue; 0: no login, and done
	garbage       string                  // in place of all replies
	hang, hangup  bool                    // before the reply: it says nothing, it closes
	early         bool                    // it replies before it dials
	keep          bool                    // then it stays silent where it can't dial
	question      func(w, r net.Conn)     // carries bytes to a target; nil: as they are
	answer        func(w, r net.Conn)     // carries bytes from a target
	datagram      func(b []byte) [][]byte // what becomes of an echo; nil: it is sent on
	relayHost     []byte                  // type and address in the reply to ASSOCIATE; nil: 0.0.0.0
	associated    func(tcp net.Conn)      // is called once an association stands; may be nil
	asked         func(kind byte, to string)
}

// start has the server listen until the test's end, and returns its address.
func (s *socksServer) start(t *testing.T) string {
	t.Helper()
	l, err := listen(s.serve)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l.Addr().String()
}

func (s *socksServer) serve(conn net.Conn) {
	b := make([]byte, 4)
	if _, err := io.ReadFull(conn, b[:3]); err != nil {
		return
	}
	if s.garbage != "" {
		_, _ = io.WriteString(conn, s.garbage)
		_, _ = io.Copy(io.Discard, conn)
		return
	}
	_, _ = conn.Write([]byte{5, s.method})
	if _, err := io.ReadFull(conn, b); err != nil {
		return
	}
	to, err := readAddress(io.MultiReader(bytes.NewReader(b[3:]), conn))
	if err != nil {
		return
	}
	if s.asked != nil {
		s.asked(b[3], to.String())
	}
	switch {
	case s.hang:
		_, _ = io.Copy(io.Discard, conn)
	case s.hangup:
	case s.reply != 0:
		_, _ = conn.Write([]byte{5, s.reply, 0, addrIPv4, 0, 0, 0, 0, 0, 0})
	case b[1] == udpAssociate:
		s.relay(conn)
	default:
		s.connect(conn, to.String())
	}
}

func (s *socksServer) connect(conn net.Conn, to string) {
	reply := []byte{5, 0, 0, addrIPv4, 0, 0, 0, 0, 0, 0}
	if s.early {
		_, _ = conn.Write(reply)
	}
	target, err := net.Dial("tcp", to)
	if err != nil {
		reply[1] = 5
	}
	if !s.early {
		_, _ = conn.Write(reply)
	}
	switch {
	case err != nil && s.keep:
		_, _ = io.Copy(io.Discard, conn)
		return
	case err != nil:
		return
	}
	defer target.Close()
	var question sync.WaitGroup
	question.Go(func() {
		carry(s.question, target, conn)
		_ = target.(*net.TCPConn).CloseWrite()
	})
	carry(s.answer, conn, target)
	conn.Close()
	question.Wait()
}

func carry(by func(w, r net.Conn), w, r net.Conn) {
	if by == nil {
		by = func(w, r net.Conn) { _, _ = io.Copy(w, r) }
	}
	by(w, r)
}
