package protocol_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"anytls-inspect/protocol"
)

func TestTargetWireForm(t *testing.T) {
	long := strings.Repeat("a", 255)
	tests := []struct {
		wire string
		want protocol.Address
		text string
	}{
		{"01 7f000001 0050", protocol.Address{Host: "127.0.0.1", Port: 80}, "127.0.0.1:80"},
		{"03 0b 6578616d706c652e636f6d 01bb", protocol.Address{Host: "example.com", Port: 443}, "example.com:443"},
		{"04 20010db8000000000000000000000001 ffff", protocol.Address{Host: "2001:db8::1", Port: 65535}, "[2001:db8::1]:65535"},
		{"04 00000000000000000000ffff7f000001 0001", protocol.Address{Host: "::ffff:127.0.0.1", Port: 1}, "[::ffff:127.0.0.1]:1"},
		{"03 00 0000", protocol.Address{}, ":0"},
		{"03 ff" + strings.Repeat("61", 255) + "0001", protocol.Address{Host: long, Port: 1}, long + ":1"},
	}
	for _, test := range tests {
		wire := unhex(t, test.wire)
		got, n, err := protocol.ParseTarget(append(wire, "payload"...))
		if err != nil || got != test.want || n != len(wire) {
			t.Errorf("%s: %+v, %d bytes, %v; want %+v, %d bytes", test.wire, got, n, err, test.want, len(wire))
		}
		if got.String() != test.text {
			t.Errorf("%s: %q, want %q", test.wire, got, test.text)
		}
		if back, err := protocol.AppendTarget([]byte("before"), test.want); err != nil || string(back) != "before"+string(wire) {
			t.Errorf("%+v: wire form %x, %v; want %x", test.want, back, err, wire)
		}
		for cut := range wire {
			if a, n, err := protocol.ParseTarget(wire[:cut]); !errors.Is(err, protocol.ErrShort) || n != 0 || a != (protocol.Address{}) {
				t.Errorf("%s cut after %d bytes: %+v, %d, %v", test.wire, cut, a, n, err)
			}
		}
	}
	if longest := len(unhex(t, tests[len(tests)-1].wire)); longest != protocol.MaxAddress {
		t.Errorf("the longest address has %d bytes, MaxAddress is %d", longest, protocol.MaxAddress)
	}
}

func TestTargetErrors(t *testing.T) {
	// 00 and 02 are types of the other table: see TestAddressTablesDiffer.
	for _, wire := range []string{"00", "02 00 0000", "05", "ff 7f000001 0050"} {
		if a, n, err := protocol.ParseTarget(unhex(t, wire)); !errors.Is(err, protocol.ErrAddressType) || n != 0 {
			t.Errorf("%s: %+v, %d, %v", wire, a, n, err)
		}
	}
	got, err := protocol.AppendTarget([]byte("before"), protocol.Address{Host: strings.Repeat("a", 256)})
	if !errors.Is(err, protocol.ErrHostTooLong) || string(got) != "before" {
		t.Errorf("a host of 256 bytes: %x, %v", got, err)
	}
}

// TestZoneIsAName holds that an address with a zone, which the wire has no room
// for, is not silently sent without it.
func TestZoneIsAName(t *testing.T) {
	got, err := protocol.AppendTarget(nil, protocol.Address{Host: "fe80::1%lo", Port: 1})
	if want := unhex(t, "03 0a 666538303a3a31256c6f 0001"); err != nil || string(got) != string(want) {
		t.Errorf("wire form %x, %v; want %x", got, err, want)
	}
}

// canonical returns a as it comes back from the wire: with an IP address in its
// usual text form.
func canonical(a protocol.Address) protocol.Address {
	if ip, err := netip.ParseAddr(a.Host); err == nil && ip.Zone() == "" {
		a.Host = ip.String()
	}
	return a
}

// FuzzTarget holds that a decoded address is the same after it is encoded and
// decoded again, and that decoding does not depend on what follows.
func FuzzTarget(f *testing.F) {
	f.Add([]byte("\x01\x7f\x00\x00\x01\x00\x50"))
	f.Add([]byte("\x03\x0bexample.com\x01\xbbGET /"))
	f.Add([]byte("\x03\x07::00:00\x00\x01"))
	f.Add([]byte("\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x7f\x00\x00\x01\x00\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, n, err := protocol.ParseTarget(b)
		if err != nil {
			return
		}
		if n > len(b) || n > protocol.MaxAddress {
			t.Fatalf("took %d of %d bytes", n, len(b))
		}
		wire, err := protocol.AppendTarget(nil, a)
		if err != nil {
			t.Fatalf("%+v: %v", a, err)
		}
		back, m, err := protocol.ParseTarget(wire)
		if err != nil || m != len(wire) || back != canonical(a) {
			t.Errorf("%x is %+v, encodes to %x, is %+v, %v", b[:n], a, wire, back, err)
		}
		if _, _, err := protocol.ParseTarget(b[:n-1]); !errors.Is(err, protocol.ErrShort) {
			t.Errorf("%x without its last byte: %v", b[:n], err)
		}
	})
}
