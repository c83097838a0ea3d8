package steps

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// TestChoosing: keys choose a step, whose text is shown; esc goes back to the newest.
func TestChoosing(t *testing.T) {
	x := newScreen(t, middle(), 80, 24)
	x.want("8 of 8 datagrams").wantNot("▸")
	x.press("up").want("▸ – what", "stream 7 closed with 3 bytes unread").press("k", "k").want("▸ ✓ requests through")
	x.press("j").want("▸ ✓ heartbeats and").press("home", "up").want("▸ ✓ requests without")
	x.press("end", "down").want("▸ · CPU time", "It waits for those before it, and takes about 1m.")
	x.press("esc").want("8 of 8 datagrams").wantNot("▸")
	x.press("g", "enter").want("q end", "enter list").wantNot("throughput").press("esc").want("throughput", "▸ ✓ requests without")
	x.press("enter", "enter").want("throughput").press("G", "up", "up", "up", "up", "up").want("▸", "It has run for ")
}

// TestFollowing: a screen in which no step is chosen shows what has ended last.
func TestFollowing(t *testing.T) {
	x := newScreen(t, plan(), 120, 40)
	x.want("It has run for 1m05s, and takes longer than expected: about 12s.", "0/11 steps")
	x.shown.end(0, Failed, time.Second, broken)
	x.tick().want("host unreachable; past", "✗1", "1/11 steps")
	x.shown = Shown{} // another run, which has no such row
	x.press("down").tick().want("the run begins")
	x.press("enter", "up", "down", "home", "end", "enter").want("the run begins")
	x.shown = Shown{Pairs: make([]Pair, 1)} // one whose steps are not known yet
	x.tick().press("enter").want("the run begins")
}

// TestTimeLeft: a step that runs says about how long it takes from now on, and so does the run;
// the steps of which nobody knows that don't count.
func TestTimeLeft(t *testing.T) {
	x := newScreen(t, plan(), 120, 40)
	for after, wants := range map[time.Duration][]string{
		0:                        {"about 12s left", "about 4m28s left", "; about 12s left."},
		11500 * time.Millisecond: {"about 1s left", "about 4m17s left"},
		12 * time.Second:         {"takes longer", "about 4m16s left"},
		time.Hour:                {"takes longer", "about 4m16s left", "1h00m"},
		-time.Hour:               {"about 12s left"}, // the clock was set back
	} {
		x.at = start().Add(after)
		x.tick().want(wants...)
	}
	x.shown.steps()[0].Takes = 0
	x.at = start().Add(3 * time.Second)
	x.tick().want("about 4m16s left", "It has run for 3s.").wantNot("takes longer")
	x.shown = ended()
	x.tick().wantNot(" left")
}

// TestEnd: q and Ctrl-C ask the run to end, once, and the screen stays until it is done; asked a
// second time, it leaves.
func TestEnd(t *testing.T) {
	for _, key := range []string{"q", "ctrl+c", "alt+q"} {
		x := newScreen(t, middle(), 80, 24).press(key)
		x.want("ending: what runs ends in order, then comes the report", "q leave at once", " ENDING\n")
		if x.quit || x.ended != 1 {
			t.Errorf("%s: the screen leaves: %t; the run was asked %d times", key, x.quit, x.ended)
		}
		if x.tick(); x.quit {
			t.Errorf("%s: the screen leaves before the run is done", key)
		}
		if x.press(key); !x.quit || x.ended != 1 {
			t.Errorf("%s a second time: the screen leaves: %t; the run was asked %d times", key, x.quit, x.ended)
		}
	}
	x := newScreen(t, middle(), 80, 24).press("q")
	x.shown.Done = true
	if x.tick(); !x.quit {
		t.Error("the run is done, and the screen stays")
	}
}

// TestEnding: a run that others have ended is shown as one that ends, and the first key leaves.
func TestEnding(t *testing.T) {
	ending := make(chan struct{})
	x := newScreen(t, middle(), 80, 24, func(o *Options) { o.Ending = ending })
	x.tick().wantNot("ENDING")
	close(ending)
	x.tick().want("ENDING")
	if x.press("q"); !x.quit || x.ended != 0 {
		t.Errorf("the screen leaves: %t; the run was asked %d times", x.quit, x.ended)
	}
}

// TestTurns: the mark of a step that runs moves.
func TestTurns(t *testing.T) {
	x := newScreen(t, middle(), 80, 24)
	seen := make(map[string]bool)
	for range 4 {
		x.at = x.at.Add(refresh)
		seen[x.tick().text()] = true
	}
	if len(seen) != 4 {
		t.Errorf("of 4 screens %d differ", len(seen))
	}
}

// TestResult: what is left of the screen are all steps, also those that were out of sight, in the
// width of the terminal.
func TestResult(t *testing.T) {
	s := ended()
	x := newScreen(t, s, 60, 8).press("up", "enter")
	list := x.m.result()
	if len(list) != len(s.steps())+3 {
		t.Errorf("%d lines are left of %d steps in 3 parts", len(list), len(s.steps()))
	}
	for i, line := range list {
		if strings.ContainsAny(line, "\x1b▸") || ansi.StringWidth(line) > 60 {
			t.Errorf("line %d is %q", i, line)
		}
	}
	if list := newScreen(t, s, 0, 0).m.result(); list != nil {
		t.Errorf("without room %q is left", list)
	}
}
