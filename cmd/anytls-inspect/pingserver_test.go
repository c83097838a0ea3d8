package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/ca"
	"anytls-inspect/protocol"
)

// A fakeServer is a connection of a server that a test is itself.
type fakeServer struct {
	*tls.Conn
	raw *net.TCPConn
}

// serveFake accepts one connection, and lets do be its server.
func serveFake(t *testing.T, do func(*fakeServer)) (address string) {
	t.Helper()
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	ln := listenTCP(t)
	ended := make(chan struct{})
	go func() { // until do has returned, or the test ends
		defer close(ended)
		raw, err := ln.AcceptTCP()
		if err != nil {
			return
		}
		conn := tls.Server(raw, &tls.Config{GetCertificate: authority.Certificate})
		do(&fakeServer{Conn: conn, raw: raw})
		_ = conn.Close()
	}()
	t.Cleanup(func() {
		_ = ln.Close()
		<-ended
	})
	return ln.Addr().String()
}

// send sends a frame.
func (f *fakeServer) send(command protocol.Command, stream uint32, data string) {
	b, _ := protocol.AppendFrame(nil, command, stream, []byte(data))
	_, _ = f.Write(b)
}

// frames calls frame with the header of each whole frame of the client's, until the client
// is gone.
func (f *fakeServer) frames(frame func(protocol.Header)) {
	dec, buf := protocol.NewDecoder(protocol.ClientToServer), make([]byte, protocol.MaxRecord)
	for {
		n, err := f.Read(buf)
		for b := buf[:n]; len(b) > 0; {
			p, taken := dec.Next(b)
			if b = b[taken:]; p.Kind == protocol.PieceFrame && p.Last {
				frame(p.Header)
			}
		}
		if err != nil {
			return
		}
	}
}

// preamble reads the client's preamble, which is one record.
func (f *fakeServer) preamble() { _, _ = f.Read(make([]byte, protocol.MaxRecord)) }

// hold reads until the client is gone, and says nothing.
func (f *fakeServer) hold() { f.frames(func(protocol.Header) {}) }

// version1 answers streams as their targets do, with a PSH or a FIN, and no heartbeats.
func (f *fakeServer) version1(answer protocol.Command, data string) {
	f.frames(func(h protocol.Header) {
		if h.Command == protocol.PSH {
			f.send(answer, h.Stream, data)
		}
	})
}

// version2 answers the Settings, heartbeats, and each SYN with a SYNACK of this text, if any.
func (f *fakeServer) version2(synack *string) {
	f.frames(func(h protocol.Header) {
		switch {
		case h.Command == protocol.Settings:
			f.send(protocol.ServerSettings, 0, "v=2")
		case h.Command == protocol.HeartRequest:
			f.send(protocol.HeartResponse, h.Stream, "")
		case h.Command == protocol.SYN && synack != nil:
			f.send(protocol.SYNACK, h.Stream, *synack)
		}
	})
}

// answers answers as another service, and reads on.
func answers(text string) func(*fakeServer) {
	return func(f *fakeServer) {
		f.preamble()
		_, _ = f.Write([]byte(text))
		_, _ = io.Copy(io.Discard, f)
	}
}

// TestPingRefused: what a server makes of the session is named, and decides the exit code.
// Nothing but its answers says which version it speaks.
func TestPingRefused(t *testing.T) {
	environment(t, "secret", "")
	const (
		rejected = "rejected: the server closed the connection before any frame: a wrong password is likeliest"
		silent   = "server-silent: the server has sent nothing for "
		causes   = ": a wrong password held open, a fallback that waits, a dead path, not AnyTLS"
		target   = "192.0.2.1:22"
	)
	soon := []string{"-c", "2", "-i", "1ms", "-W", "20ms"}
	late := []string{"-c", "1", "-W", "20s"}
	text := func(s string) *string { return &s }
	for _, tc := range []struct {
		name   string
		server func(*fakeServer)
		args   []string
		out    []string // parts of standard output
		not    []string // no parts of standard output, nor of the error
		err    []string // parts of the error; nil: there is none
	}{
		{
			name: "closed", server: (*fakeServer).preamble, args: late,
			err: []string{rejected},
		},
		{
			name: "reset with unread bytes", args: late,
			server: func(f *fakeServer) {
				_, _ = f.Read(make([]byte, 1))
				_ = f.raw.SetLinger(0)
				_ = f.raw.Close()
			},
			err: []string{rejected},
		},
		{
			name: "held open", server: (*fakeServer).hold, args: soon,
			out: []string{
				"protocol version not known\n", "no ServerSettings\n" + silent, causes,
				"no ServerSettings: version 1, or it answers nothing: --target HOST:PORT finds out\n", "0 answered, 2 lost (100.0 %)",
			},
			not: []string{"protocol version 1"},
			err: []string{silent, causes + "; or version 1: --target HOST:PORT finds out"},
		},
		{
			name: "held open, with a target", server: (*fakeServer).hold, args: append(soon, "--target", target),
			out: []string{
				"protocol version not known\n", silent,
				"stream to " + target + ": no answer within 20ms; one of version 1 answers only where the target does, such as SSH, which speaks first\n",
			},
			not: []string{"protocol version 1", "finds out"},
			err: []string{silent, causes},
		},
		{
			name: "HTTP/1.1", server: answers("HTTP/1.1 400 Bad Request\r\nServer: cloudflare\r\n\r\nBad Request"), args: late,
			err: []string{`not AnyTLS: it answered with "HTTP/1.1 400 Bad Request", Server: cloudflare`},
		},
		{
			name: "HTTP/2", server: answers("\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80"), args: late,
			err: []string{"not AnyTLS: it answered with HTTP/2"},
		},
		{
			name: "version 1, no target", server: func(f *fakeServer) { f.version1(protocol.PSH, "SSH-2.0-x\r\n") }, args: soon,
			out: []string{"protocol version not known\n", "--target HOST:PORT finds out\n"},
			not: []string{"protocol version 1", "unsupported"},
			err: []string{silent, "or version 1"},
		},
		{
			name: "version 1, a target", server: func(f *fakeServer) { f.version1(protocol.PSH, "SSH-2.0-x\r\n") }, args: []string{"-c", "1", "-W", "1s", "--target", target},
			out: []string{
				"protocol version 1\n", "no ServerSettings\n", "stream to " + target + ": PSH ",
				"neither ServerSettings nor SYNACK before it: version 1, which need not answer heartbeats\n",
				"seq=1: no answer within 1s: unsupported by version 1\n", "1 sent, 0 answered, 0 lost (0.0 %), 1 unsupported\n",
			},
			not: []string{"silent", "not known"},
		},
		{
			name: "version 1, a target that refuses", server: func(f *fakeServer) { f.version1(protocol.FIN, "") }, args: []string{"-c", "1", "-W", "1s", "--target", target},
			out: []string{"protocol version 1\n", "stream to " + target + ": FIN ", "1 unsupported\n"},
		},
		{
			name: "version 2, a target", server: func(f *fakeServer) { f.version2(text("")) }, args: append(late, "--target", target),
			out: []string{"protocol version 2\n", "auth → ServerSettings ", "stream to " + target + ": SYNACK ", " ms\n", "1 sent, 1 answered, 0 lost (0.0 %)\n"},
			not: []string{"unsupported", "no SYNACK"},
		},
		{
			name: "version 2, a target that refuses", server: func(f *fakeServer) { f.version2(text("no route\x1b")) }, args: append(late, "--target", target),
			out: []string{"protocol version 2\n", "stream to " + target + ": SYNACK ", " ms: no route", "1 answered"},
			not: []string{"\x1b"},
			err: []string{"the stream to " + target + " was refused: no route"},
		},
		{
			name: "version 2, no SYNACK", server: func(f *fakeServer) { f.version2(nil) }, args: []string{"-c", "1", "-W", "1s", "--target", target},
			out: []string{"protocol version 2\n", "stream to " + target + ": no answer within 1s\n"},
			err: []string{"the stream to " + target + " was not answered within 1s"},
		},
		{
			name: "closed after frames", args: late,
			server: func(f *fakeServer) {
				f.preamble()
				_, _ = f.Read(make([]byte, protocol.MaxRecord))
				f.send(protocol.ServerSettings, 0, "v=2")
			},
			not: []string{"password", "AnyTLS:"},
			err: []string{"the peer closed the session without a reason"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg, err := pingConfigOf(t, serveFake(t, tc.server), append(tc.args, "-k", "-o", "text")...)
			if err != nil {
				t.Fatal(err)
			}
			if cfg.timeout < time.Second {
				cfg.settings = 50 * time.Millisecond // none come
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			var stdout bytes.Buffer
			err = runPing(ctx, newStdio(nil, &stdout, io.Discard), cfg)
			if (err != nil) != (tc.err != nil) {
				t.Errorf("the ping ends with %v", err)
			}
			told := ""
			if err != nil {
				told = err.Error()
			}
			for _, part := range tc.err {
				if !strings.Contains(told, part) {
					t.Errorf("the error lacks %q: %s", part, told)
				}
			}
			for _, part := range tc.out {
				if !strings.Contains(stdout.String(), part) {
					t.Errorf("standard output lacks %q:\n%s", part, &stdout)
				}
			}
			for _, part := range tc.not {
				if strings.Contains(stdout.String()+told, part) {
					t.Errorf("%q is told:\n%s%s", part, &stdout, told)
				}
			}
		})
	}
}

// TestPingInterrupted: who gives up waiting for the server accuses nobody.
func TestPingInterrupted(t *testing.T) {
	environment(t, "secret", "")
	for name, line := range map[string][]string{"Settings": nil, "a stream": {"--target", "192.0.2.1:22", "-W", "20s"}} {
		ctx, interrupt := context.WithCancel(t.Context())
		address := serveFake(t, func(f *fakeServer) {
			f.frames(func(protocol.Header) { interrupt() })
		})
		cfg, err := pingConfigOf(t, address, append(line, "-k", "-o", "json")...)
		if err != nil {
			t.Fatal(err)
		}
		var stdout bytes.Buffer
		err = runPing(ctx, newStdio(nil, &stdout, io.Discard), cfg)
		if text := stdout.String(); err != nil || strings.Contains(text, "silent") || strings.Contains(text, "ping-failed") || !strings.Contains(text, `"event":"summary"`) {
			t.Errorf("%s: the ping ends with %v:\n%s", name, err, text)
		}
	}
}
