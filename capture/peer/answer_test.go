package peer

import (
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// http2 is what an HTTP/2 server begins with: SETTINGS, and a GOAWAY.
const http2 = "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"

const badRequest = "HTTP/1.1 400 Bad Request\r\nDate: today\r\nServer: cloudflare\r\nConnection: close\r\n\r\nBad Request"

// TestDescribe: what a server sent instead of frames is named, in one line.
func TestDescribe(t *testing.T) {
	for sent, want := range map[string]string{
		badRequest:                          `"HTTP/1.1 400 Bad Request", Server: cloudflare`,
		"HTTP/1.0 200 OK\nserver:x\n\nok":   `"HTTP/1.0 200 OK", Server: x`,
		"HTTP/1.1 502":                      `"HTTP/1.1 502"`,
		http2:                               "HTTP/2",
		"\x16\x03\x01\x02\x00\x01":          "another TLS connection, inside of this one",
		"SSH-2.0-OpenSSH_9.6\r\n":           `SSH, "SSH-2.0-OpenSSH_9.6"`,
		"页面不存在\r\n":                         `"页面不存在"`,
		"HTTP/1.1 403 \xbd\xfb\x1b\r\n\r\n": `"HTTP/1.1 403 \xbd\xfb\x1b"`,
		"\xff\x00\x1b":                      "bytes that are no text, ff 00 1b",
		"\x1b[2Jx\n":                        "bytes that are no text, 1b 5b 32 4a 78 0a",
	} {
		if got := describe([]byte(sent)); got != want {
			t.Errorf("%q is %q, want %q", sent, got, want)
		}
	}
}

// TestNotAnyTLS: an answer of another protocol ends the session at once, in however many
// records it comes, and with how it is called. Where it stops before it says enough, the
// end of the connection or of the waiting does.
func TestNotAnyTLS(t *testing.T) {
	for _, tc := range []struct {
		name   string
		sent   []string
		closes bool // the server closes after that
		want   string
	}{
		{"HTTP", []string{badRequest}, false, `"HTTP/1.1 400 Bad Request", Server: cloudflare`},
		{"HTTP in pieces", []string{"H", "TTP/1.1 400 Bad", " Request\r\n", badRequest[26:]}, false, `"HTTP/1.1 400 Bad Request", Server: cloudflare`},
		{"HTTP that ends early", []string{badRequest[:12]}, true, `"HTTP/1.1 400"`},
		{"HTTP/2", []string{http2}, false, "HTTP/2"},
		{"HTTP/2 in pieces", []string{http2[:5], http2[5:]}, false, "HTTP/2"},
		{"TLS", []string{"\x15\x03\x01\x00\x02\x02\x28"}, false, "another TLS connection, inside of this one"},
		{"SSH", []string{"SSH-2.0-x\r\n"}, false, `SSH, "SSH-2.0-x"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPair(t)
			addr, wait := p.serveRaw(t, p.serverTLS(), func(s *rawServer) {
				s.record()
				s.record()
				for _, part := range tc.sent {
					_, _ = s.conn.Write([]byte(part))
				}
				if !tc.closes {
					s.rest()
				}
			})
			sink := new(memorySink)
			cfg := p.clientConfig(addr)
			cfg.Sink = sink
			c := dial(t, cfg)
			err := c.Greet(t.Context())
			var other *NotAnyTLSError
			if !errors.As(err, &other) || other.Answer != tc.want {
				t.Errorf("Greet: %v; want %q", err, tc.want)
			}
			_ = c.Close()
			wait()
			last := sink.events[len(sink.events)-1]
			if by := session.ClosedByClient; last.Kind != capture.Closed || last.TLSFailed || !tc.closes && (last.By != by || last.Reason != "") {
				t.Errorf("the last event is %+v", last)
			}
		})
	}
}

// TestNotAnyTLSHeldOpen: what is cut inside its first line is told when the waiting ends.
func TestNotAnyTLSHeldOpen(t *testing.T) {
	x := newBeginning("server.test")
	if other, err := x.take([]byte("HTTP/1.1 400")); !other || err != nil {
		t.Errorf("take: %v, %v; want to wait for more", other, err)
	}
	var other *NotAnyTLSError
	if err := x.explain(ErrNoServerSettings); !errors.As(err, &other) || other.Answer != `"HTTP/1.1 400"` || strings.Contains(err.Error(), "--sni") {
		t.Errorf("explain: %v", err)
	}
	unnamed := newBeginning("")
	if _, err := unnamed.take([]byte(http2)); err == nil || !strings.Contains(err.Error(), "it was shown no name, and may want --sni NAME") {
		t.Errorf("shown no name: %v", err)
	}
}

// TestBeginningOfFrames: no frame that a server may begin with is taken for another
// protocol, wherever it is cut.
func TestBeginningOfFrames(t *testing.T) {
	for command := protocol.Waste; command.Known(); command++ {
		first, err := protocol.AppendFrame(nil, command, 0, []byte("v=2"))
		if err != nil {
			t.Fatal(err)
		}
		for cut := range first {
			x := newBeginning("server.test")
			for _, part := range [][]byte{first[:cut], first[cut:]} {
				if other, err := x.take(part); other || err != nil {
					t.Errorf("%v, cut at %d: %v, %v", command, cut, other, err)
				}
			}
			var rejected *RejectedError
			if x.silent() || errors.As(x.explain(ErrClosedByPeer), &rejected) {
				t.Errorf("%v, cut at %d: no frame was heard", command, cut)
			}
		}
	}
}

// TestReset: a server that resets the connection with bytes unread has rejected the session,
// wherever the client meets that; what it had said before counts.
func TestReset(t *testing.T) {
	for _, said := range []string{"", badRequest} {
		p := newPair(t)
		l := listen(t)
		ended := make(chan struct{})
		go func() { // one connection
			defer close(ended)
			raw, err := l.Accept()
			if err != nil {
				return
			}
			conn := tls.Server(raw, p.serverTLS())
			_, _ = conn.Read(make([]byte, 1)) // the rest of the preamble stays unread
			if said != "" {
				_, _ = conn.Write([]byte(said))
			}
			_ = raw.(*net.TCPConn).SetLinger(0)
			_ = raw.Close()
		}()
		c, err := Dial(t.Context(), p.clientConfig(l.Addr().String()))
		if err == nil {
			err = c.Greet(t.Context())
			_ = c.Close()
		}
		<-ended
		var rejected *RejectedError
		var other *NotAnyTLSError
		if !errors.As(err, &rejected) && (said == "" || !errors.As(err, &other)) {
			t.Errorf("after %q: %v", said, err)
		}
	}
}

// TestClosedAfterFrames: a server that has sent frames knows the password.
func TestClosedAfterFrames(t *testing.T) {
	p := newPair(t)
	addr, wait := p.serveRaw(t, p.serverTLS(), func(s *rawServer) {
		s.record()
		s.record()
		s.send(frame{protocol.UpdatePaddingScheme, 0, []byte("stop=1")})
	})
	c := dial(t, p.clientConfig(addr))
	err := c.Greet(t.Context())
	if !errors.Is(err, ErrClosedByPeer) || strings.Contains(err.Error(), "password") || strings.Contains(err.Error(), "AnyTLS") {
		t.Errorf("Greet: %v", err)
	}
	wait()
}
