package pcapngtest

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// An End is one end of a connection.
type End struct {
	Addr  netip.AddrPort
	Bytes []byte
	Fin   bool
	Reset bool

	next uint32
}

// A Note is a comment on packets, and what they carry.
type Note struct {
	Text  string
	Bytes []byte
}

// A Connection is what one file tells of one leg of a session.
type Connection struct {
	Name           string // "session 1, client leg"
	Client, Server End    // of TCP
	Notes          []Note // but for the name, in order
	// Order lists the packets: "c" and "s" for bytes of the client and the
	// server, "C" and "S" for their end, "R" for a reset; not acknowledgements.
	Order string
	// Keyed says that the client random was among the secrets before the first
	// bytes of the server.
	Keyed bool
}

// String returns the connection's name and what happened, without its bytes.
func (c *Connection) String() string {
	return fmt.Sprintf("%s: %s, %d and %d bytes, secrets: %v", c.Name, c.Order, len(c.Client.Bytes), len(c.Server.Bytes), c.Keyed)
}

// Connections puts packets together. All connections must begin among them. It is
// an error if anything is wrong with their sequence numbers, acknowledgements or
// times.
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
	case t.ACK && t.Ack != to.next:
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
		c.note(p.Comment, t.Payload)
	}
	return nil
}

// note adds a comment. Packets one after the other that bear the same are one note.
func (c *Connection) note(text string, b []byte) {
	c.Notes = append(c.Notes, Note{text, bytes.Clone(b)})
}

// clientRandom returns what names a connection in a key log.
func clientRandom(hello []byte) string {
	const at, n = 11, 32 // after the headers of the record and of the handshake
	if len(hello) < at+n {
		return "\x00" // in no key log
	}
	return hex.EncodeToString(hello[at : at+n])
}
