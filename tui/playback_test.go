package tui

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
)

// A fakePlayback notes what it is asked for.
type fakePlayback struct {
	state capture.PlaybackState
	calls []string
}

func (f *fakePlayback) State() capture.PlaybackState { return f.state }

func (f *fakePlayback) Pause(on bool) {
	f.state.Paused = on
	f.calls = append(f.calls, fmt.Sprint("pause ", on))
}

func (f *fakePlayback) Step() { f.calls = append(f.calls, "step") }

func (f *fakePlayback) SetSpeed(x float64) {
	f.state.Speed = x
	f.calls = append(f.calls, fmt.Sprint("speed ", x))
}

func (f *fakePlayback) JumpTo(at time.Time) {
	f.calls = append(f.calls, fmt.Sprint("jump ", at.Sub(f.state.Began)))
}

// newPlayed returns a screen that plays a capture of which half was read.
func newPlayed(t *testing.T, change func(*capture.PlaybackState)) (*screen, *fakePlayback) {
	t.Helper()
	s := story(t)
	began := s.clock().Add(-30 * time.Second)
	f := &fakePlayback{state: capture.PlaybackState{
		Began: began, At: began.Add(12*time.Second + 345*time.Millisecond), Speed: 1, Read: 6 << 20, Size: 12 << 20,
	}}
	if change != nil {
		change(&f.state)
	}
	x := newScreen(t, s, 120, 40, noColor, func(o *Options) {
		o.Control, o.Playback, o.Title = nil, f, "replay x.pcap"
	})
	return x, f
}

func TestPlaybackHeader(t *testing.T) {
	x, _ := newPlayed(t, nil)
	x.want("▰▰▰▰▱▱▱▱ 6.3M of 13MB ▶ 12.345 s 1×").want("space pause  . step  + - speed  : jump")
	x, _ = newPlayed(t, func(s *capture.PlaybackState) { s.Size, s.Paused = -1, true })
	x.want("6.3MB ‖ 12.345 s")
	x, _ = newPlayed(t, func(s *capture.PlaybackState) { s.Done = true })
	x.want("■ 12.345 s").wantNot("▰")
}

// TestPlaybackAges: they are reckoned to where the capture is, and not to today.
func TestPlaybackAges(t *testing.T) {
	x, f := newPlayed(t, nil)
	opened := journal.Look(x.s.j, journal.AskSession{ID: 5}).OpenedAt
	f.state.At = opened.Add(7 * time.Second)
	x.s.wait(100 * time.Hour)
	x.resize(240, 50).tick()
	if got := x.m.present(); !got.Equal(f.state.At) {
		t.Errorf("the present is %v, want %v", got, f.state.At)
	}
	x.want(" 7s ").wantNot("100h").wantNot("4d")
}

func TestPlaybackKeys(t *testing.T) {
	x, f := newPlayed(t, nil)
	x.press(".", ".", "space", "+", "+", "-", "space")
	want := []string{"pause true", "step", "pause false", "speed 2", "speed 4", "speed 2", "pause true"}
	if !slices.Equal(f.calls, want) {
		t.Errorf("asked the playback for %q, want %q", f.calls, want)
	}
	// A capture can't be injected into, and the screen says why.
	x.press("h").want(capture.ErrNotLive.Error())
	x.press("?").want("Playback").want("pause the capture, or go on")
}

func TestPlaybackSpeeds(t *testing.T) {
	for _, tc := range []struct {
		now  float64
		by   int
		want float64
	}{{1, 1, 2}, {1, -1, 0.5}, {0.1, -1, 0.1}, {100, 1, 0}, {0, 1, 0}, {0, -1, 100}, {3, 1, 10}} {
		if got := nextSpeed(tc.now, tc.by); got != tc.want {
			t.Errorf("from %v by %d: %v, want %v", tc.now, tc.by, got, tc.want)
		}
	}
}

// TestJump: what is to come is handed on at once, what is past is scrolled to.
func TestJump(t *testing.T) {
	x, f := newPlayed(t, nil)
	x.press(":").want("Jump")
	x.press("x", "2", "5", "enter")
	x.press(":", "+", "1", "enter")
	if want := []string{"jump 25s", "jump 13.345s"}; !slices.Equal(f.calls, want) {
		t.Errorf("asked the playback for %q, want %q", f.calls, want)
	}
	x.press(":", "-", "1", "2", "enter").want("at 0.345 s")
	if len(f.calls) != 2 || x.m.frames.Following() {
		t.Errorf("a jump back asked for %q, follows: %v", f.calls, x.m.frames.Following())
	}
	x.press(":", "-", "-", "enter").want("is no number of seconds")
	x.press("backspace", "backspace", "9", ":", "9", "9", ":", "0", "enter").want("is no time of day")
	x.press("esc").wantNot("Jump")
}

// TestPlaybackDone: keys say that there is nothing more to play.
func TestPlaybackDone(t *testing.T) {
	x, f := newPlayed(t, func(s *capture.PlaybackState) { s.Done = true })
	x.press("space").want("the whole capture was read")
	if len(f.calls) != 0 {
		t.Errorf("asked the playback for %q", f.calls)
	}
	x.press(":", "+", "9", "enter").want("at 12.345 s") // there is no more
}
