package relay

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestRulesAndAnswers plays peers that ask and answer in order, while the relay asks too, and
// rules delay, drop and repeat frames of theirs, answers too. No answer to a peer is kept but
// by a rule, none to the relay goes on, and the journal's tracker takes each for what it is.
func TestRulesAndAnswers(t *testing.T) {
	for seed := range uint64(300) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newClinic(t, seed).play() })
		})
	}
}

// A clinic is a session of two links, whose peers answer.
type clinic struct {
	t *testing.T

	mu    sync.Mutex // guards what follows
	rnd   *rand.Rand
	track *session.Tracker
	ends  protocol.ByDirection[*clinicEnd]
}

// A clinicEnd is one direction: its link, and the peer that sends in it.
type clinicEnd struct {
	leg.Leg // nil: nothing else is called
	w       *clinic
	link    *link
	dec     protocol.Decoder // of the receiver
	made    []bool           // of the HeartRequests that are about to be received: the relay's
	asked   []bool           // HeartRequests that the sender of this direction has to answer
	owners  []bool           // whose the answers are that it has sent
	out     []byte           // what it sends next
	answers int              // that went to the receiver
	asks    int              // that it has sent itself, and that no rule dropped
	dropped int              // answers to the receiver, by a rule
}

func newClinic(t *testing.T, seed uint64) *clinic {
	w := &clinic{t: t, rnd: rand.New(rand.NewPCG(seed, 3))}
	schemes := session.NewSchemes()
	shared := gate.NewShared(time.Hour, schemes, new(gate.Rooms))
	w.track = session.NewTracker(session.Config{HeartbeatTimeout: time.Hour, Schemes: schemes}, w)
	for d := range w.ends {
		dir := protocol.Direction(d)
		e := &clinicEnd{w: w, link: newLink(dir, shared), dec: protocol.NewDecoder(dir)}
		e.link.ruled, e.link.clock, e.link.emit, e.link.dst = true, time.Now, w.record, e
		e.link.gate.SetRules(e)
		w.ends[d] = e
	}
	for d, e := range w.ends {
		e.link.answers = w.ends[protocol.Direction(d).Reverse()].link
	}
	return w
}

func (w *clinic) play() {
	up := w.ends[protocol.ClientToServer]
	up.out = protocol.Preamble{}.Append(nil)
	up.send(protocol.Settings, []byte("v=2"))
	for range 300 {
		<-time.After(time.Duration(1+w.roll(20)) * time.Millisecond)
		synctest.Wait()
		e := w.ends[w.roll(2)]
		switch w.roll(6) {
		case 0:
			e.send(protocol.HeartRequest, nil)
		case 1:
			e.send(protocol.PSH, make([]byte, w.roll(30)))
		case 2:
			_, _ = e.link.inject(capture.Insert{When: capture.WhenPossible, Frame: protocol.Frame{Command: protocol.HeartRequest}}, 1)
		case 3:
			e.answer()
		default:
			e.carry(1 + w.roll(30))
		}
		synctest.Wait()
	}
	for range 8 { // until all is answered
		for _, e := range w.ends {
			for e.answer() {
				continue
			}
			e.carry(len(e.out))
		}
		<-time.After(time.Second)
		synctest.Wait()
	}
	for d, e := range w.ends {
		if len(e.owners) > 0 {
			w.t.Errorf("%v: %d answers are unaccounted for", protocol.Direction(d), len(e.owners))
		}
		o := w.ends[protocol.Direction(d).Reverse()]
		if e.answers+e.dropped != o.asks {
			w.t.Errorf("%v: %d answers, and %d dropped ones, to %d requests", protocol.Direction(d), e.answers, e.dropped, o.asks)
		}
	}
}

func (e *clinicEnd) send(c protocol.Command, data []byte) {
	e.out, _ = protocol.AppendFrame(e.out, c, 0, data)
}

// roll returns a number below n.
func (w *clinic) roll(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rnd.IntN(n)
}

// answer answers the oldest request, and tells whether there was one.
func (e *clinicEnd) answer() bool {
	e.w.mu.Lock()
	defer e.w.mu.Unlock()
	if len(e.asked) == 0 {
		return false
	}
	e.owners = append(e.owners, e.asked[0])
	e.asked = e.asked[1:]
	e.send(protocol.HeartResponse, nil)
	return true
}

func (e *clinicEnd) carry(n int) {
	if n = min(n, len(e.out)); n > 0 {
		r := leg.NewRecord(e.out[:n])
		e.out = e.out[n:]
		if err := e.link.carry(r); err != nil {
			e.w.t.Error(err)
		}
	}
}

// record plays the journal.
func (w *clinic) record(e *capture.Event) {
	if e.Kind != capture.Data {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.track.Pieces(e.At, e.Dir, e.Data, e.Pieces, e.Fate, e.Continues)
}

// Frame checks a frame as it passes the relay.
func (w *clinic) Frame(f *session.Frame) {
	e := w.ends[f.Dir]
	switch {
	case f.Header.Command == protocol.HeartRequest && !f.Fate.Kept():
		e.made = append(e.made, f.Fate.Made())
		if !f.Fate.Made() {
			e.asks++
		}
	case f.Header.Command == protocol.HeartResponse && f.Fate.Made():
		// A copy answers nothing.
	case f.Header.Command == protocol.HeartResponse:
		if len(e.owners) == 0 {
			w.t.Error("an answer that nobody sent")
			return
		}
		relays := e.owners[0]
		switch f.Fate.Kind {
		case session.Dropped:
			if e.owners = e.owners[1:]; !relays {
				e.dropped++
			}
		case session.Absorbed:
			if !relays {
				w.t.Errorf("%v: swallowed an answer that is owed to a peer", f.Dir)
			}
		default:
			if e.answers++; relays {
				w.t.Errorf("%v: forwarded an answer to the relay", f.Dir)
			}
		}
	}
}

// Notice checks whose answer the tracker took it for.
func (w *clinic) Notice(n session.Notice) {
	r, ok := n.(session.HeartbeatResult)
	if !ok || r.Lost && r.Rule != 0 {
		return // a rule dropped the answer
	}
	e := w.ends[r.Toward.Toward().Reverse()]
	if r.Lost || len(e.owners) == 0 {
		w.t.Errorf("%+v", r)
		return
	}
	if (r.Origin == session.OriginRelay) != e.owners[0] {
		w.t.Errorf("answer attributed to the wrong side: the relay's is %v", e.owners[0])
	}
	e.owners = e.owners[1:]
}

// Write implements [leg.Leg]: the receiver gets a record.
func (e *clinicEnd) Write(r leg.Record) error {
	e.w.mu.Lock()
	defer e.w.mu.Unlock()
	for b := r.Bytes(); len(b) > 0; {
		p, n := e.dec.Next(b)
		b = b[n:]
		if p.Kind == protocol.PieceFrame && p.Last && p.Header.Command == protocol.HeartRequest {
			answerer := e.w.ends[e.link.dir.Reverse()]
			answerer.asked = append(answerer.asked, e.made[0])
			e.made = e.made[1:]
		}
	}
	return nil
}

func (e *clinicEnd) Flush() error { return nil }

// The end's dice are its rules.

func (e *clinicEnd) On() bool        { return true }
func (e *clinicEnd) NeedsData() bool { return false }

func (e *clinicEnd) Frame(_ time.Time, h protocol.Header, preamble bool, _ []byte, _ bool) rule.Program {
	e.w.mu.Lock()
	defer e.w.mu.Unlock()
	st := rule.Step{Rule: 1}
	rnd := e.w.rnd
	switch rnd.IntN(8) {
	case 0:
		st.Action, st.Wait, st.All = rule.Delay, time.Duration(rnd.IntN(100))*time.Millisecond, rnd.IntN(3) == 0
	case 1:
		st.Action = rule.Split
		st.Sizes = []int{1}
	case 2:
		if st.Action = rule.Duplicate; preamble || h.Command == protocol.Settings {
			return nil
		}
	case 3:
		if st.Action = rule.Drop; preamble || h.Command == protocol.Settings {
			return nil
		}
	default:
		return nil
	}
	return rule.Program{st}
}
