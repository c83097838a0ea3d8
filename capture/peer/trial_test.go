package peer

import (
	"context"
	"errors"
	"net"
	"testing"

	"anytls-inspect/protocol"
)

// TestTry: the server's first frame on a stream is its answer. The stream ends with a FIN,
// and brings the target's address and nothing more.
func TestTry(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer []frame
		want   Answer
		fin    bool // the client sends a FIN
	}{
		{"open", []frame{{protocol.SYNACK, 1, nil}}, Answer{Command: protocol.SYNACK}, true},
		{"refused", []frame{{protocol.SYNACK, 1, []byte("no\x1b route")}}, Answer{Command: protocol.SYNACK, Refusal: protocol.Printable("no\x1b route")}, false},
		{"version 1", []frame{{protocol.PSH, 1, []byte("SSH-2.0-x\r\n")}}, Answer{Command: protocol.PSH}, true},
		{"version 1, refused", []frame{{protocol.FIN, 1, nil}}, Answer{Command: protocol.FIN}, false},
		{"other frames", []frame{{protocol.UpdatePaddingScheme, 0, []byte("stop=1")}, {protocol.SYNACK, 2, []byte("no")}, {protocol.SYNACK, 1, nil}}, Answer{Command: protocol.SYNACK}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPair(t)
			var got []frame
			tried := make(chan struct{})
			addr, wait := p.serveRaw(t, p.serverTLS(), func(s *rawServer) {
				s.record()
				all := s.record()
				s.send(tc.answer...)
				if tc.fin {
					all = append(all, s.record()...)
				}
				<-tried
				got = frames(t, all)
			})
			cfg := p.clientConfig(addr)
			cfg.Scheme = parseScheme(t, "stop=1")
			c := dial(t, cfg)
			a, err := c.Try(t.Context(), testTarget)
			if err != nil || a.Took <= 0 {
				t.Errorf("Try: %+v, %v", a, err)
			}
			if a.Took = 0; a != tc.want {
				t.Errorf("Try: %+v, want %+v", a, tc.want)
			}
			close(tried)
			wait()
			want := []protocol.Command{protocol.Settings, protocol.SYN, protocol.PSH}
			if tc.fin {
				want = append(want, protocol.FIN)
			}
			if len(got) != len(want) {
				t.Fatalf("%d frames, want %v", len(got), want)
			}
			for i := range want {
				if got[i].command != want[i] {
					t.Errorf("frame %d is %v, want %v", i, got[i].command, want[i])
				}
			}
			if target, n, err := protocol.ParseTarget(got[2].data); err != nil || target != testTarget || n != len(got[2].data) {
				t.Errorf("the PSH brings %q", got[2].data)
			}
		})
	}
}

// TestTryUnanswered: who has waited for long enough gets no answer, and the session goes on.
// A session that ends has a reason.
func TestTryUnanswered(t *testing.T) {
	p := newPair(t)
	asked, closes := make(chan struct{}), make(chan struct{})
	addr, wait := p.serveRaw(t, p.serverTLS(), func(s *rawServer) {
		s.record()
		s.record()
		close(asked)
		<-closes
	})
	c := dial(t, p.clientConfig(addr))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if a, err := c.Try(ctx, testTarget); !errors.Is(err, context.Canceled) || a != (Answer{}) {
		t.Errorf("Try: %+v, %v", a, err)
	}
	if c.Err() != nil || c.Open() != 0 {
		t.Errorf("the session: %v, %d streams", c.Err(), c.Open())
	}
	close(closes)
	var rejected *RejectedError
	if a, err := c.Try(t.Context(), testTarget); !errors.As(err, &rejected) || a != (Answer{}) {
		t.Errorf("Try: %+v, %v", a, err)
	}
	_ = c.Close()
	wait()
	if _, err := c.Try(t.Context(), testTarget); !errors.Is(err, net.ErrClosed) && !errors.As(err, &rejected) {
		t.Errorf("Try after Close: %v", err)
	}
}
