package relay

import (
	"net"
	"strings"
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

// A deafLeg is the leg of a peer that takes nothing: a write ends when the leg is closed.
type deafLeg struct {
	leg.Leg // nil: nothing else is called
	closed  chan struct{}
	once    sync.Once // closes it
	aborted bool
}

func (d *deafLeg) Flush() error {
	<-d.closed
	return net.ErrClosed
}
func (d *deafLeg) CloseNotify() error { return d.Flush() }
func (d *deafLeg) CloseWrite() error  { return net.ErrClosed }

func (d *deafLeg) Abort() {
	d.aborted = true
	_ = d.Close()
}

func (d *deafLeg) Close() error {
	d.once.Do(func() { close(d.closed) })
	return nil
}

// TestCutPeersThatTakeNothing: their connections are cut all the same, in each way, and links that
// pause read no more from them.
func TestCutPeersThatTakeNothing(t *testing.T) {
	for _, how := range []rule.End{rule.Reset, rule.CloseNotify, rule.FIN} {
		synctest.Test(t, func(t *testing.T) {
			s := new(liveSession)
			legs := protocol.ByPeer[*deafLeg]{{closed: make(chan struct{})}, {closed: make(chan struct{})}}
			shared := gate.NewShared(time.Second, session.NewSchemes(), new(gate.Rooms))
			for p, d := range legs {
				s.legs[p] = d
				s.links[p] = newLink(protocol.Direction(p), shared)
			}
			began := time.Now()
			s.cut(protocol.ClientToServer, &rule.Step{Rule: 1, Action: rule.Cut, End: how, Toward: protocol.Server})
			<-legs[protocol.Server].closed
			if d := time.Since(began); d != closePatience || legs[protocol.Server].aborted != (how == rule.Reset) {
				t.Errorf("%v: closed after %v, by a reset: %v", how, d, legs[protocol.Server].aborted)
			}
			from := protocol.ServerToClient
			if !s.links[from].interrupted || s.links[from.Reverse()].interrupted {
				t.Errorf("%v: pauses are not ended, or the wrong ones are", how)
			}
			synctest.Wait()
			select {
			case <-legs[protocol.Client].closed:
				t.Errorf("%v: the client's connection is cut", how)
			default:
			}
		})
	}
}

// A goneLeg is a leg that is closed once it has taken some records.
type goneLeg struct {
	sinkLeg
	takes int
}

func (g *goneLeg) Write(r leg.Record) error {
	if g.takes--; g.takes < 0 {
		return net.ErrClosed
	}
	return g.sinkLeg.Write(r)
}

// TestBehindACut: a link whose receiver's connection a rule has cut takes what its sender says,
// also the rest of a frame, and no rule is asked about it. A recording has a note on what breaks
// off.
func TestBehindACut(t *testing.T) {
	r, err := rule.Parse(`cut reset times 3 where cmd == "FIN"`)
	if err != nil {
		t.Fatal(err)
	}
	book, err := rule.NewBook([]*rule.Rule{r}, 1)
	if err != nil {
		t.Fatal(err)
	}
	fin, _ := protocol.AppendFrame(nil, protocol.FIN, 1, nil)
	push, _ := protocol.AppendFrame(nil, protocol.PSH, 1, []byte("abc"))
	for _, own := range []bool{true, false} { // its own rule has cut it, or the other link's
		l := newLink(protocol.ServerToClient, gate.NewShared(time.Second, session.NewSchemes(), new(gate.Rooms)))
		l.ruled, l.clock, l.dst = true, time.Now, &goneLeg{takes: 1}
		l.gate.SetRules(book.Session(1, "", time.Now()).Judge(l.dir))
		l.onFailure = func(err error) { t.Errorf("the session fails: %v", err) }
		var fates []session.Fate
		l.emit = func(e *capture.Event) {
			if e.Kind == capture.Data {
				fates = append(fates, e.Fate)
			}
		}
		var notes []string
		l.noteReceived = func(note string) { notes = append(notes, note) }
		before := r.Applied()
		dropped := session.Fate{Kind: session.Dropped, Rule: 1}
		if own {
			carry(t, l, push)
			carry(t, l, append(append(append([]byte(nil), fin...), push...), fin...))
		} else {
			carry(t, l, push[:8])
			l.swallow(1)
			carry(t, l, push[8:])
			carry(t, l, fin)
		}
		carry(t, l, fin)
		if len(fates) < 3 || fates[len(fates)-1] != dropped || fates[len(fates)-2] != dropped {
			t.Errorf("fates: %v", fates)
		}
		noted := len(notes)
		carry(t, l, push[:8])
		carry(t, l, push[8:9])
		if len(notes) != noted+1 || !strings.HasPrefix(notes[noted], "dropped PSH") {
			t.Errorf("of a frame that breaks off is noted: %q", notes[noted:])
		}
		if n := r.Applied() - before; own && n != 1 || !own && n != 0 {
			t.Errorf("the rule was applied %d times", n)
		}
	}
}

// TestBehindWhatGoesNowhere: what a rule inserts behind a frame goes, also where that goes
// nowhere; and that it has no copy is told.
func TestBehindWhatGoesNowhere(t *testing.T) {
	for _, absorbed := range []bool{true, false} {
		l, out := readyLink()
		told := ""
		l.emit = func(e *capture.Event) {
			if e.Kind == capture.Applied && e.Application.Action == "duplicate" {
				told = e.Application.Text
			}
		}
		p := &passage{behind: []rule.Step{{Rule: 2, Action: rule.Insert, Made: []byte("behind")}}, copies: []uint16{1}}
		p.Wire, p.Header.Command = make([]byte, protocol.HeaderLen), protocol.HeartResponse
		want := ""
		if p.Absorb = absorbed; absorbed {
			p.copies = nil
		} else {
			p.Program, want = rule.Program{{Rule: 3, Action: rule.Drop}}, "not done: the frame goes nowhere"
		}
		l.takeTurn()
		l.proceed(p, false)
		l.writing(l.perform)
		if _ = l.giveTurn(); string(out.written) != "behind" || told != want {
			t.Errorf("absorbed %v: written is %q, told is %q", absorbed, out.written, told)
		}
	}
}
