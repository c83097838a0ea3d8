package peer

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"anytls-inspect/protocol"
)

// fixedScheme allows one size in each place, so that records can be compared to the byte.
const fixedScheme = "stop=4\n0=25-25\n1=150-150\n2=9-9,60-60,c,80-80\n3=30-30,30-30"

// TestRecords reads what a client writes first, record by record.
func TestRecords(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			p := newPair(t)
			scheme := parseScheme(t, fixedScheme)
			var records [][]byte
			addr, wait := p.serveRaw(t, &tls.Config{MinVersion: version, MaxVersion: version}, func(s *rawServer) {
				for range 9 {
					records = append(records, s.record())
				}
				s.rest()
			})
			cfg := p.clientConfig(addr)
			cfg.Scheme = scheme
			c := dial(t, cfg)
			s, err := c.OpenStream(t.Context(), protocol.Address{Host: "target.test", Port: 80})
			if err != nil {
				t.Fatal(err)
			}
			writes := [][]byte{bytes.Repeat([]byte{'a'}, 43), []byte("b"), bytes.Repeat([]byte{'c'}, 3000)}
			for _, b := range writes {
				if _, err := s.Write(b); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := c.OpenStream(t.Context(), protocol.Address{Host: "10.0.0.1", Port: 80}); err != nil {
				t.Fatal(err)
			}
			c.Close()
			wait()

			var sizes []int
			for _, r := range records {
				sizes = append(sizes, len(r))
			}
			want := []int{
				protocol.PreambleLen + 25, // slot 0, all of the preamble
				150,                       // slot 1: Settings, SYN, PSH, Waste
				9, 60,                     // slot 2: 9 of 50 bytes, the rest filled up; none is left at c
				30, 37, // slot 3: 8 bytes, filled up; all Waste
				7 + 3000, 7, 7 + 7, // from stop on as it is
			}
			if fmt.Sprint(sizes) != fmt.Sprint(want) {
				t.Fatalf("records of %v bytes, want %v", sizes, want)
			}

			preamble, _ := protocol.ParsePreamble(records[0])
			if preamble.Hash != protocol.HashPassword(testPassword) || preamble.Padding != 25 {
				t.Errorf("preamble = %+v", preamble)
			}
			var got []string
			for _, f := range frames(t, bytes.Join(records[1:], nil)) {
				got = append(got, fmt.Sprintf("%v %d %d", f.command, f.stream, len(f.data)))
			}
			settings := len("v=2\nclient=test/1\npadding-md5=") + 32
			wantFrames := []string{
				fmt.Sprintf("Settings 0 %d", settings), "SYN 1 0", "PSH 1 15", fmt.Sprintf("Waste 0 %d", 150-7-settings-7-22-7),
				"PSH 1 43", "Waste 0 12",
				"PSH 1 1", "Waste 0 15", "Waste 0 30",
				"PSH 1 3000",
				"SYN 2 0", "PSH 2 7",
			}
			if strings.Join(got, "; ") != strings.Join(wantFrames, "; ") {
				t.Errorf("frames:\n got %s\nwant %s", strings.Join(got, "; "), strings.Join(wantFrames, "; "))
			}
			first := frames(t, records[1])[0]
			parsed, err := protocol.ParseSettings(first.data)
			if err != nil || parsed.Version != 2 || parsed.Client != "test/1" || parsed.PaddingMD5 != scheme.MD5() {
				t.Errorf("settings = %+v, %v", parsed, err)
			}
		})
	}
}

// TestSlotOfAHeartbeat: without a stream, the Settings go out with the first heartbeat.
// The answer to a server's HeartRequest spends a slot, as every write does.
func TestSlotOfAHeartbeat(t *testing.T) {
	p := newPair(t)
	var sizes []int
	answered := make(chan struct{})
	addr, wait := p.serveRaw(t, &tls.Config{}, func(s *rawServer) {
		for range 2 {
			sizes = append(sizes, len(s.record()))
		}
		s.send(frame{protocol.HeartResponse, 0, nil}, frame{protocol.HeartRequest, 77, nil})
		answer := s.record()
		sizes = append(sizes, len(answer), len(s.record()))
		close(answered)
		if h, _ := protocol.ParseHeader(answer); h.Command != protocol.HeartResponse || h.Stream != 77 {
			t.Errorf("answer = %+v, want a HeartResponse with the request's stream id", h)
		}
		s.rest()
	})
	cfg := p.clientConfig(addr)
	cfg.Scheme = parseScheme(t, "stop=3\n1=200-200\n2=9-9,50-50")
	c := dial(t, cfg)
	if _, err := c.Heartbeat(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-answered
	c.Close()
	wait()
	if got, want := fmt.Sprint(sizes), "[34 200 7 57]"; got != want {
		t.Errorf("records of %s bytes, want %s", got, want)
	}
}

func TestServerSettingsAndScheme(t *testing.T) {
	p := newPair(t)
	scheme := parseScheme(t, fixedScheme)
	addr := p.serve(t, ServerConfig{Dial: echo, Scheme: scheme})
	c := dial(t, p.clientConfig(addr))
	if c.ServerVersion() != 0 || c.LearnedScheme() != nil {
		t.Error("something is known of the server before it said anything")
	}
	// The answers to the Settings come before the answer to the heartbeat.
	if _, err := c.Heartbeat(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c.ServerVersion() != 2 {
		t.Errorf("ServerVersion = %d, want 2", c.ServerVersion())
	}
	if got := c.LearnedScheme(); got == nil || got.MD5() != scheme.MD5() {
		t.Fatalf("LearnedScheme = %v, want the server's", got)
	}

	cfg := p.clientConfig(addr)
	cfg.Scheme = c.LearnedScheme()
	next := dial(t, cfg)
	if _, err := next.Heartbeat(t.Context()); err != nil {
		t.Fatal(err)
	}
	if next.LearnedScheme() != nil {
		t.Error("the server sent its scheme to a client that has it")
	}
}

func TestAlert(t *testing.T) {
	p := newPair(t)
	addr, _ := p.serveRaw(t, &tls.Config{}, func(s *rawServer) {
		s.record()
		s.record()
		s.send(frame{protocol.Alert, 0, []byte("go away\x1b[2J")})
	})
	c := dial(t, p.clientConfig(addr))
	s, err := c.OpenStream(t.Context(), protocol.Address{Host: "target.test", Port: 80})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Read(make([]byte, 1))
	var alert *AlertError
	if !errors.As(err, &alert) || alert.Text != "go away\x1b[2J" {
		t.Fatalf("Read: %v, want the Alert", err)
	}
	if strings.Contains(err.Error(), "\x1b") {
		t.Errorf("the error %q can't be printed", err)
	}
	<-c.Done()
	if !errors.As(c.Err(), &alert) {
		t.Errorf("Err = %v, want the Alert", c.Err())
	}
	if _, err := c.OpenStream(t.Context(), protocol.Address{}); !errors.As(err, &alert) {
		t.Errorf("OpenStream = %v, want the Alert", err)
	}
}

func TestDialFails(t *testing.T) {
	p := newPair(t)
	l := listen(t)
	l.Close()
	if _, err := Dial(t.Context(), p.clientConfig(l.Addr().String())); err == nil {
		t.Error("Dial of nothing succeeded")
	}
	addr := p.serve(t, ServerConfig{})
	cfg := p.clientConfig(addr)
	cfg.TLS.ServerName = "other.test"
	var invalid *tls.CertificateVerificationError
	if _, err := Dial(t.Context(), cfg); !errors.As(err, &invalid) {
		t.Errorf("Dial of another name: %v", err)
	}
	cfg.TLS = &tls.Config{RootCAs: p.roots} // the address is in the certificate
	dial(t, cfg)
	cfg.TLS = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // that is what is tested
	dial(t, cfg)
	cfg.TLS = nil
	if _, err := Dial(t.Context(), cfg); !errors.As(err, &invalid) {
		t.Errorf("Dial with the system's roots: %v", err)
	}
	silent := listen(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := Dial(ctx, p.clientConfig(silent.Addr().String())); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Dial of a server that says nothing: %v", err)
	}
}

func TestClosedClient(t *testing.T) {
	p := newPair(t)
	c := dial(t, p.clientConfig(p.serve(t, ServerConfig{Dial: echo})))
	s, err := c.OpenStream(t.Context(), protocol.Address{Host: "target.test", Port: 80})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	c.Close()
	if _, err := s.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Read: %v", err)
	}
	if _, err := io.WriteString(s, "x"); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Write: %v", err)
	}
	if _, err := c.Heartbeat(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Heartbeat: %v", err)
	}
	if _, err := c.OpenStream(t.Context(), protocol.Address{}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("OpenStream: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
