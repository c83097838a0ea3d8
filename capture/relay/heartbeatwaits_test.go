package relay

import (
	"testing"
	"testing/synctest"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A waitRig is the two links of a session whose Settings are through, and what they tell of
// heartbeats. It lives in a bubble of package synctest, in which one waits for the goroutines that write.
type waitRig struct {
	t     *testing.T
	now   time.Time
	links protocol.ByDirection[*link]
	told  []capture.Event
}

func newWaitRig(t *testing.T) *waitRig {
	r := &waitRig{t: t, now: time.Unix(1e9, 0)}
	shared := gate.NewShared(session.DefaultHeartbeatTimeout, session.NewSchemes(), new(gate.Rooms))
	for d := range r.links {
		l := newLink(protocol.Direction(d), shared)
		l.dst, l.clock = new(sinkLeg), func() time.Time { return r.now }
		l.emit = func(e *capture.Event) {
			if e.Kind != capture.Data {
				r.told = append(r.told, *e)
			}
		}
		r.links[d] = l
	}
	for d, l := range r.links {
		l.answers = r.links[protocol.Direction(d).Reverse()]
	}
	r.carry(protocol.ClientToServer, protocol.Preamble{}.Append(nil))
	r.carry(protocol.ClientToServer, []byte("\x04\x00\x00\x00\x00\x00\x03v=2"))
	return r
}

func (r *waitRig) carry(dir protocol.Direction, b []byte) { carry(r.t, r.links[dir], b) }

// pass lets time pass as the relay does, with a heartbeat each second.
func (r *waitRig) pass(dir protocol.Direction, d time.Duration) {
	for at := time.Duration(0); at < d; at += lookEvery {
		if at%time.Second == 0 {
			r.links[dir].beat(1)
			synctest.Wait() // until what may go is written
		}
		r.now = r.now.Add(lookEvery)
		r.links[dir].lookAtHeartbeats(true)
		synctest.Wait()
	}
}

// tells checks what was told since it was called last.
func (r *waitRig) tells(dir protocol.Direction, want ...string) {
	r.t.Helper()
	var got []string
	for _, e := range r.told {
		switch {
		case e.Kind == capture.HeartbeatsGo && e.Dir == dir:
			got = append(got, "go")
		case e.Kind == capture.HeartbeatsWait && e.Dir == dir:
			if waited := e.At.Sub(e.Since); waited < time.Second || waited > time.Minute {
				r.t.Errorf("%q since %v", e.Why, waited)
			}
			got = append(got, e.Why)
		default:
			got = append(got, "?")
		}
	}
	r.told = nil
	if len(got) != len(want) {
		r.t.Fatalf("told %q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			r.t.Errorf("told %q, want %q", got, want)
		}
	}
}

// unpad ends the client's padding.
func (r *waitRig) unpad() {
	for range 10 {
		r.carry(protocol.ClientToServer, []byte{2, 0, 0, 0, 1, 0, 1, 'x'})
	}
}

// answer answers each request that was written in a direction.
func (r *waitRig) answer(dir protocol.Direction) {
	to := r.links[dir].dst.(*sinkLeg)
	for range len(to.written) / protocol.HeaderLen {
		r.carry(dir.Reverse(), []byte{9, 0, 0, 0, 0, 0, 0})
	}
	to.written = nil
}

const c2s, s2c = protocol.ClientToServer, protocol.ServerToClient

// TestHeartbeatsWait: heartbeats that can't be sent are told with what they wait for, once it
// lasts, and again where it changes, and that they go on.
func TestHeartbeatsWait(t *testing.T) {
	for name, play := range map[string]func(*waitRig){
		"nothing holds them": func(r *waitRig) {
			r.links[c2s].dst.(*sinkLeg).written = nil
			for range 100 {
				r.pass(c2s, time.Second)
				r.answer(c2s)
			}
			r.tells(c2s)
		},
		"inside a frame": func(r *waitRig) {
			r.carry(c2s, []byte{2, 0, 0})
			r.pass(c2s, 900*time.Millisecond)
			r.tells(c2s)
			r.pass(c2s, 5*time.Second)
			r.tells(c2s, "inside a frame")
			r.carry(c2s, []byte{0, 1, 0, 0})
			r.pass(c2s, 200*time.Millisecond)
			r.tells(c2s, "go")
		},
		"switched off": func(r *waitRig) {
			r.pass(s2c, 10*time.Second)
			r.tells(s2c, "the client's writes are still padded")
			r.links[s2c].lookAtHeartbeats(false)
			r.tells(s2c, "go")
			r.now = r.now.Add(time.Hour)
			r.links[s2c].lookAtHeartbeats(false)
			r.tells(s2c)
		},
		"padded": func(r *waitRig) {
			r.pass(s2c, 4900*time.Millisecond)
			r.tells(s2c)
			r.pass(s2c, time.Second)
			r.tells(s2c, "the client's writes are still padded")
			r.unpad()
			r.pass(s2c, 1100*time.Millisecond)
			r.tells(s2c, "go")
		},
		"in doubt": func(r *waitRig) {
			r.carry(c2s, []byte{99, 0, 0, 0, 0, 0, 0})
			r.pass(c2s, 2*time.Second)
			r.tells(c2s, "the framing is in doubt")
			r.carry(c2s, []byte{2, 0, 0, 0, 1, 0, 0})
			r.pass(c2s, 2*time.Second)
			r.tells(c2s, "go")
		},
		"the server reads nothing": func(r *waitRig) {
			r.links[c2s].blocked.Store(r.now.UnixNano())
			r.pass(c2s, 2*time.Second)
			r.tells(c2s, "the server takes no byte")
			r.links[c2s].tellUnblocked()
			synctest.Wait()
			r.told = nil
			r.links[c2s].lookAtHeartbeats(true)
			r.tells(c2s, "go")
		},
		"the client reads nothing": func(r *waitRig) {
			r.links[s2c].writes.Store(r.now.UnixNano()) // a write begins that does not end
			r.now = r.now.Add(readerPatience)
			r.pass(c2s, 900*time.Millisecond)
			r.links[s2c].blocked.Store(r.now.Add(-900 * time.Millisecond).UnixNano())
			r.pass(c2s, 3*time.Second)
			r.tells(c2s, "the client takes no byte, so that the server could not write its answer")
			r.links[c2s].blocked.Store(r.now.Add(-3 * time.Second).UnixNano()) // nor does the server
			r.pass(c2s, 200*time.Millisecond)
			r.tells(c2s, "the server takes no byte")
		},
		"the client reads slowly": func(r *waitRig) { // a write goes on, and it stands still now and then
			r.links[s2c].writes.Store(r.now.UnixNano())
			r.now = r.now.Add(readerPatience)
			r.pass(c2s, 1900*time.Millisecond)
			r.tells(c2s)
			r.pass(c2s, time.Second)
			r.tells(c2s, "bytes toward the client wait, and the server's answer would wait behind them")
			for range 20 {
				still := r.now
				r.pass(c2s, time.Second)
				r.links[s2c].blocked.Store(still.UnixNano())
				r.pass(c2s, 300*time.Millisecond)
				r.links[s2c].blocked.Store(0)
			}
			r.tells(c2s)
			still := r.now
			r.pass(c2s, time.Second)
			r.links[s2c].blocked.Store(still.UnixNano()) // it stops
			r.pass(c2s, 40*time.Second)
			r.tells(c2s, "the client takes no byte, so that the server could not write its answer")
		},
		"the server reads slowly": func(r *waitRig) {
			l := r.links[c2s]
			l.takeTurn() // a write begins that does not end
			l.mu.Unlock()
			l.blocked.Store(r.now.UnixNano())
			r.pass(c2s, 1200*time.Millisecond)
			r.tells(c2s, "the server takes no byte")
			l.blocked.Store(0)
			r.pass(c2s, time.Second)
			r.tells(c2s, "bytes toward the server wait in front of them")
			for range 10 {
				still := r.now
				r.pass(c2s, time.Second)
				l.blocked.Store(still.UnixNano())
				r.pass(c2s, 200*time.Millisecond)
				l.blocked.Store(0)
			}
			r.tells(c2s)
		},
		"the reason changes all the time": func(r *waitRig) {
			r.links[s2c].writes.Store(r.now.UnixNano()) // a write begins that does not end
			r.now = r.now.Add(readerPatience)
			for i := range 50 {
				r.links[c2s].blocked.Store(int64(i % 2))
				r.pass(c2s, lookEvery)
			}
			if n := len(r.told); n < 3 || n > 5 {
				r.t.Errorf("told %d times in 5 s", n)
			}
			r.told = nil
		},
		"slow, but it moves": func(r *waitRig) {
			for range 20 {
				r.links[s2c].takeTurn()
				r.pass(c2s, 900*time.Millisecond)
				_ = r.links[s2c].giveTurn() // and with it what has waited for that
				synctest.Wait()
				r.answer(c2s)
			}
			r.tells(c2s)
		},
		"unanswered": func(r *waitRig) {
			r.links[c2s].dst.(*sinkLeg).written = nil
			r.pass(c2s, (session.MaxInjectedOwed+3)*time.Second)
			if n := len(r.links[c2s].dst.(*sinkLeg).written) / protocol.HeaderLen; n != session.MaxInjectedOwed {
				r.t.Errorf("%d requests without an answer", n)
			}
			r.tells(c2s, "32 are unanswered")
			r.carry(s2c, []byte{9, 0, 0, 0, 0, 0, 0}) // one is, and the one that waits goes at once
			synctest.Wait()
			if n := len(r.links[c2s].dst.(*sinkLeg).written) / protocol.HeaderLen; n != session.MaxInjectedOwed+1 {
				r.t.Errorf("%d requests behind an answer", n)
			}
			r.links[c2s].lookAtHeartbeats(true)
			r.tells(c2s, "go")
		},
		"the peer is gone": func(r *waitRig) {
			r.links[c2s].leave()
			r.pass(c2s, 10*time.Second)
			r.tells(c2s)
		},
		"the session ends": func(r *waitRig) {
			r.links[c2s].blocked.Store(r.now.UnixNano())
			r.links[c2s].hush()
			r.pass(c2s, 10*time.Second)
			r.tells(c2s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { play(newWaitRig(t)) })
		})
	}
}

// TestNotReadyForHeartbeats: sessions into which nothing can be injected have none that wait.
func TestNotReadyForHeartbeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newWaitRig(t)
		r.carry(s2c, []byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
		r.pass(c2s, 10*time.Second)
		r.tells(c2s)
		l := newLink(c2s, gate.NewShared(time.Second, session.NewSchemes(), new(gate.Rooms)))
		l.clock, l.emit, l.dst = func() time.Time { return r.now }, func(*capture.Event) { t.Error("something is told") }, new(sinkLeg)
		for range 100 { // before Settings
			l.beat(1)
			r.now = r.now.Add(lookEvery)
			l.lookAtHeartbeats(true)
		}
	})
}

// TestManualRequestsWait: those that an operator asks for wait beside the periodic ones, and
// no more than may be are ever without an answer, however many are put in.
func TestManualRequestsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newWaitRig(t)
		l := r.links[c2s]
		l.dst.(*sinkLeg).written = nil
		r.carry(c2s, []byte{2, 0, 0}) // inside a frame
		for range session.MaxQueued {
			if _, err := l.inject(forcedRequest(), 1); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := l.inject(forcedRequest(), 1); err == nil {
			t.Error("one more than may wait")
		}
		r.carry(c2s, []byte{0, 1, 0, 0})
		synctest.Wait()
		if n := len(l.dst.(*sinkLeg).written)/protocol.HeaderLen - 1; n != session.MaxInjectedOwed {
			t.Errorf("%d requests go out at once", n)
		}
		w := l.waiting(nil)
		if len(w) != session.MaxQueued-session.MaxInjectedOwed || w[0].Why != capture.WaitsForAnswers {
			t.Errorf("%d wait: %+v", len(w), w[:1])
		}
		r.now = r.now.Add(time.Second)
		l.lookAtHeartbeats(false)
		r.tells(c2s, "32 are unanswered")
	})
}

func forcedRequest() capture.Insert {
	return capture.Insert{Toward: protocol.Server, When: capture.WhenPossible, Frame: protocol.Frame{Command: protocol.HeartRequest}}
}
