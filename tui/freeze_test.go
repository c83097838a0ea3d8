package tui

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/pane"
)

// meanwhile goes on after the story, in each of its sessions and in new ones.
func meanwhile(s *script) {
	for n := range uint32(30) {
		s.up(1, s.frame(protocol.SYN, 100+n, ""), s.frame(protocol.PSH, 100+n, s.target("later.example", 80)))
		s.down(1, s.frame(protocol.SYNACK, 100+n, "refused later"))
		s.beat(1, protocol.Server, 90*time.Millisecond).own(1, 80*time.Millisecond)
		s.up(4, s.frame(99, n, "later"), s.frame(protocol.SYN, n+1, ""))
		s.beat(4, protocol.Server, 0)
		s.up(5, s.frame(protocol.SYN, 200+n, ""), s.frame(protocol.PSH, 200+n, s.target("later.example", 443)))
		id := capture.SessionID(10 + n)
		s.open(id, "192.0.2.99:9").greet(id, "later/1", "later.example")
	}
	s.close(4, session.ClosedByServer, "later").close(10, session.ClosedByClient, "later")
	s.wait(time.Hour)
}

// body returns the lines between the header and the footer.
func body(x *screen) string {
	lines := strings.Split(x.text(), "\n")
	return strings.Join(lines[1:len(lines)-1], "\n")
}

// TestFrozenShowsOneMoment: whatever keys are pressed on a frozen screen, it shows what
// the screen of a run that ended when it froze would: in its panes what one that follows
// shows, and in all what one that is frozen does.
func TestFrozenShowsOneMoment(t *testing.T) {
	keys := []string{
		"up", "down", "down", "pgup", "pgdown", "g", "G", "tab", "shift+tab", "1", "5",
		"enter", "enter", "esc", "i", "t", "w",
	}
	for id := range pane.Count {
		keys = append(keys, strconv.Itoa(int(id)+1))
	}
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(seed, 4))
		size := [][2]int{{80, 24}, {120, 40}, {200, 50}}[seed%3]
		var pressed []string
		ended, stopped, frozen := newScreen(t, story(t), size[0], size[1]), newScreen(t, story(t), size[0], size[1]), newScreen(t, story(t), size[0], size[1])
		all := []*screen{ended, stopped, frozen}
		for _, x := range all {
			x.in.waiting[1] = pane.Queues{protocol.Client: {N: 2, Why: capture.WaitsForStop}}
			eventful(x)
		}
		press := func() {
			key := keys[random.IntN(len(keys))]
			pressed = append(pressed, key)
			for _, x := range all {
				x.press(key)
			}
		}
		for range random.IntN(8) { // it need not freeze as it began
			press()
		}
		pressed = append(pressed, "space")
		stopped.press("space")
		frozen.press("space")
		meanwhile(frozen.s)
		clear(frozen.in.waiting)
		for range 60 {
			press()
			if got, want := body(frozen), body(ended); got != want {
				t.Fatalf("after %q the frozen screen shows\n%s\nand not\n%s", pressed, got, want)
			}
			if got, want := frozen.text(), stopped.text(); got != want {
				t.Fatalf("after %q the frozen screen shows\n%s\nand not\n%s", pressed, got, want)
			}
		}
		// All of it is there once the screen goes on.
		frozen.press("space", "1", "G").want("192.0.2.99:9")
	}
}

// TestFrozenPanesAgree: the panes of a frozen screen are of one session, also when a
// diagnostic leads to another one.
func TestFrozenPanesAgree(t *testing.T) {
	x := newScreen(t, story(t), 120, 40).press("space")
	meanwhile(x.s)
	for _, keys := range [][]string{{"5", "g", "j", "j", "enter", "enter"}, {"1", "g", "j", "j"}, {"5", "esc", "5", "G", "enter", "enter"}} {
		x.press(keys...)
		if s := x.m.session; s == nil || s.ID != x.m.showing {
			t.Fatalf("after %q the panes show session %d, and the screen has %+v", keys, x.m.showing, s)
		}
		for _, line := range x.lines("4 Heartbeats") {
			if !strings.Contains(line, " session "+string(rune('0'+x.m.showing))+" ") {
				t.Errorf("after %q the panes show session %d, and the heartbeats say %q", keys, x.m.showing, line)
			}
		}
	}
}

// TestFrozenOutlivesSessions: sessions that the journal forgets stay on a frozen screen.
func TestFrozenOutlivesSessions(t *testing.T) {
	s := newScript(t, journal.Limits{Sessions: 4})
	for id := capture.SessionID(1); id <= 4; id++ {
		s.open(id, "192.0.2.1:1").greet(id, "early/1", "early.example").close(id, session.ClosedByClient, "early")
	}
	x := newScreen(t, s, 120, 40).press("space", "1", "g", "down")
	for id := capture.SessionID(5); id <= 40; id++ {
		s.open(id, "192.0.2.2:2").greet(id, "late/1", "late.example").close(id, session.ClosedByClient, "late")
	}
	x.press("g").want("4 sessions")
	for _, id := range []string{"1", "2", "3", "4"} {
		x.press("down").want("session "+id, "early.example:443").wantNot("late")
		if got := len(x.lines("ended")); got != 4 {
			t.Errorf("%d sessions are listed:\n%s", got, x.text())
		}
	}
	// Then the chosen one is gone, and stays chosen.
	x.press("space").want("session 4, chosen, is no longer held")
	x.press("down").want("late/1")
}

// TestFrozenAtTheKey: the screen freezes as of the key, and not of what it drew last.
func TestFrozenAtTheKey(t *testing.T) {
	x := newScreen(t, story(t), 120, 40)
	x.s.at = x.s.at.Add(3 * time.Second)
	x.s.up(5, x.s.frame(protocol.SYN, 77, ""), x.s.frame(protocol.PSH, 77, x.s.target("late.example", 80)))
	x.send(keyMsg("space"))
	x.want("FROZEN "+x.s.at.Format("15:04:05"), "late.example:80")
}

// TestFrozenQueues: what waited when the screen froze is shown of every session, and is not
// looked at again because a key injects.
func TestFrozenQueues(t *testing.T) {
	x := newScreen(t, story(t), 80, 24)
	x.in.waiting[1] = pane.Queues{protocol.Client: {N: 2, Why: capture.WaitsForStop}}
	x.press("space")
	clear(x.in.waiting)
	x.press("1", "g", "down", "4").want("session 1", "2 requests wait")
	x.press("h").want("2 requests wait")
	x.press("space").wantNot("requests wait")
}

// TestInjectIntoFrozen: a frozen screen's following list chose no session of its own, so a
// request goes into one that lives now.
func TestInjectIntoFrozen(t *testing.T) {
	x := newScreen(t, story(t), 80, 24).press("space")
	x.s.close(5, session.ClosedByServer, "")
	if x.press("h"); !slices.Equal(x.in.calls, []string{"4 server force=false"}) {
		t.Errorf("asked the control for %q", x.in.calls)
	}
}

// TestQuitOfAFrozenScreen: whether quitting closes sessions is no matter of what the screen
// shows.
func TestQuitOfAFrozenScreen(t *testing.T) {
	x := newScreen(t, newScript(t, journal.Limits{}), 80, 24).press("space")
	x.s.open(1, "192.0.2.1:1")
	if x.press("q"); x.quit {
		t.Error("q quits, and closes a session that came after the freeze")
	}
	x.want("1 session is open")
}
