package pcapngtest

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// An End is one end of a connection, and what it sent.
type End struct {
	Addr  netip.AddrPort
	Bytes []byte
	Fin   bool
	Reset bool

	next uint32 // the sequence number that must come next
}

// A Note is a comment on a packet, and what the packet carries.
type Note struct {
	Text  string
	Bytes []byte
}

// A Connection is one leg of a session, as a file shows it.
type Connection struct {
	Name           string // "session 1, client leg"
	Client, Server End    // of TCP
	Notes          []Note // in order, without the name
	// Order lists the packets: "c" and "s" for bytes of the client and the
	// server, "C" and "S" for their ends, "R" for a reset. Acknowledgements have no
	// letter.
	Order string
	// Keyed says that the file had secrets for the client random before the first
	// bytes of the server.
	Keyed bool
}

// String returns the connection's name and what happened, without its bytes.
func (c *Connection) String() string {
	return fmt.Sprintf("%s: %s, %d and %d bytes, secrets: %v", c.Name, c.Order, len(c.Client.Bytes), len(c.Server.Bytes), c.Keyed)
}

// Connections puts packets together to connections, which must all begin among them.
// It returns an error where a sequence number or an acknowledgement is wrong, or where
// a packet follows the end of its stream.
func Connections(packets []Packet) ([]*Connection, error) {
	var all []*Connection
	open := make(map[[2]netip.AddrPort]*Connection)
	for i := range packets {
		p := &packets[i]
		from, to := addr(p.Flow.Src().Raw(), uint16(p.TCP.SrcPort)), addr(p.Flow.Dst().Raw(), uint16(p.TCP.DstPort))
		if p.TCP.SYN && !p.TCP.ACK {
			c := &Connection{Name: p.Comment, Client: End{Addr: from, next: p.TCP.Seq}, Server: End{Addr: to}}
			all = append(all, c)
			open[[2]netip.AddrPort{from, to}] = c
			if !strings.HasSuffix(c.Name, ", "+p.Interface) {
				return all, fmt.Errorf("packet %d: %q on interface %q", i+1, c.Name, p.Interface)
			}
		}
		c, way := open[[2]netip.AddrPort{from, to}], byte('c')
		if c == nil {
			c, way = open[[2]netip.AddrPort{to, from}], 's'
		}
		if c == nil {
			return all, fmt.Errorf("packet %d: of no connection that has begun", i+1)
		}
		if err := c.add(p, way); err != nil {
			return all, fmt.Errorf("packet %d, of %s: %w", i+1, c.Name, err)
		}
	}
	return all, nil
}

func addr(ip []byte, port uint16) netip.AddrPort {
	a, _ := netip.AddrFromSlice(ip)
	return netip.AddrPortFrom(a, port)
}

// isRemark tells whether a packet is there for its comment alone, so that its acknowledgement may
// leave out up to two bytes that were acknowledged before.
func isRemark(p *Packet, leavesOut uint32) bool {
	return p.Comment != "" && len(p.TCP.Payload) == 0 && !p.TCP.SYN && !p.TCP.FIN && leavesOut <= 2
}

func (c *Connection) add(p *Packet, way byte) error {
	from, to := &c.Client, &c.Server
	if way == 's' {
		from, to = to, from
	}
	t := p.TCP
	if t.SYN && t.ACK {
		from.next = t.Seq
	}
	switch {
	case t.Seq != from.next:
		return fmt.Errorf("sequence number %d, want %d", t.Seq, from.next)
	case t.ACK && t.Ack != to.next && !isRemark(p, to.next-t.Ack):
		return fmt.Errorf("acknowledges %d, want %d", t.Ack, to.next)
	case t.ACK == (t.SYN && way == 'c'):
		return errors.New("ACK where there must be none, or none")
	case from.Fin && len(t.Payload) > 0:
		return errors.New("bytes after the end of the stream")
	case from.Reset || to.Reset:
		return errors.New("a packet after a reset")
	}
	from.next += uint32(len(t.Payload))
	if t.SYN || t.FIN {
		from.next++
	}
	if len(t.Payload) > 0 {
		if way == 's' && len(from.Bytes) == 0 {
			c.Keyed = strings.Contains(p.Secrets, clientRandom(c.Client.Bytes))
		}
		c.Order += string(way)
		from.Bytes = append(from.Bytes, t.Payload...)
	}
	if t.FIN {
		c.Order += strings.ToUpper(string(way))
		from.Fin = true
	}
	if t.RST {
		c.Order += "R"
		from.Reset = true
	}
	if p.Comment != "" && !t.SYN {
		c.Notes = append(c.Notes, Note{p.Comment, bytes.Clone(t.Payload)})
	}
	return nil
}

// clientRandom returns the random that names a connection in a key log, in hex.
func clientRandom(hello []byte) string {
	const at, n = 11, 32 // after the headers of the record and of the handshake
	if len(hello) < at+n {
		return "\x00" // in no key log
	}
	return hex.EncodeToString(hello[at : at+n])
}
