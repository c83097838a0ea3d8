package protocol_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"anytls-inspect/protocol"
)

// unhex decodes bytes written as hex; spaces are for the reader.
func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatalf("%q is not hex: %v", text, err)
	}
	return b
}

// appendFrame is AppendFrame for data that fits.
func appendFrame(t testing.TB, dst []byte, c protocol.Command, stream uint32, data string) []byte {
	t.Helper()
	dst, err := protocol.AppendFrame(dst, c, stream, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return dst
}

func TestFrameWireForm(t *testing.T) {
	tests := []struct {
		command protocol.Command
		stream  uint32
		data    string
		wire    string
	}{
		{protocol.Waste, 0, "\x00\x00\x00", "00 00000000 0003 000000"},
		{protocol.SYN, 1, "", "01 00000001 0000"},
		{protocol.PSH, 0x01020304, "hi", "02 01020304 0002 6869"},
		{protocol.FIN, 0xffffffff, "", "03 ffffffff 0000"},
		{protocol.Settings, 0, "v=2", "04 00000000 0003 763d32"},
		{protocol.SYNACK, 7, "refused", "07 00000007 0007 72656675736564"},
		{protocol.HeartRequest, 0, "", "08 00000000 0000"},
		{protocol.HeartResponse, 0, "", "09 00000000 0000"},
		{protocol.Command(42), 5, "x", "2a 00000005 0001 78"},
	}
	for _, test := range tests {
		wire := unhex(t, test.wire)
		if got := appendFrame(t, []byte("before"), test.command, test.stream, test.data); string(got) != "before"+string(wire) {
			t.Errorf("%v: wire form %x, want %x", test.command, got, wire)
		}
		want := protocol.Header{Command: test.command, Stream: test.stream, Length: uint16(len(test.data))}
		if h, ok := protocol.ParseHeader(wire); !ok || h != want {
			t.Errorf("ParseHeader(%x) = %+v, %v; want %+v", wire, h, ok, want)
		}
		for cut := range protocol.HeaderLen {
			if h, ok := protocol.ParseHeader(wire[:cut]); ok || h != (protocol.Header{}) {
				t.Errorf("ParseHeader(%x) = %+v, %v", wire[:cut], h, ok)
			}
		}
	}
}

func TestFrameDataLimit(t *testing.T) {
	full := make([]byte, protocol.MaxData)
	wire, err := protocol.AppendFrame(nil, protocol.PSH, 1, full)
	if err != nil || len(wire) != protocol.HeaderLen+protocol.MaxData || !bytes.Equal(wire[:7], unhex(t, "02 00000001 ffff")) {
		t.Errorf("a frame with %d bytes: %d bytes of wire, begins with %x, %v", len(full), len(wire), wire[:7], err)
	}
	wire, err = protocol.AppendFrame([]byte("before"), protocol.PSH, 1, append(full, 0))
	if !errors.Is(err, protocol.ErrDataTooLong) || string(wire) != "before" {
		t.Errorf("a frame with one byte more: %d bytes of wire, %v", len(wire), err)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x00\x01\x00\x05hello"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, ok := protocol.ParseHeader(b)
		if ok != (len(b) >= protocol.HeaderLen) {
			t.Fatalf("ParseHeader of %d bytes: %v", len(b), ok)
		}
		if ok && !bytes.Equal(h.Append(nil), b[:protocol.HeaderLen]) {
			t.Errorf("%x decodes to %+v, which encodes to %x", b[:7], h, h.Append(nil))
		}
	})
}
