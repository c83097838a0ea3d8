package traffic

import (
	"bytes"
	"net"
	"slices"
	"strings"
	"testing"
)

// onThe has the n-th datagram of a server become what change makes of it.
func onThe(n int, change func([]byte) [][]byte) func([]byte) [][]byte {
	seen := 0
	return func(b []byte) [][]byte {
		if seen++; seen == n {
			return change(b)
		}
		return [][]byte{b}
	}
}

// with returns a copy of a datagram with a byte changed.
func with(b []byte, at int, to byte) [][]byte {
	b = bytes.Clone(b)
	b[at] = to
	return [][]byte{b}
}

func TestDatagramsHaveToComeBack(t *testing.T) {
	lost := func([]byte) [][]byte { return nil }
	for name, c := range map[string]struct {
		server socksServer
		failed uint64 // of 8
		want   string
	}{
		"none is lost":  {socksServer{}, 0, ""},
		"lost":          {socksServer{datagram: onThe(3, lost)}, 1, "datagram 3 (1200 B): it did not come back within 0.3 s"},
		"the last lost": {socksServer{datagram: onThe(8, lost)}, 1, "datagram 8 (8000 B): it did not come back within 0.3 s"},
		"changed": {
			socksServer{datagram: onThe(2, func(b []byte) [][]byte { return with(b, 50, b[50]^1) })},
			1, "datagram 2 (100 B): it came back with other bytes",
		},
		"twice":          {socksServer{datagram: onThe(4, func(b []byte) [][]byte { return [][]byte{b, b} })}, 1, "datagram 4 (8000 B): it came back twice"},
		"the last twice": {socksServer{datagram: onThe(8, func(b []byte) [][]byte { return [][]byte{b, b} })}, 1, "datagram 8 (8000 B): it came back twice"},
		"of another": {
			socksServer{datagram: onThe(1, func(b []byte) [][]byte { return with(b, 7, 9) })},
			1, "datagram 1 (1 B): it came back as if it were from 127.0.0.9:",
		},
		"fragment": {
			socksServer{datagram: onThe(1, func(b []byte) [][]byte { return with(b, 2, 1) })},
			1, "datagram 1 (1 B): it did not come back: what arrived is no SOCKS datagram: it is a fragment",
		},
		"garbage": {
			socksServer{datagram: onThe(4, func([]byte) [][]byte { return [][]byte{{0, 0, 0, 9, 9}} })},
			1, "datagram 4 (8000 B): it did not come back: what arrived is no SOCKS datagram: its type of address is unknown",
		},
		"more": {
			socksServer{datagram: onThe(1, func(b []byte) [][]byte { return [][]byte{append(bytes.Clone(b), "abc"...)} })},
			1, "datagram 1 (1 B): it did not come back: 4 bytes arrived that were not sent",
		},
		"garbage beside": {
			socksServer{datagram: onThe(1, func(b []byte) [][]byte { return [][]byte{nil, {1}, b} })}, 0, "",
		},
		"by name":      {socksServer{relayHost: []byte{addrName, 2, 'm', 'e'}}, 0, ""},
		"by address":   {socksServer{relayHost: []byte{addrIPv4, 127, 0, 0, 1}}, 0, ""},
		"no address":   {socksServer{relayHost: append([]byte{addrIPv6}, make([]byte, 16)...)}, 0, ""},
		"odd address":  {socksServer{relayHost: []byte{7}}, 8, "the reply of the client's SOCKS inbound: its type of address is unknown"},
		"refuses":      {socksServer{reply: 7}, 8, "the client's SOCKS inbound says: command not supported"},
		"login":        {socksServer{method: 2}, 8, "the client's SOCKS inbound wants a login"},
		"no SOCKS":     {socksServer{garbage: "no"}, 8, "the client's SOCKS inbound does not speak SOCKS 5"},
		"hangs":        {socksServer{hang: true}, 8, "the client's SOCKS inbound gave no reply in time"},
		"hangs up":     {socksServer{hangup: true}, 8, "the client's SOCKS inbound closed the connection without a reply"},
		"closes after": {socksServer{associated: func(tcp net.Conn) { tcp.Close() }, datagram: lost}, 8, "datagram 1 (1 B): it did not come back: the client's SOCKS inbound closed the association"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProxy(t, &c.server)
			p.limits = soon()
			got := p.Datagrams(t.Context(), 8)
			if got.Requests != 8 || got.Failed != c.failed {
				t.Errorf("got %+v, want %d that failed", got, c.failed)
			}
			if want := c.want; want != "" && (len(got.Failures) == 0 || !strings.HasPrefix(got.Failures[0], want)) {
				t.Errorf("got %q, want %q", got.Failures, want)
			}
		})
	}
}

func TestDatagramsInAnyOrder(t *testing.T) {
	var held [][]byte
	server := socksServer{datagram: func(b []byte) [][]byte {
		held = append(held, bytes.Clone(b))
		if len(held) < len(datagramSizes()) {
			return nil
		}
		back := held
		held = nil
		slices.Reverse(back)
		return back
	}}
	got := newProxy(t, &server).Datagrams(t.Context(), 40)
	works(t, got, 40)
	if want := uint64(10 * (1 + 100 + 1200 + 8000)); got.BytesCompared != want {
		t.Errorf("%d bytes compared, want %d", got.BytesCompared, want)
	}
}

func TestALateDatagramIsToldLate(t *testing.T) {
	var first []byte
	withFirst := onThe(len(datagramSizes())+1, func(b []byte) [][]byte { return [][]byte{first, b} })
	server := socksServer{datagram: func(b []byte) [][]byte {
		back := withFirst(b)
		if first == nil {
			first = bytes.Clone(b)
			return nil
		}
		return back
	}}
	p := newProxy(t, &server)
	p.limits = soon()
	got := p.Datagrams(t.Context(), 8)
	if got.Failed != 1 || got.Failures[0] != "datagram 1 (1 B): it came back, but too late" {
		t.Errorf("got %+v", got)
	}
}

func TestDatagramsOfEachSize(t *testing.T) {
	p := newProxy(t, new(socksServer))
	for n := range 6 {
		if got := p.Datagrams(t.Context(), n); got.Requests != uint64(n) || got.Failed != 0 {
			t.Errorf("%d datagrams: got %+v", n, got)
		}
	}
}
