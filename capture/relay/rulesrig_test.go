package relay_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A ruledRig is a rig whose relay has rules.
type ruledRig struct {
	*rig
	applied chan capture.Application
}

func ruled(t *testing.T, rules ...string) *ruledRig {
	t.Helper()
	r := &ruledRig{applied: make(chan capture.Application, 4096)}
	r.rig = newRig(t, options{
		relay: func(c *relay.Config) { c.Rules = bookOf(t, rules...) },
		sink: func(to capture.Sink) capture.Sink {
			return sinkFunc(func(e *capture.Event) {
				if e.Kind == capture.Applied {
					r.applied <- *e.Application
				}
				to.Record(e)
			})
		},
	})
	return r
}

// await waits for an application whose text begins in some way.
func (r *ruledRig) awaitApplied(text string) capture.Application {
	r.t.Helper()
	for {
		select {
		case a := <-r.applied:
			if strings.HasPrefix(a.Text, text) {
				return a
			}
		case <-r.late():
			r.t.Fatalf("waited in vain for: %s", text)
		}
	}
}

// ended waits for the end of the session, and checks who ended it, and why.
func (r *ruledRig) ended(by session.Closer, why string) {
	r.t.Helper()
	v := r.closed()
	if got := v.Session.State; got.ClosedBy != by || v.Session.Reason != why {
		r.t.Errorf("closed by %v: %q, want %v: %q", got.ClosedBy, v.Session.Reason, by, why)
	}
}

func expect(t *testing.T, c *tls.Conn, want ...int) {
	t.Helper()
	for i, n := range want {
		if got := len(read(t, c)); got != n {
			t.Errorf("record %d has %d bytes, want %d", i, got, n)
		}
	}
}

// TestSplitPreamble: a rule cuts the preamble, and what comes with it is a record of its own.
func TestSplitPreamble(t *testing.T) {
	r := ruled(t, "split 32,2 where preamble")
	client, server := r.dial(nil)
	preamble, settings := hello(t)
	write(t, client, append(preamble, settings...))
	expect(t, server, 32, 2, len(preamble)-34, len(settings))
}

// TestJoinPreamble: a preamble that comes in pieces arrives in one.
func TestJoinPreamble(t *testing.T) {
	r := ruled(t, "join where preamble")
	client, server := r.dial(nil)
	preamble, settings := hello(t)
	write(t, client, preamble[:32], preamble[32:34], preamble[34:], settings)
	expect(t, server, len(preamble), len(settings))
}

// TestUntouchedPreamble: where no rule touches it, the preamble goes on as it was cut, and so
// does a frame that was gathered for a rule to look into.
func TestUntouchedPreamble(t *testing.T) {
	r := ruled(t, `drop where text contains "nowhere"`)
	client, server := r.dial(nil)
	preamble, settings := hello(t)
	push := frame(t, protocol.PSH, 1, make([]byte, 30))
	write(t, client, preamble[:32], append(preamble[32:], settings...))
	expect(t, server, 32, len(preamble)-32+len(settings))
	write(t, client, push[:10], push[10:20], append(push[20:], push...))
	expect(t, server, 10, 10, len(push)-20+len(push))
}

// TestCut: a rule ends both connections, in each way, and the session's end names it.
func TestCut(t *testing.T) {
	for _, how := range []string{"reset", "close_notify", "fin"} {
		t.Run(how, func(t *testing.T) {
			r := ruled(t, "cut "+how+` where cmd == "FIN"`)
			client, server := ready(t, r.rig)
			write(t, client, append(frame(t, protocol.PSH, 1, []byte("x")), frame(t, protocol.FIN, 1, nil)...))
			expect(t, server, protocol.HeaderLen+1)
			for _, c := range []net.Conn{client, server} {
				_, err := c.Read(make([]byte, 1))
				want := io.EOF // crypto/tls does not tell of a missing close_notify between records
				if how == "reset" {
					want = syscall.ECONNRESET
				}
				if !errors.Is(err, want) {
					t.Errorf("the end is %v, want %v", err, want)
				}
				_ = c.Close()
			}
			r.ended(session.ClosedByRelay, "rule 1: cut ("+how+")")
		})
	}
}

// TestCutOneLeg: one peer's connection is cut; the other one goes on, and learns nothing, until
// it ends its own.
func TestCutOneLeg(t *testing.T) {
	r := ruled(t, `cut reset toward client where cmd == "FIN"`)
	client, server := ready(t, r.rig)
	write(t, server, frame(t, protocol.FIN, 1, nil))
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client's end is %v", err)
	}
	write(t, server, frame(t, protocol.PSH, 1, []byte("to nobody")))
	v := r.await("the frame to nobody", func(v *view) bool {
		f := v.Frames.Rows
		return len(f) > 0 && f[len(f)-1].Header.Command == protocol.PSH
	})
	if f := v.Frames.Rows[len(v.Frames.Rows)-1]; f.Fate.Kind != session.Dropped || f.Fate.Rule != 1 {
		t.Errorf("it is %v", f.Fate)
	}
	_ = server.Close()
	r.ended(session.ClosedByRelay, "rule 1: cut (reset)")
}

// TestStallAndCut: a stall of a peer whose connection is reset by a rule ends.
func TestStallAndCut(t *testing.T) {
	r := ruled(t, `stall 1h where cmd == "FIN"`, `cut reset toward client where cmd == "SYNACK"`)
	client, server := ready(t, r.rig)
	exchange(t, client, server, frame(t, protocol.FIN, 1, nil))
	write(t, server, frame(t, protocol.SYNACK, 1, nil))
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client's end is %v", err)
	}
	_ = server.Close()
	r.ended(session.ClosedByRelay, "rule 2: cut (reset)")
}

// TestStallAndStop: a relay that stops does not wait for a stall, nor for what is held.
func TestStallAndStop(t *testing.T) {
	r := ruled(t, `stall 1h where cmd == "FIN"`, `hold 1h where cmd == "SYNACK"`)
	client, server := ready(t, r.rig)
	exchange(t, client, server, frame(t, protocol.FIN, 1, nil))
	write(t, server, frame(t, protocol.SYNACK, 1, nil))
	if a := r.awaitApplied("for 1h"); !a.Waits || a.Rule != 2 {
		t.Errorf("applied: %+v", a)
	}
	r.stop()
	<-r.done
	if a := r.awaitApplied("dropped: "); !a.Ended || a.Rule != 2 {
		t.Errorf("applied: %+v", a)
	}
}

// TestHoldAndControl: what a rule holds is listed, and can be released or dropped; what comes
// behind it in its stream waits, and other streams go on.
func TestHoldAndControl(t *testing.T) {
	r := ruled(t, `hold 1h where cmd == "SYNACK" && stream < 3`)
	client, server := ready(t, r.rig)
	held := func() []capture.Waiting { return r.registry.Waiting(1) }
	first, behind := frame(t, protocol.SYNACK, 1, nil), frame(t, protocol.PSH, 1, []byte("behind"))
	second, other := frame(t, protocol.SYNACK, 2, nil), frame(t, protocol.SYNACK, 3, nil)
	write(t, server, append(append(append(first, behind...), second...), other...))
	expect(t, client, len(other))
	w := held()
	if len(w) != 3 || !w[0].Came || w[0].Rule != 1 || w[0].Why != capture.WaitsForRelease ||
		w[1].Frame.Command != protocol.PSH || string(w[1].Frame.Data) != "behind" || w[2].Frame.Stream != 2 {
		t.Fatalf("waiting: %+v", w)
	}
	if !r.registry.Cancel(1, w[2].Ticket) || !r.registry.Release(1, w[1].Ticket) {
		t.Error("they do not wait")
	}
	expect(t, client, len(first), len(behind))
	if a := r.awaitApplied("released by hand"); !a.Ended || a.Header.Command != protocol.SYNACK || a.Held <= 0 {
		t.Errorf("applied: %+v", a)
	}
	v := r.await("the fates", func(v *view) bool { return len(held()) == 0 && len(v.Frames.Rows) >= 8 })
	fates := map[string]session.FateKind{}
	for _, f := range v.Frames.Rows {
		if f.Dir == protocol.ServerToClient && f.Header.Stream != 0 {
			fates[f.Header.Command.String()+" "+string('0'+rune(f.Header.Stream))] = f.Fate.Kind
		}
	}
	if fates["SYNACK 1"] != session.Held || fates["PSH 1"] != session.Held || fates["SYNACK 2"] != session.Dropped || fates["SYNACK 3"] != session.Forwarded {
		t.Errorf("fates: %v", fates)
	}
	if r.registry.Release(1, w[0].Ticket) || r.registry.Cancel(1, w[0].Ticket) {
		t.Error("what is written still waits")
	}
}

// TestHeldIsBounded: where too much waits, nothing more is read, and that is told; what waits
// goes on when the sender has ended its stream.
func TestHeldIsBounded(t *testing.T) {
	t.Run("bytes", func(t *testing.T) { heldIsBounded(t, 16<<10, 200, 33, 40) })
	// Of one record there may be some 2,300 more.
	t.Run("frames", func(t *testing.T) { heldIsBounded(t, protocol.HeaderLen, 10_000, 1024, 3500) })
}

// heldIsBounded has n frames of a size follow one that is held. Some of them wait, and the others
// are not read.
func heldIsBounded(t *testing.T, size, n, least, most int) {
	t.Helper()
	r := ruled(t, `hold 1h where cmd == "FIN"`)
	client, server := ready(t, r.rig)
	write(t, client, frame(t, protocol.FIN, 1, nil))
	push := frame(t, protocol.PSH, 1, make([]byte, size-protocol.HeaderLen))
	atOnce := max(16<<10/size, 1)
	sent := make(chan error, 1)
	go func() { // until it has sent all
		for left := n; left > 0; left -= atOnce {
			if _, err := client.Write(bytes.Repeat(push, min(left, atOnce))); err != nil {
				sent <- err
				return
			}
		}
		sent <- client.Close()
	}()
	if a := r.awaitApplied("nothing is read until there is room"); a.Rule != 1 || !a.All {
		t.Errorf("applied: %+v", a)
	}
	w := r.registry.Waiting(1)
	if len(w) < least || len(w) > most {
		t.Errorf("%d frames wait", len(w))
	}
	if !r.registry.Release(1, w[0].Ticket) {
		t.Error("it does not wait")
	}
	expect(t, server, protocol.HeaderLen)
	if _, err := io.CopyN(io.Discard, server, int64(n*len(push))); err != nil {
		t.Error(err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the end is %v", err)
	}
}

// TestReleasedAtTheEnd: what waits goes on in front of the end of its sender's stream.
func TestReleasedAtTheEnd(t *testing.T) {
	r := ruled(t, `delay 1h where cmd == "PSH"`)
	client, server := ready(t, r.rig)
	push := frame(t, protocol.PSH, 1, []byte("last words"))
	write(t, client, push)
	r.awaitApplied("for 1h")
	_ = client.Close()
	expect(t, server, len(push))
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the end is %v", err)
	}
	if a := r.awaitApplied("released: the client has ended its stream"); !a.Ended || a.Rule != 1 {
		t.Errorf("applied: %+v", a)
	}
}

// TestInsertTowardTheOther: a frame of one direction has another one inserted in the other
// direction, whose answer is absorbed; what can't be inserted is told.
func TestInsertTowardTheOther(t *testing.T) {
	r := ruled(t, `insert HeartRequest toward server where cmd == "SYNACK"`, `insert PSH 1 "x" toward client where preamble`)
	client, server := ready(t, r.rig)
	if a := r.awaitApplied("not done: "); a.Rule != 2 {
		t.Errorf("applied: %+v", a)
	}
	exchange(t, server, client, frame(t, protocol.SYNACK, 1, nil))
	expect(t, server, protocol.HeaderLen)
	write(t, server, append(frame(t, protocol.HeartResponse, 0, nil), frame(t, protocol.FIN, 1, nil)...))
	expect(t, client, protocol.HeaderLen) // FIN alone
	r.await("the answer", func(v *view) bool { return v.Heartbeats[protocol.Server].Injected.Answered == 1 })
}
