package tui

import (
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
)

// ticking runs a screen with the real command of its ticks, whose clock is that of a
// bubble. It returns how long the next n ticks took to come.
func ticking(x *screen, n int) (after []time.Duration) {
	for range n {
		asked := time.Now()
		_, cmd := x.m.Update(x.m.tick()())
		_ = cmd // it is asked for anew
		x.m.View()
		after = append(after, time.Since(asked))
	}
	return after
}

// within runs a test of a screen in a bubble, 200×50, after its first second.
func within(t *testing.T, test func(x *screen), change ...func(*Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t, journal.DefaultLimits())
		s.open(1, "192.0.2.1:1").greet(1, "one/1", "one.example")
		change = append(change, func(o *Options) { o.Clock = time.Now })
		x := newScreen(t, s, 200, 50, change...)
		ticking(x, 2)
		test(x)
	})
}

// TestTickWaits: while nothing happens there is a tick a second, and one at once when
// something does.
func TestTickWaits(t *testing.T) {
	within(t, func(x *screen) {
		for i, d := range ticking(x, 5) {
			if d < aging-refresh || d > aging+refresh {
				t.Errorf("nothing happens, and tick %d comes after %v", i, d)
			}
		}
		go func() {
			<-time.After(300 * time.Millisecond)
			x.s.open(2, "192.0.2.2:2").greet(2, "two/1", "two.example")
		}()
		if d := ticking(x, 1)[0]; d < 300*time.Millisecond || d > 300*time.Millisecond+refresh {
			t.Errorf("news after 300 ms are seen after %v", d)
		}
	})
}

// TestTickGoesOnAsking: where an answer raises another question, as a new session does
// that the list follows, that is asked with the next refresh.
func TestTickGoesOnAsking(t *testing.T) {
	within(t, func(x *screen) {
		x.s.open(2, "192.0.2.2:2").greet(2, "two/1", "two.example")
		for range 4 {
			d := ticking(x, 1)[0]
			if d > 2*refresh {
				t.Fatalf("a question stays open for %v", d)
			}
			if !x.m.stale {
				break
			}
		}
		x.want("two.example:443")
	})
}

// TestTickSearches: a filter that matches only what came long ago finds it, though nothing
// else happens.
func TestTickSearches(t *testing.T) {
	within(t, func(x *screen) {
		for range 40_000 {
			x.s.up(1, x.s.frame(protocol.Waste, 0, ""))
		}
		ticking(x, 1)
		x.want("searching")
		for range 20 {
			if d := ticking(x, 1)[0]; d > 2*refresh {
				break
			}
		}
		x.want("SYN").wantNot("searching")
	}, func(o *Options) {
		o.Match, o.Filter = func(e *journal.Entry) bool { return e.Header.Command == protocol.SYN }, `cmd == "SYN"`
	})
}

// TestTickAfterFreezing: a screen that is let go on shows at once what came meanwhile,
// and what comes then.
func TestTickAfterFreezing(t *testing.T) {
	within(t, func(x *screen) {
		x.send(keyMsg("space"))
		waiting := x.m.tick() // of the frozen screen
		ticked := make(chan tea.Msg)
		go func() { ticked <- waiting() }()
		synctest.Wait()
		x.send(keyMsg("space"))
		unfrozen := time.Now()
		x.m.Update(<-ticked)
		if d := time.Since(unfrozen); d > refresh {
			t.Errorf("the first tick comes %v after unfreezing", d)
		}
	})
}

// TestTickOfAFrozenScreen: a frozen screen does not age.
func TestTickOfAFrozenScreen(t *testing.T) {
	within(t, func(x *screen) {
		x.send(keyMsg("space"))
		for i, d := range ticking(x, 5)[1:] {
			if d < aging-refresh {
				t.Errorf("tick %d comes after %v", i, d)
			}
		}
	})
}

// A standingPlayback plays on, and brings no packets.
type standingPlayback struct{ capture.Playback }

func (standingPlayback) State() capture.PlaybackState {
	return capture.PlaybackState{Speed: 1, Began: time.Now().Add(-time.Minute), At: time.Now()}
}

// TestTickWhilePlaying: the header of a playback moves though no packet comes.
func TestTickWhilePlaying(t *testing.T) {
	within(t, func(x *screen) {
		for i, d := range ticking(x, 5) {
			if d > 2*refresh {
				t.Errorf("tick %d comes after %v", i, d)
			}
		}
	}, func(o *Options) { o.Control, o.Playback = nil, standingPlayback{} })
}

// TestTickEndsAStatus: what a key said goes when its time is over.
func TestTickEndsAStatus(t *testing.T) {
	within(t, func(x *screen) {
		<-time.After(300 * time.Millisecond)
		x.m.say("done", done)
		said := time.Now()
		for x.m.status.text != "" {
			ticking(x, 1)
		}
		if d := time.Since(said); d > lasting+refresh {
			t.Errorf("it stayed for %v", d)
		}
	})
}
