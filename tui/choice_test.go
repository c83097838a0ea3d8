package tui

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/pane"
)

// A chosen is what is chosen on a screen: which session the panes show, in the list or gone
// from it, and which frame.
type chosen struct {
	session capture.SessionID
	frame   uint64
	focus   pane.ID
}

// choice returns what is chosen.
func choice(x *screen) chosen {
	id, _ := x.m.sessions.Chosen()
	if x.m.showing != id {
		x.t.Fatalf("session %d is chosen, and the panes show %d", id, x.m.showing)
	}
	c := chosen{session: id, focus: x.m.focus}
	if !x.m.frames.Following() && x.m.onScreen(pane.FramesID) {
		c.frame = x.m.frames.Chosen()
	}
	return c
}

// TestReconnect: when a client reconnects, the screen stays with the session that it showed:
// what led to its end is what one wants to read then. Nothing on the screen goes blank.
func TestReconnect(t *testing.T) {
	s := newScript(t, journal.Limits{})
	in := &fakeControl{err: capture.ErrSessionClosed}
	x := &screen{t: t, s: s, m: newModel(s.j, Options{Clock: s.clock, Control: in}), in: in}
	x.resize(120, 40)
	s.open(1, "192.0.2.10:51234").greet(1, "first/1", "www.example.org")
	x.settle().want("▸ 1 ● serving", "www.example.org:443")
	for id := capture.SessionID(2); id < 40; id++ {
		s.close(id-1, session.ClosedByClient, "")
		x.settle()
		s.open(id, "192.0.2.10:51235")
		x.settle()
		s.greet(id, "again/1", "other.example")
		x.settle().want("www.example.org:443", "session 1", fmt.Sprintf(" %d newer ", id-1)).wantNot("other.example", "yet")
	}
	x.press("h").want("no HeartRequest toward session 1's server: the session is closed; G: the newest session")
	x.press("G").want("other.example:443", "following ▼")
}

// TestEmptyPanesSayWhy: a pane that has nothing to show of a session says why.
func TestEmptyPanesSayWhy(t *testing.T) {
	s := newScript(t, journal.Limits{})
	s.j.Record(&capture.Event{Kind: capture.Opened, Session: 1, At: s.at, Client: "192.0.2.1:1", Server: "203.0.113.7:443"})
	x := newScreen(t, s, 80, 24).press("3")
	x.want("no frames:", "TLS is not up yet").press("2").want("no streams:", "TLS is not up yet")
	s.j.Record(&capture.Event{Kind: capture.Closed, Session: 1, At: s.at, By: session.ClosedByClient, Reason: "TLS: the client rejected our certificate", TLSFailed: true})
	x.settle().want("✗ no TLS", "the session ended: TLS: the client rejected our certificate").press("3").want("it ended without a frame", "the client rejected")

	s.open(2, "192.0.2.1:2").up(2, []byte("GET / HTTP/1.1\r\nHost: example.com\r\nUser-Agent: curl/8.5.0\r\n\r\n"))
	x.press("1", "G", "2").want("no streams:", "the session is not AnyTLS")

	s.open(3, "192.0.2.1:3").close(3, session.ClosedByServer, "")
	x.press("1", "G", "3").want("no frames:", "the session ended, by server")
}

// TestChosenFrameGoes: a chosen frame that the journal evicts stays chosen, and list and
// detail say that it is gone; a key then goes on from where it was.
func TestChosenFrameGoes(t *testing.T) {
	x := newNumbering(t)
	x.press("3", "g", "down", "enter", "3")
	read := x.m.frames.Chosen()
	x.send(500)
	if x.m.frames.Chosen() != read {
		t.Errorf("frame %d is chosen, and %d was", x.m.frames.Chosen(), read)
	}
	x.want(fmt.Sprintf("frame %d, chosen, is no longer held", read))
	x.press("6").want("this frame is no longer held")
	x.press("3", "down").wantNot("no longer held")
	if oldest := x.m.summary.Oldest; x.m.frames.Chosen() < oldest || x.m.frames.Chosen() > oldest+2 {
		t.Errorf("frame %d is chosen, and the oldest is %d", x.m.frames.Chosen(), oldest)
	}
}

// TestChoiceStays plays traffic and keys that no two runs have alike, and holds the screen to
// its choice: it changes by a key, or since a list follows, and for no other reason. What is
// chosen and gone stays chosen, and the screen says that it is gone.
func TestChoiceStays(t *testing.T) {
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 9))
		s := newScript(t, journal.Limits{Sessions: 6, Entries: 300})
		m := newModel(s.j, Options{Clock: s.clock})
		x := &screen{t: t, s: s, m: m, in: &fakeControl{}}
		x.resize(120, 40)
		next := capture.SessionID(1)
		var live []capture.SessionID
		keys := []string{"1", "2", "3", "4", "5", "up", "down", "pgup", "pgdown", "home", "end", "enter", "esc", "tab", "space", "w", "i"}
		for step := range 200 {
			var what string
			before, follows := choice(x), m.sessions.Following()
			had := before.session != 0 || len(live) > 0 || next > 1
			switch n := random.IntN(10); {
			case n < 3 || len(live) == 0:
				s.open(next, "192.0.2.1:1").greet(next, fmt.Sprintf("c/%d", next), "www.example.org")
				live = append(live, next)
				next++
				what = "a session opens"
			case n < 5:
				i := random.IntN(len(live))
				s.close(live[i], session.Closer(random.IntN(2)), "")
				live = append(live[:i], live[i+1:]...)
				what = "a session ends"
			case n < 7:
				id := live[random.IntN(len(live))]
				s.up(id, s.frame(protocol.SYN, uint32(step+2), ""), s.frame(99, 0, "odd")).talk(id, 1, 10, 10).beat(id, protocol.Server, 0)
				what = "traffic"
			case n < 8:
				s.wait(aging * 4)
				what = "time passes"
			case n < 9:
				size := sizes()[random.IntN(3)]
				x.send(tea.WindowSizeMsg{Width: size.w, Height: size.h})
				what = "the terminal is " + size.name
			default:
				key := keys[random.IntN(len(keys))]
				x.press(key)
				before, what, follows = choice(x), "the key "+key, true
			}
			x.settle()
			after := choice(x)
			if before.frame == 0 || after.frame == 0 {
				before.frame, after.frame = 0, 0
			}
			if had && !follows && after != before {
				t.Fatalf("seed %d, step %d: %s, and chosen is %+v, not %+v:\n%s", seed, step, what, after, before, x.text())
			}
			held := journal.Look(m.moment(), journal.AskSession{ID: after.session}) != nil
			if gone := strings.Contains(x.text(), fmt.Sprintf("session %d, chosen, is no longer held", after.session)); after.session != 0 && gone == held {
				t.Fatalf("seed %d, step %d: session %d is held: %v, and the screen says that it is gone: %v:\n%s", seed, step, after.session, held, gone, x.text())
			}
			blank(x)
		}
	}
}

// blank fails where a pane shows nothing at all.
func blank(x *screen) {
	x.t.Helper()
	for _, slot := range x.m.slots {
		c := x.m.pane(x.m.shown(slot)).Draw(x.m.scene(), slot.w-3, slot.h-2, false)
		if strings.TrimSpace(strings.Join(c.Lines, "")) == "" {
			x.t.Errorf("%v is blank:\n%s", x.m.shown(slot), x.text())
		}
	}
}
