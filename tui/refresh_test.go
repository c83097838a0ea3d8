package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/tui/cell"
)

// TestStandsStill: while nothing happens, the screen asks nothing, and is composed
// once a second, for its ages.
func TestStandsStill(t *testing.T) {
	x := newScreen(t, story(t), 200, 50)
	views, composed := x.m.looked, x.m.composed
	for range 19 {
		x.s.at = x.s.at.Add(refresh)
		x.tick()
	}
	if x.m.looked != views || x.m.composed != composed {
		t.Errorf("asked %d times and composed %d screens for nothing", x.m.looked-views, x.m.composed-composed)
	}
	x.s.at = x.s.at.Add(refresh)
	if x.tick(); x.m.composed != composed+1 || x.m.looked != views {
		t.Errorf("after a second asked %d times and composed %d screens, want 0 and 1",
			x.m.looked-views, x.m.composed-composed)
	}
	for range 100 {
		x.m.View()
	}
	if x.m.composed != composed+1 {
		t.Error("View composes a screen that did not change")
	}
}

// TestBurst: however much is recorded between two ticks, each tick asks once.
func TestBurst(t *testing.T) {
	x := newScreen(t, story(t), 200, 50)
	for range 10 {
		for range 10_000 {
			x.s.up(1, x.s.frame(protocol.PSH, 1, "payload"))
		}
		views, composed := x.m.looked, x.m.composed
		x.tick()
		if n := x.m.looked - views; n != 1 {
			t.Errorf("10,000 events made %d views", n)
		}
		if n := x.m.composed - composed; n != 1 {
			t.Errorf("10,000 events composed %d screens", n)
		}
	}
}

// TestKeysAskNoMoreThanTicks: keys that repeat quickly move the cursor, and wait
// for the next tick with their questions.
func TestKeysAskNoMoreThanTicks(t *testing.T) {
	x := newScreen(t, story(t), 80, 24)
	x.press("3")
	views := x.m.looked
	for range 50 {
		x.send(keyMsg("up"))
	}
	if n := x.m.looked - views; n > 1 {
		t.Errorf("50 keys at once made %d views", n)
	}
}

// TestFollows: what was recorded is on the screen after the next tick.
func TestFollows(t *testing.T) {
	x := newScreen(t, story(t), 120, 40)
	x.s.up(5, x.s.frame(protocol.SYN, 77, ""), x.s.frame(protocol.PSH, 77, x.s.target("late.example", 80)))
	x.wantNot("late.example").tick().want("late.example:80", "following ▼")
	x.s.open(6, "192.0.2.66:6666").greet(6, "newcomer/1", "six.example")
	x.settle().want("192.0.2.66:6666", "six.example:443", "session 6")
}

func TestFreeze(t *testing.T) {
	x := newScreen(t, story(t), 120, 40).press("space")
	x.want("FROZEN 15:04:09")
	before := x.styled()
	x.s.open(6, "192.0.2.66:6666").greet(6, "newcomer/1", "six.example")
	x.s.talk(5, 1, 100, 100).wait(time.Minute)
	for range 3 {
		x.s.at = x.s.at.Add(aging)
		x.tick()
	}
	if x.styled() != before {
		t.Errorf("a frozen screen moved:\n%s", x.text())
	}
	x.press("space").wantNot("FROZEN").want("192.0.2.66:6666")
}

// TestFrozenCanBeRead: a frozen screen can be moved about in, and shows nothing
// that came after.
func TestFrozenCanBeRead(t *testing.T) {
	x := newScreen(t, story(t), 80, 24).press("home", "space")
	for i := range 40 {
		x.s.up(1, x.s.frame(protocol.SYN, uint32(100+i), ""), x.s.frame(protocol.PSH, uint32(100+i), x.s.target("later.example", 80)))
	}
	x.s.open(6, "192.0.2.66:6666")
	for _, keys := range [][]string{
		{"3"}, {"pgup"}, {"home"}, {"end"}, {"down"}, {"up", "enter"}, {"pgdown"}, {"esc"}, {"5"}, {"home"}, {"1", "down", "down"}, {"2"}, {"3", "end"},
	} {
		x.press(keys...).wantNot("later.example", "192.0.2.66")
	}
	// The row of a session that was on the screen is as it was.
	x.press("1", "home", "down").want("2/3")
	x.press("space").want("42/43")
}

// TestFrozenOutlivesTheJournal: what was on a frozen screen stays there, when the
// journal no longer holds it.
func TestFrozenOutlivesTheJournal(t *testing.T) {
	s := newScript(t, journal.Limits{Entries: 64})
	s.open(1, "192.0.2.1:1").greet(1, "short/1", "kept.example")
	x := newScreen(t, s, 120, 40).press("3", "space")
	x.want("kept.example:443")
	for range 200 {
		x.s.up(1, x.s.frame(protocol.PSH, 1, "later"))
	}
	x.press("up", "up").want("kept.example:443", "ServerSettings")
	x.press("enter").want("Waste (0)")
}

func TestRates(t *testing.T) {
	x := newScreen(t, story(t), 200, 50)
	x.wantNot("B/s")
	for range 40 {
		x.s.at = x.s.at.Add(refresh - 2*time.Millisecond)
		x.s.up(1, x.s.frame(protocol.PSH, 1, strings.Repeat("x", 993)))
		x.s.at = x.s.at.Add(time.Millisecond)
		x.tick()
	}
	x.want("20/s ↑20k ↓0 B/s")
	for range 3 {
		x.s.at = x.s.at.Add(aging)
		x.tick()
	}
	x.want("0/s ↑0 ↓0 B/s")
}

// many is a run of one session with n frames of payload, whose lengths are their
// numbers.
func many(t testing.TB, n int) *script {
	s := newScript(t, journal.Limits{})
	s.open(1, "192.0.2.10:51234").greet(1, "many/1", "www.example.org")
	for i := range n {
		s.up(1, s.frame(protocol.PSH, 1, strings.Repeat("x", i+1)))
	}
	return s
}

// chosenLength returns the length in the chosen row of the frames.
func chosenLength(x *screen) string {
	for _, line := range x.lines("▸") {
		if fields := strings.Fields(line); strings.Contains(line, "PSH") {
			for i, f := range fields {
				if f == "PSH" {
					return fields[i+2]
				}
			}
		}
	}
	return ""
}

func TestFramesScroll(t *testing.T) {
	x := newScreen(t, many(t, 500), 80, 24)
	x.press("3")
	rows := len(x.lines("PSH"))
	wantChosen := func(n int) {
		t.Helper()
		if got := chosenLength(x); got != cell.Count(n) {
			t.Errorf("chose length %s, want %d:\n%s", got, n, x.text())
		}
	}
	wantChosen(500)
	x.press("up").want("G follows")
	wantChosen(499)
	// The window stands still while more comes.
	window := func() string { return strings.ReplaceAll(fmt.Sprint(x.lines("PSH")), "┃", "│") }
	before := window()
	x.s.up(1, x.s.frame(protocol.PSH, 1, strings.Repeat("x", 501)))
	if x.tick(); window() != before {
		t.Errorf("the window moved:\n%s", x.text())
	}
	x.press("end").want("following ▼")
	wantChosen(501)
	x.press("pgup")
	wantChosen(501 - (rows - 1))
	x.press("pgup")
	wantChosen(501 - 2*(rows-1))
	x.press("pgdown")
	wantChosen(501 - (rows - 1))
	x.press("pgdown", "down").want("following ▼")
	wantChosen(501)
	x.press("home").want("preamble")
	for range 30 {
		x.press("down")
	}
	wantChosen(31 - 7) // the preamble, five frames of the greeting, two of its answer come before
	for range 60 {
		x.press("up")
	}
	if got := x.lines("▸"); !strings.Contains(strings.Join(got, "\n"), "preamble") {
		t.Errorf("up does not end at the first frame:\n%s", x.text())
	}
}

// TestResizeKeepsSelection: what is chosen stays chosen, and in sight.
func TestResizeKeepsSelection(t *testing.T) {
	x := newScreen(t, many(t, 500), 200, 50)
	x.press("3", "pgup", "up", "up")
	chosen := x.m.frames.Chosen()
	for _, size := range [][2]int{{80, 24}, {40, 12}, {10, 3}, {120, 40}, {80, 24}, {200, 50}} {
		x.resize(size[0], size[1])
		if x.m.frames.Chosen() != chosen {
			t.Errorf("at %v frame %d is chosen, want %d", size, x.m.frames.Chosen(), chosen)
		}
		if size[0] >= leastWidth && chosenLength(x) == "" {
			t.Errorf("at %v it is out of sight:\n%s", size, x.text())
		}
	}
}
