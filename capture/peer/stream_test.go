package peer

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"anytls-inspect/protocol"
)

var testTarget = protocol.Address{Host: "target.test", Port: 80}

func openStream(t *testing.T, c *Client) *Stream {
	t.Helper()
	s, err := c.OpenStream(t.Context(), testTarget)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestBigTransfers sends much both ways in several streams of one session at once, and
// compares all of it.
func TestBigTransfers(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			p := newPair(t)
			cfg := p.clientConfig(p.serve(t, ServerConfig{Dial: echo}))
			cfg.TLS.MinVersion, cfg.TLS.MaxVersion = version, version
			c := dial(t, cfg)
			var streams sync.WaitGroup
			for i := range uint64(4) {
				s := openStream(t, c)
				n := body{seed: i, size: 8 << 20, chunk: 10_000 << i} // below and above a frame and a record
				streams.Go(func() {
					if err := n.send(s); err != nil {
						t.Errorf("stream %d: sending: %v", s.ID(), err)
					}
				})
				streams.Go(func() {
					if err := n.check(s); err != nil {
						t.Errorf("stream %d: %v", s.ID(), err)
					}
				})
			}
			streams.Go(func() {
				for range 20 {
					if _, err := c.Heartbeat(t.Context()); err != nil {
						t.Errorf("heartbeat: %v", err)
					}
				}
			})
			streams.Wait()
		})
	}
}

// TestLargeWrite: one Write becomes as many frames as it needs.
func TestLargeWrite(t *testing.T) {
	p := newPair(t)
	var got []frame
	addr, wait := p.serveRaw(t, &tls.Config{}, func(s *rawServer) {
		s.record()
		all, err := io.ReadAll(s.conn)
		if err != nil {
			t.Error(err)
		}
		got = frames(t, all)
	})
	cfg := p.clientConfig(addr)
	cfg.Scheme = parseScheme(t, "stop=1")
	c := dial(t, cfg)
	s := openStream(t, c)
	payload := bytes.Repeat([]byte("0123456789"), 15_000)
	if n, err := s.Write(payload); n != len(payload) || err != nil {
		t.Errorf("Write = %d, %v", n, err)
	}
	c.Close()
	wait()
	var sizes []int
	var joined []byte
	for _, f := range got[3:] {
		sizes = append(sizes, len(f.data))
		joined = append(joined, f.data...)
	}
	if fmt.Sprint(sizes) != "[65535 65535 18930]" || !bytes.Equal(joined, payload) {
		t.Errorf("frames of %v bytes", sizes)
	}
}

func TestFIN(t *testing.T) {
	p := newPair(t)
	var last []frame
	ended := make(chan struct{})
	addr, wait := p.serveRaw(t, &tls.Config{}, func(s *rawServer) {
		s.record()
		s.record()
		s.send(
			frame{protocol.SYNACK, 1, nil}, frame{protocol.PSH, 1, []byte("the end")}, frame{protocol.FIN, 1, nil},
			frame{protocol.PSH, 1, []byte("of a stream that is no more")}, frame{protocol.FIN, 9, nil},
		)
		var all []byte
		for len(last) == 0 || last[len(last)-1].command != protocol.FIN {
			all = append(all, s.record()...)
			last = frames(t, all)
		}
		close(ended)
		more, _ := io.ReadAll(s.conn)
		last = frames(t, append(all, more...))
	})
	cfg := p.clientConfig(addr)
	cfg.Scheme = parseScheme(t, "stop=1")
	c := dial(t, cfg)
	s := openStream(t, c)
	got, err := io.ReadAll(s)
	if string(got) != "the end" || err != nil {
		t.Errorf("ReadAll = %q, %v", got, err)
	}
	if _, err := s.Write([]byte("x")); !errors.Is(err, ErrStreamEnded) {
		t.Errorf("Write after the peer's FIN: %v", err)
	}
	if c.Open() != 0 {
		t.Errorf("%d streams are open", c.Open())
	}
	s.Close() // sends no FIN: the peer sent one
	second := openStream(t, c)
	if _, err := second.Write([]byte("hello")); err != nil {
		t.Error(err)
	}
	second.Close() // sends a FIN
	second.Close()
	if _, err := second.Write([]byte("x")); err == nil {
		t.Error("a write to a closed stream succeeded")
	}
	<-ended // so that the FIN isn't lost in the session's end
	c.Close()
	wait()
	var text []string
	for _, f := range last {
		text = append(text, fmt.Sprintf("%v %d", f.command, f.stream))
	}
	if fmt.Sprint(text) != "[SYN 2 PSH 2 PSH 2 FIN 2]" {
		t.Errorf("the server got %v", text)
	}
}

func TestDeadlines(t *testing.T) {
	p := newPair(t)
	c := dial(t, p.clientConfig(p.serve(t, ServerConfig{Dial: echo})))
	s := openStream(t, c)

	past := time.Unix(1, 0)
	if err := s.SetReadDeadline(past); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Read after the deadline: %v", err)
	}
	if err := s.SetWriteDeadline(past); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Write after the deadline: %v", err)
	}

	// A deadline is moved while a read waits, and then comes.
	if err := s.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	read := make(chan error)
	go func() {
		_, err := s.Read(make([]byte, 1))
		read <- err
	}()
	if err := s.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if err := <-read; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Read until the deadline: %v", err)
	}

	// The stream outlives its deadlines.
	if err := s.SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write([]byte("still here")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 10)
	if _, err := io.ReadFull(s, got); err != nil || string(got) != "still here" {
		t.Errorf("read %q, %v", got, err)
	}
}

// TestUnreadStream: a stream that nobody reads takes bounded memory and blocks its
// session, until it is read or closed.
func TestUnreadStream(t *testing.T) {
	for _, how := range []string{"read", "closed"} {
		t.Run(how, func(t *testing.T) {
			p := newPair(t)
			c := dial(t, p.clientConfig(p.serve(t, ServerConfig{Dial: echo})))
			s := openStream(t, c)
			n := body{seed: 7, size: 16 << 20, chunk: 32 << 10}
			sent := make(chan error, 1)
			go func() { sent <- n.send(s) }()
			<-full(s.in)
			if got := s.in.unread.Cap(); got > 4*maxInbox {
				t.Errorf("an unread stream keeps %d bytes", got)
			}
			if how == "closed" {
				s.Close()
				if err := <-sent; err == nil {
					t.Error("a closed stream took all that was sent")
				}
			} else if err := errors.Join(n.check(s), <-sent); err != nil {
				t.Error(err)
			}
			if _, err := c.Heartbeat(t.Context()); err != nil {
				t.Errorf("heartbeat: %v", err)
			}
		})
	}
}

// full returns a channel that is closed once the inbox has no room.
func full(x *inbox) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			x.mu.Lock()
			n := x.unread.Len()
			x.mu.Unlock()
			if n == maxInbox {
				return
			}
			<-x.more // nobody else reads
		}
	}()
	return done
}
