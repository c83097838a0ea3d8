package relay_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"math"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

// TestBlocked: a peer that stops reading is told within two seconds, though the system takes
// all that is written to it, and whether or not a write waits. Meanwhile the other peer, which
// could not write an answer, is not asked; when reading goes on, all arrives, that is told,
// and it is asked.
func TestBlocked(t *testing.T) {
	const endless = math.MaxInt
	for _, size := range []int{500e3, 2e6, endless} {
		for _, dir := range [...]protocol.Direction{protocol.ClientToServer, protocol.ServerToClient} {
			for _, beats := range []bool{false, true} {
				name := fmt.Sprintf("%d bytes/%v/heartbeats %v", size, dir, beats)
				if size == endless {
					name = fmt.Sprintf("endless/%v/heartbeats %v", dir, beats)
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					b := newBlockedRig(t, dir)
					sent := b.send(size)
					e := b.told.await(b.rig, capture.Blocked, dir)
					if e.Session != 1 || e.Bytes == 0 || e.Bytes > 32<<20 || e.At.Sub(e.Since) < time.Second || e.At.Sub(e.Since) > 5*time.Second {
						t.Errorf("%d bytes of session %d wait since %v", e.Bytes, e.Session, e.At.Sub(e.Since))
					}
					asked := dir.Reverse() // toward the peer that can't write
					if beats {
						b.beat(asked.Receiver())
						b.waits(asked)
					}
					close(b.enough)
					read := make(chan int64, 1)
					go func() { read <- drainAll(b.to) }()
					b.told.await(b.rig, capture.Unblocked, dir)
					if beats {
						b.goesOn(asked)
						b.registry.SetPeriodic(capture.Periodic{})
					}
					want := <-sent
					if err := b.from.CloseWrite(); err != nil {
						t.Fatal(err)
					}
					if got := <-read; got < want || got > want+64*protocol.HeaderLen {
						t.Errorf("%d bytes arrive of %d", got, want)
					}
				})
			}
		}
	}
}

// A blockedRig is a session one of whose peers does not read.
type blockedRig struct {
	*rig
	told     told
	from, to *tls.Conn
	enough   chan struct{} // closed: nothing more is sent
}

func newBlockedRig(t *testing.T, dir protocol.Direction) *blockedRig {
	t.Helper()
	b := &blockedRig{told: newTold(), enough: make(chan struct{})}
	b.rig = newRig(t, options{sink: b.told.sink})
	client, server := ready(t, b.rig)
	for range 7 { // the client's padding ends
		exchange(t, client, server, frame(t, protocol.PSH, 1, []byte("padded so far")))
	}
	b.from, b.to = client, server
	if dir == protocol.ServerToClient {
		b.from, b.to = server, client
	}
	if err := tcp(b.to).SetReadBuffer(64 << 10); err != nil {
		t.Fatal(err)
	}
	return b
}

// send writes n bytes as frames, or until it is enough, and then tells how many it wrote.
func (b *blockedRig) send(n int) (sent chan int64) {
	push := frame(b.t, protocol.PSH, 1, make([]byte, 10e3-protocol.HeaderLen))
	sent = make(chan int64, 1)
	go func() {
		written := 0
		defer func() { sent <- int64(written) }()
		for written < n {
			if _, err := b.from.Write(push); err != nil {
				b.t.Errorf("the peer that is not read from writes: %v", err)
				return
			}
			written += len(push)
			if n < math.MaxInt {
				continue
			}
			select {
			case <-b.enough:
				return
			default:
			}
		}
	}()
	return sent
}

// beat begins the periodic heartbeats toward a peer.
func (b *blockedRig) beat(toward protocol.Peer) {
	p := capture.Periodic{Every: 100 * time.Millisecond}
	p.Toward[toward] = true
	b.registry.SetPeriodic(p)
}

// waits waits until it is told that heartbeats wait for the peer that does not read.
func (b *blockedRig) waits(dir protocol.Direction) {
	b.t.Helper()
	e := b.told.await(b.rig, capture.HeartbeatsWait, dir)
	want := fmt.Sprintf("the %v takes no byte, so that the %v could not write its answer", dir.Sender(), dir.Receiver())
	if e.Why != want || e.At.Sub(e.Since) < time.Second {
		b.t.Errorf("heartbeats wait for %v: %q, want %q", e.At.Sub(e.Since), e.Why, want)
	}
	if w := b.registry.Waiting(1); len(w) != 1 || w[0].Why != capture.WaitsForReader {
		b.t.Errorf("waiting: %+v", w)
	}
	b.inject(dir.Receiver(), capture.WhenUnpadded, capture.WaitsForReader)
	b.registry.Cancel(1, b.registry.Waiting(1)[1].Ticket)
}

// goesOn waits until a heartbeat was sent and that is told.
func (b *blockedRig) goesOn(dir protocol.Direction) {
	b.t.Helper()
	sent := false
	for e := range b.told {
		switch {
		case e.Kind == capture.Data && e.Dir == dir:
			sent = true
		case e.Kind == capture.HeartbeatsGo && e.Dir == dir:
			if !sent {
				b.t.Error("heartbeats go on, and none was sent")
			}
			return
		}
	}
}

// drainAll reads to the end, and returns how much.
func drainAll(c *tls.Conn) int64 {
	n, _ := io.Copy(io.Discard, c)
	return n
}

// TestForcedBesideBlocked: a frame that was told not to wait goes though its answer can't be
// written, and what that may do is said.
func TestForcedBesideBlocked(t *testing.T) {
	t.Parallel()
	b := newBlockedRig(t, protocol.ServerToClient)
	sent := b.send(2e6)
	b.told.await(b.rig, capture.Blocked, protocol.ServerToClient)
	b.inject(protocol.Server, capture.WhenPossible, capture.WrittenUnread)
	if got := read(t, b.from); string(got) != string(heartRequest) {
		t.Errorf("the server read %x", got)
	}
	go drainAll(b.to)
	<-sent
}

// TestOwnWayBlocked: a peer that takes nothing is not asked either, though the system would
// take the request.
func TestOwnWayBlocked(t *testing.T) {
	t.Parallel()
	b := newBlockedRig(t, protocol.ClientToServer)
	sent := b.send(500e3)
	b.told.await(b.rig, capture.Blocked, protocol.ClientToServer)
	b.beat(protocol.Server)
	e := b.told.await(b.rig, capture.HeartbeatsWait, protocol.ClientToServer)
	if e.Why != "the server takes no byte" {
		t.Errorf("why: %q", e.Why)
	}
	b.registry.SetPeriodic(capture.Periodic{}) // what waits already goes still
	for _, w := range b.registry.Waiting(1) {
		b.registry.Cancel(1, w.Ticket)
	}
	b.told.await(b.rig, capture.HeartbeatsGo, protocol.ClientToServer)
	go drainAll(b.to)
	<-sent
}

// TestTakenByItsSystem: what the peer's own system took can't be seen: nothing is told of a
// peer that reads nothing of it.
func TestTakenByItsSystem(t *testing.T) {
	t.Parallel()
	told := newTold()
	r := newRig(t, options{sink: told.sink})
	client, server := ready(t, r)
	write(t, client, frame(t, protocol.PSH, 1, make([]byte, 10e3)))
	r.await("the frame", func(v *view) bool { return v.Session.State.Payload[protocol.ClientToServer] >= 10e3-100 })
	// What is blocked is told in the meantime: of a session beside it.
	other := newBlockedRig(t, protocol.ClientToServer)
	sent := other.send(500e3)
	other.told.await(other.rig, capture.Blocked, protocol.ClientToServer)
	go drainAll(other.to)
	<-sent
	_ = server.Close()
	for e := range told {
		switch e.Kind {
		case capture.Blocked:
			t.Errorf("%d bytes are blocked", e.Bytes)
		case capture.Closed:
			return
		}
	}
}
