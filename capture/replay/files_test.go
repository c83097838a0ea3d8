package replay_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// A packet is a packet of a capture file.
type packet struct {
	at      time.Time
	data    []byte
	length  int // on the wire; 0 stands for that of data
	comment string
	iface   int
}

func (p *packet) info() gopacket.CaptureInfo {
	return gopacket.CaptureInfo{
		Timestamp: p.at, CaptureLength: len(p.data), Length: max(p.length, len(p.data)), InterfaceIndex: p.iface,
	}
}

// packetsOf puts segments of one connection into packets.
func packetsOf(t testing.TB, f framing, r route, segments []segment) (packets []packet) {
	t.Helper()
	for _, s := range segments {
		packets = append(packets, packet{at: s.at, data: encode(t, f, r, s), comment: s.comment, iface: s.iface})
	}
	return packets
}

// pcapFile returns packets as a pcap file with times in nanoseconds.
func pcapFile(t testing.TB, link layers.LinkType, packets []packet) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pcapgo.NewWriterNanos(&b)
	check(t, w.WriteFileHeader(1<<18, link))
	for _, p := range packets {
		check(t, w.WritePacket(p.info(), p.data))
	}
	return b.Bytes()
}

// ngFile returns packets as a pcapng file whose interfaces have these names. Where
// there are keys, a Decryption Secrets Block stands before packet number before.
func ngFile(t testing.TB, link layers.LinkType, packets []packet, keys []byte, before int, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	if len(names) == 0 {
		names = []string{"eth0"}
	}
	w, err := pcapgo.NewNgWriterInterface(&b, pcapgo.NgInterface{Name: names[0], LinkType: link, TimestampResolution: 9}, pcapgo.DefaultNgWriterOptions)
	check(t, err)
	for _, name := range names[1:] {
		_, err := w.AddInterface(pcapgo.NgInterface{Name: name, LinkType: link, TimestampResolution: 9})
		check(t, err)
	}
	secrets := func(i int) {
		if i == before && len(keys) > 0 {
			check(t, w.WriteDecryptionSecretsBlock(pcapgo.DSB_SECRETS_TYPE_TLS, keys))
		}
	}
	for i, p := range packets {
		secrets(i)
		check(t, w.WritePacketWithOptions(p.info(), p.data, pcapgo.NgPacketOptions{Comments: commentsOf(p)}))
	}
	secrets(len(packets))
	check(t, w.Flush())
	return b.Bytes()
}

func commentsOf(p packet) []string {
	if p.comment == "" {
		return nil
	}
	return []string{p.comment}
}

// pcapRecords returns packets as a pcap file in any of its four forms.
func pcapRecords(order binary.ByteOrder, nanos bool, link layers.LinkType, packets []packet) []byte {
	magic, unit := uint32(0xa1b2c3d4), time.Microsecond
	if nanos {
		magic, unit = 0xa1b23c4d, time.Nanosecond
	}
	var b bytes.Buffer
	put := func(values ...uint32) {
		for _, v := range values {
			_ = binary.Write(&b, order, v)
		}
	}
	put(magic)
	_ = binary.Write(&b, order, [2]uint16{2, 4})
	put(0, 0, 1<<18, uint32(link))
	for _, p := range packets {
		put(uint32(p.at.Unix()), uint32(p.at.Nanosecond()/int(unit)), uint32(len(p.data)), uint32(max(p.length, len(p.data))))
		b.Write(p.data)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(b)
	check(t, err)
	check(t, w.Close())
	return out.Bytes()
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// pipeOf hides what a reader can do beside reading.
func pipeOf(r io.Reader) io.Reader { return struct{ io.Reader }{r} }

// A trickle is a pipe that brings few bytes at a time: so what stands in front of the
// secrets in a capture is looked at before they are known.
type trickle struct{ r io.Reader }

// Read implements [io.Reader].
func (t trickle) Read(b []byte) (int, error) { return t.r.Read(b[:min(len(b), 300)]) }
