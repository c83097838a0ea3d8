package relay_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay"
	"anytls-inspect/protocol/session"
)

// A tlsTape keeps what the relay tells of a session's TLS.
type tlsTape struct {
	stood  chan capture.Event // Established
	closed chan capture.Event
}

func (o options) withTape() (options, *tlsTape) {
	tape := &tlsTape{stood: make(chan capture.Event, 1), closed: make(chan capture.Event, 1)}
	o.sink = func(next capture.Sink) capture.Sink {
		return sinkOf(func(e *capture.Event) {
			next.Record(e)
			switch e.Kind {
			case capture.Established:
				tape.stood <- *e
			case capture.Closed:
				tape.closed <- *e
			}
		})
	}
	return o, tape
}

// An altered is a connection that sends something else behind a ChangeCipherSpec, behind
// which TLS 1.3 is encrypted.
type altered struct {
	net.Conn
	by []byte
}

func (a *altered) Write(p []byte) (int, error) {
	const changeCipherSpec, its = 20, 6 // type and length
	if p[0] != changeCipherSpec {
		return a.Conn.Write(p)
	}
	_, err := a.Conn.Write(append(p[:its:its], a.by...))
	return len(p), err
}

// saysOnce has a server answer whoever connects with a text, when it has read something. An
// empty text is a connection that is closed.
func saysOnce(t *testing.T, text string) (address string) {
	t.Helper()
	ln := listen(t)
	done := make(chan struct{})
	go func() { // until ln is closed
		defer close(done)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = bufio.NewReader(c).ReadByte()
			_, _ = io.WriteString(c, text)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = ln.Close(); <-done })
	return ln.Addr().String()
}

// to makes a relay's server another one.
func to(address string) options {
	return options{relay: func(c *relay.Config) { c.Server = address }}
}

// TestTLSFailed: where TLS does not come to stand with a peer, the end says with which, why
// and what to do.
func TestTLSFailed(t *testing.T) {
	says := func(text string) func(*rig, net.Conn) error {
		return func(_ *rig, c net.Conn) error { _, err := io.WriteString(c, text); return err }
	}
	shakes := func(alter []byte) func(*rig, net.Conn) error {
		return func(_ *rig, c net.Conn) error {
			if alter != nil {
				c = &altered{c, alter}
			}
			if tls.Client(c, &tls.Config{ServerName: "example.com"}).Handshake() == nil {
				return errors.New("the client trusts the relay")
			}
			return nil
		}
	}
	trusts := func(r *rig, c net.Conn) error {
		_ = tls.Client(c, &tls.Config{ServerName: "example.com", RootCAs: r.ca.Pool()}).Handshake()
		return nil
	}
	for name, tc := range map[string]struct {
		options
		client func(*rig, net.Conn) error
		by     session.Closer
		stood  bool     // the server's leg did
		want   []string // parts of the reason
	}{
		"the client rejects the certificate": {
			client: shakes(nil), stood: true, want: []string{"client leg: remote error: tls: bad certificate: ", "ca --export FILE"},
		},
		"it does so in plaintext": {
			client: shakes([]byte{21, 3, 3, 0, 2, 2, 48}), stood: true,
			want: []string{"client leg: remote error: tls: unknown certificate authority: ", "does not trust"},
		},
		"its answer can't be decrypted": {
			client: shakes(append([]byte{23, 3, 3, 0, 30}, make([]byte, 30)...)), stood: true,
			want: []string{"bad record MAC: the client rejected our certificate, or its keys differ: ", "ca --export FILE"},
		},
		"PROXY header":   {client: says("PROXY TCP4 192.0.2.1 192.0.2.2 1 443\r\n"), want: []string{"client leg", "a PROXY protocol header", "switch it off"}},
		"SOCKS5":         {client: says("\x05\x01\x00"), want: []string{"client leg", "that is SOCKS"}},
		"plain HTTP":     {client: says("GET / HTTP/1.1\r\n\r\n"), want: []string{"client leg", "that is HTTP"}},
		"no known words": {client: says("\x01\x02\x03\x04\x05\x06"), want: []string{"client leg", "does not speak TLS here"}},
		"the server speaks HTTP": {
			options: to(saysOnce(t, "HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n")), client: trusts, by: session.ClosedByServer,
			want: []string{"server leg", `plain HTTP there and not TLS ("HTTP/1.1 400 Bad Request")`},
		},
		"the server closes": {
			options: to(saysOnce(t, "")), client: trusts, by: session.ClosedByServer,
			want: []string{"server leg: ", "or a PROXY protocol header before TLS", "or be none of TLS"},
		},
		"nobody listens": {
			options: to("127.0.0.1:1"), client: trusts, by: session.ClosedByServer, want: []string{"server leg", "is the server running there?"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, tape := tc.withTape()
			r := newRig(t, o)
			c, err := net.Dial("tcp", r.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			_ = c.SetDeadline(time.Now().Add(patience))
			if err := tc.client(r, c); err != nil {
				t.Error(err)
			}
			e := <-tape.closed
			if !e.TLSFailed || e.By != tc.by {
				t.Errorf("TLS failed: %v, by %v, want by %v", e.TLSFailed, e.By, tc.by)
			}
			for _, part := range tc.want {
				if !strings.Contains(e.Reason, part) {
					t.Errorf("the reason %q does not say %q", e.Reason, part)
				}
			}
			if strings.Contains(e.Reason, c.LocalAddr().String()) {
				t.Errorf("the reason %q differs each time", e.Reason)
			}
			select {
			case e := <-tape.stood:
				if !tc.stood || e.TLS != nil || e.ServerTLS == nil || e.ServerTLS.Version != "TLS 1.3" {
					t.Errorf("TLS of both legs: %+v, %+v", e.TLS, e.ServerTLS)
				}
			default:
				if tc.stood {
					t.Error("nothing is told of the server's leg")
				}
			}
		})
	}
}

// TestTLSBreaks: what TLS can't decrypt in a session that stands is a failure of TLS, and a
// connection that is reset is none.
func TestTLSBreaks(t *testing.T) {
	for name, tc := range map[string]struct {
		breaks func(net.Conn) error
		failed bool
		want   string
	}{
		"a record that can't be decrypted": {
			func(c net.Conn) error {
				_, err := c.Write(append([]byte{23, 3, 3, 0, 30}, make([]byte, 30)...))
				return err
			}, true,
			"server leg: local error: tls: bad record MAC: what came from the server is not what TLS can decrypt",
		},
		"what is no record": {
			func(c net.Conn) error {
				_, err := io.WriteString(c, "HTTP/1.1 200 OK\r\n"+strings.Repeat("x", 1<<16))
				return err
			}, true,
			"server leg: ",
		},
		"a reset": {
			func(c net.Conn) error { return errors.Join(c.(*net.TCPConn).SetLinger(0), c.Close()) }, false,
			capture.ReasonReset(1),
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, tape := options{}.withTape()
			r := newRig(t, o)
			_, server := ready(t, r)
			if err := tc.breaks(server.NetConn()); err != nil {
				t.Fatal(err)
			}
			e := <-tape.closed
			if e.TLSFailed != tc.failed || e.By != session.ClosedByServer || !strings.Contains(e.Reason, tc.want) {
				t.Errorf("TLS failed: %v, by %v: %q; want %v: %q", e.TLSFailed, e.By, e.Reason, tc.failed, tc.want)
			}
		})
	}
}

// TestTLSThatDidNotFail: an end of the relay while TLS is not there yet, and a client that
// did not wait for the server, are no failures of TLS.
func TestTLSThatDidNotFail(t *testing.T) {
	for name, end := range map[string]func(r *rig, client net.Conn){
		"the relay ends":    func(r *rig, _ net.Conn) { r.stop() },
		"the client leaves": func(_ *rig, client net.Conn) { _ = client.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			mute := listen(t) // accepts, and says nothing
			defer func() { _ = mute.Close() }()
			o, tape := to(mute.Addr().String()).withTape()
			r := newRig(t, o)
			client, err := net.Dial("tcp", r.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = client.Close() }()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			shaken := make(chan struct{})
			go func() { // until the client's connection ends
				defer close(shaken)
				_ = tls.Client(client, &tls.Config{RootCAs: r.ca.Pool(), ServerName: "example.com"}).HandshakeContext(ctx)
			}()
			dialed, err := mute.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = dialed.Close() }()
			end(r, client)
			if e := <-tape.closed; e.TLSFailed {
				t.Errorf("TLS failed: by %v, %q", e.By, e.Reason)
			}
			cancel()
			<-shaken
		})
	}
}
