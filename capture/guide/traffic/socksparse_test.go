package traffic

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"testing"

	"anytls-inspect/protocol"
)

func TestParseDatagram(t *testing.T) {
	four := netip.MustParseAddrPort("1.2.3.4:258")
	six := netip.MustParseAddrPort("[2001:db8::1]:258")
	for name, c := range map[string]struct {
		text string
		from netip.AddrPort
		data string
		err  error
	}{
		"IPv4":              {"\x00\x00\x00\x01\x01\x02\x03\x04\x01\x02data", four, "data", nil},
		"IPv6":              {"\x00\x00\x00\x04\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x01\x02x", six, "x", nil},
		"IPv4 in IPv6":      {"\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x01\x02\x03\x04\x01\x02", four, "", nil},
		"name":              {"\x00\x00\x00\x03\x02me\x01\x02data", netip.AddrPort{}, "data", nil},
		"a zone":            {"\x00\x00\x00\x03\x09fe80::1%x\x01\x02data", netip.AddrPort{}, "data", nil},
		"empty name":        {"\x00\x00\x00\x03\x00\x01\x02data", netip.AddrPort{}, "data", nil},
		"empty":             {"", netip.AddrPort{}, "", errShort},
		"no address":        {"\x00\x00\x00\x01", netip.AddrPort{}, "", errShort},
		"half an address":   {"\x00\x00\x00\x01\x01\x02\x03\x04\x01", netip.AddrPort{}, "", errShort},
		"longer name":       {"\x00\x00\x00\x03\xffme\x01\x02", netip.AddrPort{}, "", errShort},
		"reserved":          {"\x00\x01\x00\x01\x01\x02\x03\x04\x01\x02data", netip.AddrPort{}, "", errReserved},
		"fragment":          {"\x00\x00\x01\x01\x01\x02\x03\x04\x01\x02data", netip.AddrPort{}, "", errFragment},
		"unknown addresses": {"\x00\x00\x00\x02\x01\x02\x03\x04\x01\x02data", netip.AddrPort{}, "", errAddrType},
	} {
		from, data, err := parseDatagram([]byte(c.text))
		if from != c.from || string(data) != c.data || !errors.Is(err, c.err) {
			t.Errorf("%s: got %v, %q, %v", name, from, data, err)
		}
	}
}

func FuzzDatagram(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x01\x01\x02\x03\x04\x01\x02data"))
	f.Add([]byte("\x00\x00\x00\x03\x02me\x01\x02data"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, data, err := parseDatagram(b)
		if err != nil && data != nil {
			t.Error("there are data in what is no datagram")
		}
		if err == nil && !bytes.HasSuffix(b, data) {
			t.Error("the data are not the end of the datagram")
		}
	})
}

func FuzzReply(f *testing.F) {
	f.Add([]byte("\x05\x00\x00\x01\x01\x02\x03\x04\x01\x02more"))
	f.Add([]byte("\x05\x00\x00\x03\x02me\x01\x02"))
	f.Add([]byte("\x05\x07"))
	f.Add([]byte("\x05\x05\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		at, err := readReply(r)
		if err != nil {
			if partOf(err) == beyond && len(b) > 4 && b[0] == 5 && b[1] == 0 && b[3] == addrIPv4 {
				t.Errorf("%v", err)
			}
			return
		}
		// What follows belongs to another.
		rest, _ := io.ReadAll(r)
		want, length, err := protocol.ParseTarget(b[3:])
		if err != nil || at != want {
			t.Errorf("the address is %v, want %v, %v", at, want, err)
		}
		if len(b) != 3+length+len(rest) {
			t.Errorf("of %d bytes %d are left, after an address of %d", len(b), len(rest), length)
		}
	})
}
