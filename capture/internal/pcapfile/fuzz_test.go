package pcapfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
)

// FuzzReader reads arbitrary files: reading ends with one of the errors that it may
// end with, and brings the same packets where the file comes in small pieces.
func FuzzReader(f *testing.F) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		c := &file{order: order}
		c.section()
		c.iface(1, 100, c.option(optName, "client leg"), c.option(optResolution, "\x09"), c.option(optOffset, "\x00\x00\x00\x00\x00\x00\x00\x01"))
		c.packet(0, 1<<60, "packet", 60, c.option(optComment, "injected"))
		c.block(blockSimple, uint32(6), "simple")
		c.block(blockSecrets, uint32(secretsTLS), uint32(4), "keys")
		c.section()
		f.Add(c.b)

		var b []byte
		b, _ = binary.Append(b, order, uint32(0xa1b23c4d))
		b, _ = binary.Append(b, order, [2]uint16{2, 4})
		b, _ = binary.Append(b, order, [4]uint32{0, 0, 100, 1})
		b, _ = binary.Append(b, order, [4]uint32{1, 2, 4, 60})
		b = append(b, "four"...)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		packets, secrets, err := readAll(bytes.NewReader(b))
		var (
			fault   *FormatError
			cut     *CutError
			unknown *UnknownError
		)
		switch {
		case errors.Is(err, io.EOF), errors.As(err, &fault), errors.As(err, &cut), errors.As(err, &unknown):
		default:
			t.Fatalf("error %v", err)
		}
		for i, p := range packets {
			if p.Length < len(p.Data) || p.Interface == nil {
				t.Fatalf("packet %d: %+v", i, p)
			}
		}
		again, secretsAgain, errAgain := readAll(&trickle{b})
		if len(again) != len(packets) || len(secretsAgain) != len(secrets) || errAgain.Error() != err.Error() {
			t.Fatalf("in small pieces: %d packets, %d secrets, %v; else %d, %d, %v",
				len(again), len(secretsAgain), errAgain, len(packets), len(secrets), err)
		}
		for i, p := range packets {
			q := again[i]
			if p.Time != q.Time || !bytes.Equal(p.Data, q.Data) || p.Offset != q.Offset || !bytes.Equal(p.Comment, q.Comment) {
				t.Fatalf("packet %d: %+v in small pieces, else %+v", i, q, p)
			}
		}
	})
}
