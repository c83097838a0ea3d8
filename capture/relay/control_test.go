package relay_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"slices"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// insert injects a frame and checks the outcome.
func (r *rig) insert(toward protocol.Peer, c protocol.Command, stream uint32, data []byte, want capture.Outcome) {
	r.t.Helper()
	got, err := r.registry.Inject(1, capture.Insert{
		Toward: toward, Frame: protocol.Frame{Command: c, Stream: stream, Data: data},
	})
	if err != nil || got != want {
		r.t.Fatalf("injecting a %v toward the %v: %v, %v; want %v", c, toward, got, err, want)
	}
}

// readFrame reads one frame, which may span records, and stands at a record's start.
func readFrame(t *testing.T, c *tls.Conn) (b []byte) {
	t.Helper()
	var dec protocol.Decoder
	for {
		record := read(t, c)
		b = append(b, record...)
		if p, n := dec.Next(record); n != len(record) {
			t.Fatalf("a frame ends inside a record of %d bytes", len(record))
		} else if p.Last {
			return b
		}
	}
}

// TestInjectAnyFrame: a frame of any command can be injected; a long one is several
// records. The journal has it as injected, and nobody is blamed for it.
func TestInjectAnyFrame(t *testing.T) {
	r := newRig(t, options{})
	client, server := ready(t, r)
	for _, tc := range []struct {
		toward  protocol.Peer
		command protocol.Command
		stream  uint32
		data    []byte
	}{
		{protocol.Client, protocol.SYNACK, 1, []byte("refused by the relay")},
		{protocol.Client, protocol.PSH, 1, bytes.Repeat([]byte("long"), protocol.MaxData/4)},
		{protocol.Server, protocol.SYN, 1, []byte("data that a SYN may not carry")},
		{protocol.Server, protocol.Command(99), 5, nil},
	} {
		r.insert(tc.toward, tc.command, tc.stream, tc.data, capture.Written)
		to := protocol.ByPeer[*tls.Conn]{client, server}[tc.toward]
		if got, want := readFrame(t, to), frame(t, tc.command, tc.stream, tc.data); !bytes.Equal(got, want) {
			t.Errorf("the %v read %d bytes, want the %v of %d", tc.toward, len(got), tc.command, len(want))
		}
	}
	// The peers' own framing is as it was.
	exchange(t, client, server, frame(t, protocol.PSH, 1, []byte("up")))
	exchange(t, server, client, frame(t, protocol.PSH, 1, []byte("down")))
	v := r.await("the last frame", func(v *view) bool {
		return len(v.Frames.Rows) > 0 && v.Frames.Rows[len(v.Frames.Rows)-1].Dir == protocol.ServerToClient &&
			v.Session.State.Payload[protocol.ServerToClient] >= 4+protocol.MaxData/4*4
	})
	injected := 0
	for i := range v.Frames.Rows {
		if v.Frames.Rows[i].Fate.Kind == session.Injected {
			injected++
		}
	}
	if injected != 4 {
		t.Errorf("%d frames are injected, want 4", injected)
	}
	for _, code := range []session.Code{session.CodeUnknownCommand, session.CodeDataNotAllowed, session.CodeDesynchronised} {
		if n := v.Session.Codes[code]; n > 0 {
			t.Errorf("%s: %d times", code, n)
		}
	}
}

// TestCancel: what waits can be taken back, and what is written can't.
func TestCancel(t *testing.T) {
	r := newRig(t, options{})
	client, server := ready(t, r)
	r.inject(protocol.Client, capture.WhenUnpadded, capture.WaitsForStop)
	r.inject(protocol.Client, capture.WhenUnpadded, capture.WaitsForStop)
	waiting := r.registry.Waiting(1)
	if len(waiting) != 2 || waiting[0].Ticket == waiting[1].Ticket || waiting[0].Frame.Command != protocol.HeartRequest ||
		waiting[0].Since.IsZero() {
		t.Fatalf("waiting: %+v", waiting)
	}
	first, second := waiting[0].Ticket, waiting[1].Ticket
	if !r.registry.Cancel(1, first) || r.registry.Cancel(1, first) || r.registry.Cancel(2, second) {
		t.Error("the first was not cancelled once, or the second in another session")
	}
	if waiting = r.registry.Waiting(1); len(waiting) != 1 || waiting[0].Ticket != second {
		t.Errorf("waiting: %+v", waiting)
	}
	for range 7 {
		exchange(t, client, server, frame(t, protocol.PSH, 1, []byte("padded so far")))
	}
	if got := read(t, client); !bytes.Equal(got, heartRequest) {
		t.Fatalf("the client read %x", got)
	}
	exchange(t, server, client, frame(t, protocol.PSH, 1, []byte("and nothing else")))
	if r.registry.Cancel(1, second) || len(r.registry.Waiting(1)) > 0 {
		t.Error("what is written waits still")
	}
}

// TestOutboxKeepsOrder: within a stream; other streams go on. Who cancels what is in
// front lets go what was behind it.
func TestOutboxKeepsOrder(t *testing.T) {
	r := newRig(t, options{})
	client, _ := ready(t, r)
	r.inject(protocol.Client, capture.WhenUnpadded, capture.WaitsForStop)
	r.insert(protocol.Client, protocol.Waste, 0, []byte("behind"), capture.WaitsForStop)
	r.insert(protocol.Client, protocol.PSH, 1, []byte("beside"), capture.Written)
	if got, want := read(t, client), frame(t, protocol.PSH, 1, []byte("beside")); !bytes.Equal(got, want) {
		t.Fatalf("the client read %x", got)
	}
	waiting := r.registry.Waiting(1)
	if len(waiting) != 2 || waiting[1].Frame.Command != protocol.Waste || string(waiting[1].Frame.Data) != "behind" {
		t.Fatalf("waiting: %+v", waiting)
	}
	r.registry.Cancel(1, waiting[0].Ticket)
	if got, want := read(t, client), frame(t, protocol.Waste, 0, []byte("behind")); !bytes.Equal(got, want) {
		t.Fatalf("the client read %x", got)
	}
}

// TestOutboxIsBounded: in frames and in bytes; and what does not fit leaves what is
// there alone.
func TestOutboxIsBounded(t *testing.T) {
	inject := func(r *rig, data []byte) error {
		_, err := r.registry.Inject(1, capture.Insert{
			Toward: protocol.Server, Frame: protocol.Frame{Command: protocol.PSH, Stream: 1, Data: data},
		})
		return err
	}
	for _, size := range []int{0, protocol.MaxData} {
		r := newRig(t, options{})
		client, server := ready(t, r)
		half := frame(t, protocol.PSH, 1, []byte("half"))
		exchange(t, client, server, half[:5])
		fits := 0
		for ; fits < 1000; fits++ {
			if err := inject(r, make([]byte, size)); err != nil {
				if !errors.Is(err, capture.ErrOutboxFull) {
					t.Fatal(err)
				}
				break
			}
		}
		if err := inject(r, make([]byte, protocol.MaxData+1)); !errors.Is(err, protocol.ErrDataTooLong) {
			t.Errorf("too long a frame: %v", err)
		}
		if n := len(r.registry.Waiting(1)); n != fits || fits >= 1000 || n*(size+protocol.HeaderLen) > 1<<20 {
			t.Errorf("%d frames of %d bytes fit in, %d wait", fits, size, n)
		}
		exchange(t, client, server, half[5:])
		want := frame(t, protocol.PSH, 1, make([]byte, size))
		for range fits {
			if got := readFrame(t, server); !bytes.Equal(got, want) {
				t.Fatalf("the server read %d bytes", len(got))
			}
		}
	}
}

// TestWaitsInDoubt: what waits when a peer sends an unknown command goes on waiting,
// and says why.
func TestWaitsInDoubt(t *testing.T) {
	r := newRig(t, options{})
	client, server := ready(t, r)
	half := frame(t, protocol.PSH, 1, []byte("half"))
	exchange(t, client, server, half[:5])
	r.inject(protocol.Server, capture.WhenUnpadded, capture.WaitsMidFrame)
	exchange(t, client, server, slices.Concat(half[5:], frame(t, protocol.Command(200), 0, nil)))
	if w := r.registry.Waiting(1); len(w) != 1 || w[0].Why != capture.WaitsInDoubt {
		t.Errorf("waiting: %+v", w)
	}
	exchange(t, client, server, frame(t, protocol.PSH, 1, nil))
	if got := read(t, server); !bytes.Equal(got, heartRequest) {
		t.Errorf("the server read %x", got)
	}
}
