package relay

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
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

// TestRulesProperty plays random sessions: random frames, cut at random into records that come
// at random times, with random programs of every action. What arrives is exactly what a model
// says, whatever the cuts; every frame that came has one final fate, the one of the model; and
// what is recorded is what is written, in that order.
func TestRulesProperty(t *testing.T) {
	for seed := range uint64(600) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newLab(t, seed).play() })
		})
	}
}

// A lab is a session of two links, whose sources play plans, and the models of both.
type lab struct {
	t     *testing.T
	rnd   *rand.Rand
	began time.Time
	nanos int // no two times are the same
	sides protocol.ByDirection[*labSide]
}

type labSide struct {
	leg.Leg // nil: nothing else is called
	link    *link
	model   *model
	plan    []planned
	judged  int    // how many of plan the rules were asked about
	wire    []byte // what is left of it
	sends   int
	records []labRecord
	next    int         // of them
	judge   *rule.Judge // what the programs come from; nil: from the plan
	ends    time.Time

	mu       sync.Mutex
	received []byte
	recorded []byte // what is recorded of that
	came     []byte // what is recorded of what came
	kinds    []session.FateKind
	framing  protocol.Decoder
	applied  map[uint16]uint64 // how often each rule was told to be
}

type labRecord struct {
	at time.Time
	n  int
}

func newLab(t *testing.T, seed uint64) *lab {
	w := &lab{t: t, rnd: rand.New(rand.NewPCG(seed, 2)), began: time.Now()}
	shared := gate.NewShared(time.Second, session.NewSchemes(), new(gate.Rooms))
	settings := new(bool)
	stalls := seed%3 == 0
	// Records that pile up behind a stall come at one time, at which a cut may or may not come
	// before what the other link is about to write.
	cuts := seed%5 == 0 && !stalls
	for d := range w.sides {
		dir := protocol.Direction(d)
		s := &labSide{link: newLink(dir, shared), framing: protocol.NewDecoder(dir), applied: make(map[uint16]uint64)}
		w.sides[d] = s
		s.link.ruled = true
		s.link.gate.SetRules(s)
		s.link.clock, s.link.emit, s.link.src, s.link.dst = time.Now, s.record, s, s
		s.link.newTicket = func() capture.Ticket { return 1 }
		w.compose(dir, s, stalls, cuts)
		s.model = &model{dir: dir, frames: slices.Clone(s.plan), settings: settings}
	}
	for d, s := range w.sides {
		o := w.sides[protocol.Direction(d).Reverse()]
		s.link.answers, s.model.other = o.link, o.model
	}
	return w
}

// compose makes up what a peer sends.
func (w *lab) compose(dir protocol.Direction, s *labSide, stalls, cuts bool) {
	add := func(f planned) {
		if w.rnd.IntN(3) == 0 {
			f.program = w.program(dir, &f, stalls, cuts)
		}
		s.plan = append(s.plan, f)
		s.wire = append(s.wire, f.wire...)
	}
	if dir == protocol.ClientToServer {
		wire := protocol.Preamble{Padding: uint16(w.rnd.IntN(40))}.Append(nil)
		add(planned{wire: wire, fixed: len(wire)})
		add(w.frame(protocol.Settings, 0, []byte("v=2")))
	}
	for range 10 + w.rnd.IntN(30) {
		c := []protocol.Command{protocol.PSH, protocol.PSH, protocol.SYN, protocol.FIN, protocol.Waste, protocol.SYNACK, protocol.Alert}[w.rnd.IntN(7)]
		f := w.frame(c, uint32(w.rnd.IntN(4)), make([]byte, w.rnd.IntN(50)))
		f.data = w.rnd.IntN(8) == 0
		add(f)
	}
	s.sends = len(s.wire)
	// Records of the two directions, and what their rules do, never fall on one time.
	at, longest := w.began.Add(time.Duration(dir)*half), []int{5, 20, 200}[w.rnd.IntN(3)]
	for left := len(s.wire); left > 0; {
		n := min(left, 1+w.rnd.IntN(longest))
		at = at.Add(time.Duration(1+w.rnd.IntN(30)) * time.Millisecond)
		s.records = append(s.records, labRecord{at, n})
		left -= n
	}
	s.ends = at.Add(time.Duration(1+w.rnd.IntN(200)) * time.Millisecond)
	if stalls {
		s.ends = at.Add(time.Hour)
	}
}

func (w *lab) frame(c protocol.Command, stream uint32, data []byte) planned {
	for i := range data {
		data[i] = byte(w.rnd.IntN(256))
	}
	wire, err := protocol.AppendFrame(nil, c, stream, data)
	if err != nil {
		w.t.Fatal(err)
	}
	return planned{wire: wire, stream: stream, fixed: protocol.HeaderLen, settings: c == protocol.Settings}
}

// half is what the times of the directions differ by.
const half = 500 * time.Microsecond

// span returns a time of up to so many milliseconds, and some nanoseconds that no other one has.
func (w *lab) span(most int) time.Duration {
	w.nanos++
	return time.Duration(w.rnd.IntN(most))*time.Millisecond + time.Duration(w.nanos)
}

func (w *lab) program(dir protocol.Direction, f *planned, stalls, cuts bool) (p rule.Program) {
	for range 1 + w.rnd.IntN(3) {
		st := rule.Step{Rule: uint16(1 + w.rnd.IntN(9)), Action: rule.Action(w.rnd.IntN(int(rule.Cut) + 1))}
		switch st.Action {
		case rule.Delay, rule.Hold, rule.Throttle:
			st.Wait, st.All = w.span(200), w.rnd.IntN(6) == 0
			if w.rnd.IntN(5) == 0 {
				st.Wait = 0
			}
		case rule.Replace:
			made := w.frame(protocol.PSH, uint32(w.rnd.IntN(4)), make([]byte, w.rnd.IntN(9))).wire
			st.Change = func([]byte) []byte { return made }
		case rule.Corrupt:
			st.Change = func(wire []byte) []byte {
				changed := slices.Clone(wire)
				changed[len(changed)/2] ^= 4
				return changed
			}
		case rule.Insert:
			st.Made = w.frame(protocol.SYN, uint32(w.rnd.IntN(4)), make([]byte, w.rnd.IntN(9))).wire
			st.Toward, st.Behind = protocol.Peer(w.rnd.IntN(2)), w.rnd.IntN(2) == 0
			if st.Toward == dir.Receiver() && w.rnd.IntN(3) == 0 {
				st.Made = []byte("raw")
			}
		case rule.Split:
			st.Sizes = []int{w.rnd.IntN(30), 1 + w.rnd.IntN(9)}
		case rule.Stall:
			if st.Wait = w.span(300); !stalls {
				continue
			}
		case rule.Cut:
			if st.Both, st.Toward = w.rnd.IntN(2) == 0, protocol.Peer(w.rnd.IntN(2)); !cuts || w.rnd.IntN(3) > 0 {
				continue
			}
		}
		p = append(p, st)
		if st.Action == rule.Drop || st.Action == rule.Cut {
			break
		}
	}
	return p
}

// play runs both links, and both models, and compares.
func (w *lab) play() {
	for _, s := range w.sides {
		go func() { _ = s.link.run() }() // until the source ends
	}
	<-time.After(3 * time.Hour)
	synctest.Wait()
	w.playModels()
	for d, s := range w.sides {
		dir := protocol.Direction(d)
		if !bytes.Equal(s.received, s.model.out) {
			n := 0
			for n < min(len(s.received), len(s.model.out)) && s.received[n] == s.model.out[n] {
				n++
			}
			w.t.Errorf("%v: received %d bytes, want %d; they differ from %d on", dir, len(s.received), len(s.model.out), n)
		}
		if !bytes.Equal(s.received, s.recorded) {
			w.t.Errorf("%v: received %d bytes, recorded %d", dir, len(s.received), len(s.recorded))
		}
		if len(s.came) != s.sends {
			w.t.Errorf("%v: %d bytes came, recorded are %d", dir, s.sends, len(s.came))
		}
		if !slices.Equal(s.kinds, s.model.fates) {
			w.t.Errorf("%v: fates are\n%v, want\n%v", dir, s.kinds, s.model.fates)
		}
		if s.link.outbox.came != 0 || s.link.outbox.held != 0 {
			w.t.Errorf("%v: %d frames of %d bytes still wait", dir, s.link.outbox.came, s.link.outbox.held)
		}
	}
}

// playModels plays what happens to the models, in the order of time.
func (w *lab) playModels() {
	var next protocol.ByDirection[int]
	for now := w.began; ; {
		var first *labSide
		var at time.Time
		served := false
		take := func(s *labSide, t time.Time, serves bool) {
			if first == nil || t.Before(at) {
				first, at, served = s, t, serves
			}
		}
		for d, s := range w.sides {
			for _, p := range s.model.queue {
				if p.due.After(now) {
					take(s, p.due, true)
				}
			}
			switch i := next[d]; {
			case i < len(s.records):
				t := later(now, s.records[i].at)
				if !s.model.cut {
					t = later(t, s.model.stalled)
				}
				take(s, t, false)
			case i == len(s.records):
				take(s, later(now, s.ends), false)
			}
		}
		if first == nil {
			return
		}
		now = at
		d := first.link.dir
		switch {
		case served && !first.model.inside():
			first.model.serve(now)
		case served:
		case next[d] == len(first.records):
			first.model.end(now)
			next[d]++
		default:
			first.model.record(now, first.records[next[d]].n)
			next[d]++
		}
		for _, s := range w.sides {
			errands := append(s.model.cuts, s.model.errands...)
			s.model.cuts, s.model.errands = nil, nil
			for _, f := range errands {
				f(now)
			}
		}
	}
}

// Next implements [leg.Leg]: it plays the plan.
func (s *labSide) Next() (leg.Record, error) {
	s.link.beforeWait()
	if s.next == len(s.records) {
		<-time.After(time.Until(s.ends))
		return leg.Record{}, io.EOF
	}
	<-time.After(time.Until(s.records[s.next].at))
	n := s.records[s.next].n
	s.next++
	r := leg.NewRecord(s.wire[:n])
	s.wire = s.wire[n:]
	return r, nil
}

// Write implements [leg.Leg]. It spoils what it is given, as sealing in place does.
func (s *labSide) Write(r leg.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received = append(s.received, r.Bytes()...)
	spoilt := r.Extend(13).Part(0, 13+r.Len()+17).Bytes()
	for i := range spoilt {
		spoilt[i] = 0xaa
	}
	return nil
}

func (s *labSide) Flush() error       { return nil }
func (s *labSide) NoteNothing(string) {}

// record is the sink.
func (s *labSide) record(e *capture.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := e.Application; e.Kind == capture.Applied && !a.Ended && !a.Again {
		s.applied[a.Rule]++
	}
	if e.Kind != capture.Data {
		return
	}
	if !e.Fate.Kept() {
		s.recorded = append(s.recorded, e.Data...)
	}
	if e.Fate.Made() {
		return
	}
	s.came = append(s.came, e.Data...)
	for b := e.Data; len(b) > 0; {
		p, n := s.framing.Next(b)
		b = b[n:]
		if p.Last {
			s.kinds = append(s.kinds, e.Fate.Kind)
		}
	}
}

// The side's plan is its rules.

func (s *labSide) On() bool { return true }

func (s *labSide) NeedsData() bool {
	f := &s.model.frames[s.judged]
	if s.judge != nil {
		f.data = s.judge.NeedsData()
	}
	return f.data
}

func (s *labSide) Frame(now time.Time, h protocol.Header, preamble bool, data []byte, whole bool) rule.Program {
	f := &s.model.frames[s.judged]
	s.judged++
	if s.judge != nil {
		f.program = slices.Clone(s.judge.Frame(now, h, preamble, data, whole))
	}
	return f.program
}
