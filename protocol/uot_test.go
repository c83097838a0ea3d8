package protocol_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/protocol"
)

func TestUoTVersion(t *testing.T) {
	tests := map[string]int{
		"sp.v2.udp-over-tcp.arpa": 2,
		"sp.udp-over-tcp.arpa":    1,
		"udp-over-tcp.arpa":       0,
		"example.com":             0,
		"":                        0,
	}
	for host, want := range tests {
		if got := (protocol.Address{Host: host, Port: 443}).UoTVersion(); got != want {
			t.Errorf("%q speaks version %d, want %d", host, got, want)
		}
	}
}

func TestUoTRequestWireForm(t *testing.T) {
	tests := []struct {
		wire string
		want protocol.UoTRequest
	}{
		{"00 01 01010101 0035", protocol.UoTRequest{Destination: protocol.Address{Host: "1.1.1.1", Port: 53}}},
		{"01 03 03 6e7470 007b", protocol.UoTRequest{Connect: true, Destination: protocol.Address{Host: "ntp", Port: 123}}},
		{"01 04 00000000000000000000000000000001 0001", protocol.UoTRequest{Connect: true, Destination: protocol.Address{Host: "::1", Port: 1}}},
	}
	for _, test := range tests {
		wire := unhex(t, test.wire)
		got, n, err := protocol.ParseUoTRequest(append(wire, "payload"...))
		if err != nil || got != test.want || n != len(wire) {
			t.Errorf("%s: %+v, %d bytes, %v", test.wire, got, n, err)
		}
		if back, err := test.want.Append([]byte("before")); err != nil || string(back) != "before"+string(wire) {
			t.Errorf("%+v: wire form %x, %v", test.want, back, err)
		}
		for cut := range wire {
			if r, n, err := protocol.ParseUoTRequest(wire[:cut]); !errors.Is(err, protocol.ErrShort) || n != 0 || r != (protocol.UoTRequest{}) {
				t.Errorf("%s cut after %d bytes: %+v, %d, %v", test.wire, cut, r, n, err)
			}
		}
	}
	// The reference takes any byte but 0 for true.
	if r, _, err := protocol.ParseUoTRequest(unhex(t, "02 01 01010101 0035")); err != nil || !r.Connect {
		t.Errorf("isConnect = 2: %+v, %v", r, err)
	}
	if _, _, err := protocol.ParseUoTRequest(unhex(t, "00 00 01010101 0035")); !errors.Is(err, protocol.ErrAddressType) {
		t.Errorf("a request with a datagram's address type: %v", err)
	}
	tooLong := protocol.UoTRequest{Destination: protocol.Address{Host: strings.Repeat("a", 256)}}
	if got, err := tooLong.Append([]byte("before")); !errors.Is(err, protocol.ErrHostTooLong) || string(got) != "before" {
		t.Errorf("a host of 256 bytes: %x, %v", got, err)
	}
}

func TestDatagramWireForm(t *testing.T) {
	addr := func(host string, port uint16) protocol.Address { return protocol.Address{Host: host, Port: port} }
	tests := []struct {
		name, wire string
		connected  bool
		want       protocol.Datagram
	}{
		{"IPv4", "00 01010101 0035 0002 6869", false, protocol.Datagram{Address: addr("1.1.1.1", 53), Payload: []byte("hi")}},
		{"IPv6", "01 00000000000000000000000000000001 0035 0001 21", false, protocol.Datagram{Address: addr("::1", 53), Payload: []byte("!")}},
		{"domain", "02 03 6e7470 007b 0000", false, protocol.Datagram{Address: addr("ntp", 123), Payload: []byte{}}},
		{"connected", "0003 616263", true, protocol.Datagram{Payload: []byte("abc")}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wire := unhex(t, test.wire)
			got, n, err := protocol.ParseDatagram(append(wire, "the next"...), test.connected)
			if err != nil || n != len(wire) {
				t.Fatalf("took %d bytes of %d, %v", n, len(wire), err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("datagram (-want +got):\n%s", diff)
			}
			if back, err := protocol.AppendDatagram([]byte("before"), test.want, test.connected); err != nil || string(back) != "before"+string(wire) {
				t.Errorf("wire form %x, %v; want %x", back, err, wire)
			}
			for cut := range wire {
				if d, n, err := protocol.ParseDatagram(wire[:cut], test.connected); !errors.Is(err, protocol.ErrShort) || n != 0 || d.Payload != nil {
					t.Errorf("cut after %d bytes: %+v, %d, %v", cut, d, n, err)
				}
			}
		})
	}
}

// TestDatagramAddress holds that a datagram's destination is known before its
// payload has come.
func TestDatagramAddress(t *testing.T) {
	wire := unhex(t, "02 03 6e7470 007b")
	if a, err := protocol.ParseDatagramAddress(wire); err != nil || a != (protocol.Address{Host: "ntp", Port: 123}) {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := protocol.ParseDatagramAddress(wire[:6]); !errors.Is(err, protocol.ErrShort) {
		t.Errorf("cut short: %+v, %v", a, err)
	}
}

// TestAddressTablesDiffer holds that targets and datagrams have tables of their
// own. A decoder that mixes them up mostly seems to work.
func TestAddressTablesDiffer(t *testing.T) {
	const one = "01 01010101010101010101010101010101 0101 0000"
	target, n, err := protocol.ParseTarget(unhex(t, one))
	if err != nil || target.Host != "1.1.1.1" || n != 7 {
		t.Errorf("type 1 of a target is IPv4: %+v, %d, %v", target, n, err)
	}
	datagram, n, err := protocol.ParseDatagram(unhex(t, one), false)
	if err != nil || datagram.Address.Host != "101:101:101:101:101:101:101:101" || n != 21 {
		t.Errorf("type 1 of a datagram is IPv6: %+v, %d, %v", datagram, n, err)
	}
	for _, kind := range []string{"03", "04"} {
		if _, err := protocol.ParseDatagramAddress(unhex(t, kind)); !errors.Is(err, protocol.ErrAddressType) {
			t.Errorf("type %s of a datagram: %v", kind, err)
		}
	}
}

func TestDatagramErrors(t *testing.T) {
	tooLong := protocol.Datagram{Payload: make([]byte, protocol.MaxData+1)}
	if got, err := protocol.AppendDatagram([]byte("before"), tooLong, true); !errors.Is(err, protocol.ErrDataTooLong) || string(got) != "before" {
		t.Errorf("a payload of 65536 bytes: %d bytes of wire, %v", len(got), err)
	}
	noHost := protocol.Datagram{Address: protocol.Address{Host: strings.Repeat("a", 256)}}
	if got, err := protocol.AppendDatagram([]byte("before"), noHost, false); !errors.Is(err, protocol.ErrHostTooLong) || string(got) != "before" {
		t.Errorf("a host of 256 bytes: %d bytes of wire, %v", len(got), err)
	}
}

func FuzzDatagram(f *testing.F) {
	f.Add([]byte("\x00\x01\x01\x01\x01\x00\x35\x00\x02hi"), false)
	f.Add([]byte("\x00\x03abc"), true)
	f.Fuzz(func(t *testing.T, b []byte, connected bool) {
		d, n, err := protocol.ParseDatagram(b, connected)
		if err != nil {
			return
		}
		wire, err := protocol.AppendDatagram(nil, d, connected)
		if err != nil {
			t.Fatalf("%+v: %v", d, err)
		}
		back, m, err := protocol.ParseDatagram(wire, connected)
		if err != nil || m != len(wire) || back.Address != canonical(d.Address) || !bytes.Equal(back.Payload, d.Payload) {
			t.Errorf("%x is %+v, encodes to %x, is %+v, %v", b[:n], d, wire, back, err)
		}
	})
}

func FuzzUoTRequest(f *testing.F) {
	f.Add([]byte("\x00\x01\x01\x01\x01\x01\x00\x35"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, n, err := protocol.ParseUoTRequest(b)
		if err != nil {
			return
		}
		wire, err := r.Append(nil)
		if err != nil {
			t.Fatalf("%+v: %v", r, err)
		}
		back, m, err := protocol.ParseUoTRequest(wire)
		if err != nil || m != len(wire) || back.Connect != r.Connect || back.Destination != canonical(r.Destination) {
			t.Errorf("%x is %+v, encodes to %x, is %+v, %v", b[:n], r, wire, back, err)
		}
	})
}
