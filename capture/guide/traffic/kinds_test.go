package traffic

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture/report"
)

// try tries one kind.
func try(t *testing.T, p *Proxy, name string) report.TargetKind {
	t.Helper()
	for _, k := range p.kinds() {
		if k.name == name {
			got, whole := p.run(t.Context(), k)
			if !whole || got.Kind != name {
				t.Errorf("got %+v, whole: %v", got, whole)
			}
			return got
		}
	}
	t.Fatalf("there is no kind %s", name)
	return report.TargetKind{}
}

func TestKindsThatFail(t *testing.T) {
	for name, c := range map[string]struct {
		server socksServer
		kind   string
		ok     bool
		text   string
	}{
		"a refusal is told": {socksServer{}, "refused", true, "the client's SOCKS inbound says: connection refused"},
		"it closes":         {socksServer{early: true}, "refused", true, "the client closed the connection"},
		"it hangs up":       {socksServer{hangup: true}, "refused", true, "the client's SOCKS inbound closed the connection without a reply"},
		"it keeps silent":   {socksServer{early: true, keep: true}, "refused", false, "the client says that it is connected, and told nothing within 0.6 s"},
		"no reply":          {socksServer{hang: true}, "refused", false, "the client told nothing within 0.6 s: no SOCKS reply"},
		"no SOCKS":          {socksServer{garbage: "?!"}, "refused", false, "the client's SOCKS inbound does not speak SOCKS 5"},
		"half of it":        {socksServer{answer: func(w, r net.Conn) { _, _ = io.CopyN(w, r, slowSize/2) }}, "slow", false, "after 49"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProxy(t, &c.server)
			p.limits = soon()
			p.limits.request = slowness + 5*time.Second
			got := try(t, p, c.kind)
			if got.OK != c.ok || !strings.HasPrefix(got.Text, c.text) {
				t.Errorf("got %+v, want %v, %q", got, c.ok, c.text)
			}
		})
	}
}

// TestASilentTarget: only the connection to it is treated badly, or only that of the request
// meanwhile.
func TestASilentTarget(t *testing.T) {
	for name, c := range map[string]struct {
		fault func(s *socksServer, silent func(net.Conn) bool)
		text  string
	}{
		"bytes": {func(s *socksServer, silent func(net.Conn) bool) {
			s.answer = func(w, r net.Conn) {
				if silent(r) {
					_, _ = io.WriteString(w, "boo")
				}
				_, _ = io.Copy(w, r)
			}
		}, "bytes come from a target that sends none"},
		"closed": {func(s *socksServer, silent func(net.Conn) bool) {
			s.answer = func(w, r net.Conn) {
				if !silent(r) {
					_, _ = io.Copy(w, r)
				}
			}
		}, "the connection was closed, while the target kept it open"},
		"nothing arrives": {func(s *socksServer, silent func(net.Conn) bool) {
			s.question = func(w, r net.Conn) {
				if silent(w) {
					_, _ = io.Copy(io.Discard, r)
				}
				_, _ = io.Copy(w, r)
			}
		}, "what was sent did not arrive within 0.3 s"},
		"it blocks others": {func(s *socksServer, silent func(net.Conn) bool) {
			blocked := make(chan struct{}) // from when the silent one came
			s.question = func(w, r net.Conn) {
				if silent(w) {
					close(blocked)
				} else {
					<-blocked
					_, _ = io.Copy(io.Discard, r)
				}
				_, _ = io.Copy(w, r)
			}
		}, "a request on another stream meanwhile: there was no whole answer within"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target, server := newTarget(t), new(socksServer)
			c.fault(server, func(conn net.Conn) bool { return conn.RemoteAddr().String() == target.silentAddr() })
			p, err := To(server.start(t), target)
			if err != nil {
				t.Fatal(err)
			}
			p.limits = soon()
			if got := try(t, p, "silent"); got.OK || !strings.HasPrefix(got.Text, c.text) {
				t.Errorf("got %+v, want %q", got, c.text)
			}
		})
	}
}

// TestNamesAreResolvedByTheServer: the client is handed the name, and the addresses as such.
func TestNamesAreResolvedByTheServer(t *testing.T) {
	var mu sync.Mutex
	seen := make(map[string]byte) // the type of address, by host
	p := newProxy(t, &socksServer{asked: func(kind byte, to string) {
		mu.Lock()
		defer mu.Unlock()
		host, _, _ := net.SplitHostPort(to)
		seen[host] = kind
	}})
	p.limits = soon()
	for _, name := range []string{"ipv4", "name"} {
		try(t, p, name)
	}
	want := map[string]byte{loopback: addrIPv4, "localhost": addrName}
	if p.target.web.six {
		try(t, p, "ipv6")
		want["::1"] = addrIPv6
	}
	for host, kind := range want {
		if seen[host] != kind {
			t.Errorf("%s was asked for as type %d, want %d", host, seen[host], kind)
		}
	}
}

// TestNobodyListensWhereItRefuses: not even another program can take the port.
func TestNobodyListensWhereItRefuses(t *testing.T) {
	target := newTarget(t)
	if conn, err := net.Dial("tcp", target.refusedAddr()); err == nil {
		conn.Close()
		t.Error("somebody listens")
	}
	if l, err := net.Listen("tcp", target.refusedAddr()); err == nil {
		l.Close()
		t.Error("the port is free")
	}
}
