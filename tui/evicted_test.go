package tui

import (
	"strconv"
	"strings"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A numbering sends frames of payload, whose lengths are their numbers, in a run whose
// journal holds few.
type numbering struct {
	*screen
	sent int
}

// holding is how many entries the journal of a numbering holds.
const holding = 200

func newNumbering(t *testing.T) *numbering {
	s := newScript(t, journal.Limits{Entries: holding})
	s.open(1, "192.0.2.10:51234").greet(1, "many/1", "www.example.org")
	s.open(2, "192.0.2.11:51234").greet(2, "other/1", "other.example")
	x := &numbering{screen: newScreen(t, s, 80, 24).press("1", "g", "down")}
	x.send(100)
	return x
}

func (x *numbering) press(keys ...string) *numbering {
	x.screen.press(keys...)
	return x
}

// send sends so many frames more.
func (x *numbering) send(n int) *numbering {
	for range n {
		x.sent++
		x.s.up(1, x.s.frame(protocol.PSH, 1, strings.Repeat("x", x.sent)))
	}
	x.settle()
	return x
}

// chosen fails unless the frame with this number is chosen.
func (x *numbering) chosen(n int) *numbering {
	x.t.Helper()
	if got := strings.ReplaceAll(chosenLength(x.screen), ",", ""); got != strconv.Itoa(n) {
		x.t.Errorf("frame %s is chosen, want %d:\n%s", got, n, x.text())
	}
	return x
}

// TestFrozenKeepsWhatItShows: frames that the journal evicts stay on a frozen screen as
// long as the cursor is among them, whichever way it is moved.
func TestFrozenKeepsWhatItShows(t *testing.T) {
	for _, later := range []int{150, 500} { // some of what is shown is evicted, or all there was
		x := newNumbering(t)
		x.press("3", "g", "G", "pgup", "pgup", "space")
		shown := body(x.screen)
		x.send(later)
		x.press("tab", "shift+tab")
		if got := body(x.screen); got != shown {
			t.Fatalf("%d frames later, the frozen screen shows\n%s\nand not\n%s", later, got, shown)
		}
		at := 100 - 2*(len(x.lines("PSH"))-1)
		x.chosen(at).press("down", "down").chosen(at + 2).press("up").chosen(at + 1)
		x.press(repeat("up", 20)...)
		x.press("enter").want("6 Detail", "PSH (2)").press("esc").want(" PSH ")
	}
}

// TestFrozenGoesToTheEnd: from frames that were evicted, the cursor goes on to those that
// are held, up to the newest when the screen froze.
func TestFrozenGoesToTheEnd(t *testing.T) {
	for name, keys := range map[string][]string{
		"G": {"G"}, "down": repeat("down", 120), "pgdown": repeat("pgdown", 20),
	} {
		t.Run(name, func(t *testing.T) {
			for _, later := range []int{40, 120, 150, holding - 10} {
				x := newNumbering(t)
				x.press("3", "g", "space")
				x.send(later)
				x.press(keys...)
				x.chosen(100)
			}
		})
	}
	// The first row is the oldest that is held.
	x := newNumbering(t)
	x.press("3", "g")
	x.press(repeat("pgdown", 3)...).press("space")
	x.send(holding - 30)
	if n, _ := strconv.Atoi(chosenLength(x.press("g").screen)); n < 50 {
		t.Errorf("the cursor stays among what is gone:\n%s", x.text())
	}
	// The next row is the oldest that is held, and not the newest.
	x = newNumbering(t)
	x.press("3", "g", "space")
	x.send(holding - 10)
	if n, _ := strconv.Atoi(chosenLength(x.press(repeat("down", 12)...).screen)); n < 80 || n > 95 {
		t.Errorf("the cursor goes to %d:\n%s", n, x.text())
	}
	// Where none is held any more, those on the screen stay.
	x = newNumbering(t)
	x.press("3", "G", "space")
	x.send(500)
	x.press("up", "G").chosen(100)
	if x.press("g"); len(x.lines("PSH")) < 8 {
		t.Errorf("the frames are gone:\n%s", x.text())
	}
}

// TestFrozenDetailStays: a frame that is read on a frozen screen stays whole.
func TestFrozenDetailStays(t *testing.T) {
	x := newNumbering(t)
	x.press("3", "up", "enter", "space").want("78 78 78 78")
	x.send(500)
	x.press("down", "up").want("PSH (2)", "78 78 78 78")
}

// TestFrozenGrows: where a frozen screen grows, it shows more, also if some of what it
// showed is gone.
func TestFrozenGrows(t *testing.T) {
	x := newNumbering(t)
	x.press("3", "g", "space")
	before := len(x.lines("PSH"))
	x.send(150)
	x.resize(80, 50)
	if got := len(x.lines("PSH")); got < before+20 {
		t.Errorf("%d rows were shown, and %d are now:\n%s", before, got, x.text())
	}
	x.want("preamble")
}

func repeat(key string, n int) []string { return strings.Split(strings.Repeat(key+" ", n-1)+key, " ") }

// TestFrozenForgetsOlderAnswers: a pane that was hidden as the screen froze shows what
// there was then, and not what it showed last.
func TestFrozenForgetsOlderAnswers(t *testing.T) {
	x := newNumbering(t)
	x.press("3", "4")
	x.send(250)
	x.press("space", "3")
	x.chosen(350)

	x = newNumbering(t)
	x.press("3", "g", "enter", "1", "2") // the detail is of the first frame
	x.send(500)
	x.press("6").want("no longer held")
	x.press("1", "space", "6").want("no longer held")
}

// TestFilterOfAFrozenScreen: what a filter leaves out goes, also where it can't come back.
func TestFilterOfAFrozenScreen(t *testing.T) {
	x := newNumbering(t)
	x.s.up(1, x.s.frame(protocol.Waste, 0, "zz"))
	x.press("3", "G", "space").want("Waste")
	x.send(holding - 6) // of what is shown, the last six are held
	x.press("w").want("no Waste", " PSH ").wantNot("→ Waste")
}

// TestFramesThatAreGone: where a session's frames are all evicted, the screen says so, and
// not that there were none.
func TestFramesThatAreGone(t *testing.T) {
	for _, keys := range [][]string{nil, {"space"}} {
		x := newNumbering(t)
		x.send(300).press(keys...)
		x.press("1", "g", "down", "down", "3").want("its frames are no longer held")
	}
	x := newScreen(t, newScript(t, journal.Limits{}).open(1, "192.0.2.1:1"), 80, 24)
	x.press("3").want("no frames:", "the client has sent no preamble yet")
}

// TestDiagnosticOfAForgottenSession: its frame is found among those of all sessions.
// The incident is that of an unknown command, the diagnostic the first one.
func TestDiagnosticOfAForgottenSession(t *testing.T) {
	s := newScript(t, journal.Limits{Sessions: 4})
	for id := capture.SessionID(1); id <= 20; id++ {
		s.open(id, "192.0.2.1:1").greet(id, "one/1", "one.example")
		s.up(id, s.frame(99, uint32(id), "odd")).close(id, session.ClosedByClient, "")
	}
	x := newScreen(t, s, 120, 40).press("5", "g", "down", "enter", "enter")
	if x.m.showing != 0 {
		t.Errorf("the panes show session %d", x.m.showing)
	}
	rows := x.lines("▸")
	if len(rows) == 0 || !strings.Contains(rows[0], "sessions together") || !strings.Contains(strings.Join(rows[1:], "\n"), "99") {
		t.Errorf("chose\n%s", strings.Join(rows, "\n"))
	}
}
