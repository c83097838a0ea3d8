package pcaptest

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"anytls-inspect/capture/internal/pcapfile"
)

// A Capture is the packets of a capture file. Its methods return changed copies, which
// share the bytes of the packets that they did not change.
type Capture struct {
	Link    layers.LinkType
	Packets []Packet
}

// A Packet is one packet of a capture.
type Packet struct {
	At     time.Time
	Data   []byte // from the link layer on
	Length int    // on the wire, in bytes
}

// Read reads a capture file, pcap or pcapng, of one link type.
func Read(t testing.TB, path string) Capture {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Parse is [Read] for a file that lies in memory.
func Parse(file []byte) (Capture, error) {
	r, err := pcapfile.NewReader(bytes.NewReader(file))
	if err != nil {
		return Capture{}, err
	}
	var (
		c     Capture
		chunk pcapfile.Chunk
	)
	for err == nil {
		err = r.Next(&chunk)
		for _, p := range chunk.Packets {
			c.Link = layers.LinkType(p.Interface.LinkType)
			c.Packets = append(c.Packets, Packet{At: time.Unix(0, p.Time).UTC(), Data: bytes.Clone(p.Data), Length: p.Length})
		}
	}
	if !errors.Is(err, io.EOF) {
		return Capture{}, err
	}
	return c, nil
}

// Bytes returns the capture as a pcap file with times in nanoseconds.
func (c Capture) Bytes() []byte {
	const fileHeader, packetHeader = 24, 16
	size := fileHeader
	for _, p := range c.Packets {
		size += packetHeader + len(p.Data)
	}
	b := bytes.NewBuffer(make([]byte, 0, size))
	w := pcapgo.NewWriterNanos(b)
	_ = w.WriteFileHeader(1<<18, c.Link) // a buffer takes all
	for _, p := range c.Packets {
		_ = w.WritePacket(gopacket.CaptureInfo{Timestamp: p.At, CaptureLength: len(p.Data), Length: p.Length}, p.Data)
	}
	return b.Bytes()
}

// Drop returns the capture without some of its packets, by their numbers from 0.
func (c Capture) Drop(numbers ...int) Capture {
	out := Capture{Link: c.Link}
	for i, p := range c.Packets {
		if !slices.Contains(numbers, i) {
			out.Packets = append(out.Packets, p)
		}
	}
	return out
}
