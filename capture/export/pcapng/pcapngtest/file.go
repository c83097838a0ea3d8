package pcapngtest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// A Packet is a packet of a file, without its IP header.
type Packet struct {
	Interface string
	At        time.Time
	Comment   string
	Flow      gopacket.Flow // of IP
	TCP       *layers.TCP
	// Secrets are the lines of all key logs before it in the file.
	Secrets string
}

// Blocks cuts a file into its blocks. It returns an error where the last is not whole.
func Blocks(file []byte) ([][]byte, error) {
	var blocks [][]byte
	for at := 0; at < len(file); {
		b := file[at:]
		if len(b) < 12 {
			return blocks, fmt.Errorf("at %d: %d bytes are no block", at, len(b))
		}
		n := int(binary.LittleEndian.Uint32(b[4:]))
		if n < 12 || n%4 != 0 || n > len(b) {
			return blocks, fmt.Errorf("at %d: a block of %d bytes, where %d are left", at, n, len(b))
		}
		if again := int(binary.LittleEndian.Uint32(b[n-4:])); again != n {
			return blocks, fmt.Errorf("at %d: a block of %d bytes that ends as one of %d", at, n, again)
		}
		blocks, at = append(blocks, b[:n]), at+n
	}
	return blocks, nil
}

// Read returns the packets of a file. It returns an error where a block or a checksum is
// wrong.
func Read(file []byte) ([]Packet, error) {
	blocks, err := Blocks(file)
	if err != nil {
		return nil, err
	}
	r, err := pcapgo.NewNgReader(bytes.NewReader(file), pcapgo.NgReaderOptions{WantMixedLinkType: true})
	if err != nil {
		return nil, err
	}
	var packets []Packet
	secrets := ""
	for _, b := range blocks {
		switch binary.LittleEndian.Uint32(b) {
		case 0xa: // secrets, which gopacket passes over
			n := binary.LittleEndian.Uint32(b[12:])
			secrets += string(b[16 : 16+n])
		case 6: // a packet
			data, info, options, err := r.ReadPacketDataWithOptions()
			if err != nil {
				return packets, fmt.Errorf("packet %d: %w", len(packets)+1, err)
			}
			p, err := parse(r, data, info, options)
			if err != nil {
				return packets, fmt.Errorf("packet %d: %w", len(packets)+1, err)
			}
			p.Secrets = secrets
			packets = append(packets, p)
		}
	}
	if _, _, err := r.ReadPacketData(); !errors.Is(err, io.EOF) {
		return packets, fmt.Errorf("after %d packets: %w", len(packets), err)
	}
	return packets, nil
}

func parse(r *pcapgo.NgReader, data []byte, info gopacket.CaptureInfo, options pcapgo.NgPacketOptions) (Packet, error) {
	iface, err := r.Interface(info.InterfaceIndex)
	if err != nil {
		return Packet{}, err
	}
	p := Packet{Interface: iface.Name, At: info.Timestamp}
	switch len(options.Comments) {
	case 0:
	case 1:
		p.Comment = options.Comments[0]
	default:
		return p, fmt.Errorf("%d comments", len(options.Comments))
	}
	decoded := gopacket.NewPacket(data, layers.LinkTypeEthernet, gopacket.DecodeOptions{})
	if failed := decoded.ErrorLayer(); failed != nil {
		return p, failed.Error()
	}
	if info.Length != len(data) || decoded.Metadata().Truncated {
		return p, errors.New("it is truncated")
	}
	p.TCP, _ = decoded.TransportLayer().(*layers.TCP)
	if p.TCP == nil {
		return p, errors.New("it is not TCP")
	}
	if err := p.TCP.SetNetworkLayerForChecksum(decoded.NetworkLayer()); err != nil {
		return p, err
	}
	p.Flow = decoded.NetworkLayer().NetworkFlow()
	err, wrong := decoded.VerifyChecksums()
	if err == nil && len(wrong) > 0 {
		err = fmt.Errorf("wrong checksums: %+v", wrong)
	}
	return p, err
}
