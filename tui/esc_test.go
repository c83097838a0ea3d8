package tui

import (
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"anytls-inspect/tui/pane"
)

// A typist types into a screen that Bubble Tea runs, in a bubble whose time moves only
// while all wait.
type typist struct {
	*testing.T
	seen     *seen
	keyboard io.Writer
}

// seen is a model of which another goroutine may know what follows.
type seen struct {
	*Model
	focused   atomic.Int64 // the pane that has the focus
	following atomic.Bool  // the newest session is chosen
	updated   chan struct{}
}

func (s *seen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	_, cmd := s.Model.Update(msg)
	s.focused.Store(int64(s.focus))
	s.following.Store(s.sessions.Following())
	select {
	case s.updated <- struct{}{}:
	default: // whoever waits will look anyway
	}
	return s, cmd
}

// typing runs a test of a program at whose keyboard it sits.
func typing(t *testing.T, test func(x *typist)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		input, keyboard := io.Pipe()
		m := &seen{Model: newModel(story(t).j, Options{}), updated: make(chan struct{}, 1)}
		p := tea.NewProgram(m, tea.WithInput(input), tea.WithOutput(io.Discard),
			tea.WithWindowSize(80, 24), tea.WithoutSignalHandler())
		ended := make(chan error, 1)
		go func() {
			_, err := p.Run()
			ended <- err
		}()
		synctest.Wait()
		test(&typist{t, m, keyboard})
		p.Quit()
		keyboard.Close()
		if err := <-ended; err != nil {
			t.Errorf("the program ends with %v", err)
		}
		<-time.After(2 * aging) // the command of the last tick ends
	})
}

// typed types, and returns how long it takes until the focus is where it is wanted.
func (x *typist) typed(keys string, want pane.ID) time.Duration {
	x.Helper()
	began := time.Now()
	if _, err := io.WriteString(x.keyboard, keys); err != nil {
		x.Fatal(err)
	}
	late := time.After(time.Second)
	for synctest.Wait(); x.focus() != want; synctest.Wait() {
		select {
		case <-x.seen.updated:
		case <-late:
			x.Fatalf("%q leads to %v, want %v", keys, x.focus(), want)
		}
	}
	return time.Since(began)
}

func (x *typist) focus() pane.ID { return pane.ID(x.seen.focused.Load()) }

// TestEscAtOnce: where a terminal sends for esc what begins nothing else, esc acts as soon
// as it is read. Elsewhere it acts once it is clear that nothing follows.
func TestEscAtOnce(t *testing.T) {
	typing(t, func(x *typist) {
		const esc, escWithNumLock = "\x1b[27u", "\x1b[27;129u" // of the Kitty keyboard protocol
		for _, key := range []string{esc, escWithNumLock} {
			x.typed("3", pane.FramesID)
			if d := x.typed(key, pane.SessionsID); d != 0 {
				x.Errorf("%q acts after %v", key, d)
			}
		}
		x.typed("3", pane.FramesID)
		if d := x.typed("\x1b", pane.SessionsID); d > 150*time.Millisecond {
			x.Errorf("a bare esc acts after %v", d)
		}
	})
}

// TestKeyRightAfterEsc: a key that is typed so soon after esc that a terminal can't tell
// the two from the key with alt is not lost, and neither is esc.
func TestKeyRightAfterEsc(t *testing.T) {
	typing(t, func(x *typist) {
		for keys, want := range map[string]pane.ID{
			"?\x1b3": pane.FramesID, "?\x1b\x1b": pane.SessionsID, "?\x1b\t": pane.StreamsID,
		} {
			x.typed("1", pane.SessionsID)
			x.typed(keys, want)
		}
		x.typed("1", pane.SessionsID)
		x.typed("3\x1bG5", pane.IncidentsID)
		if !x.seen.following.Load() {
			x.Error("G after esc is lost")
		}
	})
}

// TestHalfSequences: what begins a sequence of which the rest comes late is no esc, and
// neither is a key with ctrl and alt.
func TestHalfSequences(t *testing.T) {
	typing(t, func(x *typist) {
		x.typed("3", pane.FramesID)
		for _, half := range []string{"\x1b[", "\x1bO", "\x1b]", "\x1bP", "\x1b\x03"} {
			if _, err := io.WriteString(x.keyboard, half); err != nil {
				x.Fatal(err)
			}
			<-time.After(time.Second)
			synctest.Wait()
			if x.focus() != pane.FramesID {
				x.Fatalf("%q leads to %v", half, x.focus())
			}
		}
	})
}

// TestAltIsNotEsc: where a terminal tells keys apart, alt and a key are no esc.
func TestAltIsNotEsc(t *testing.T) {
	typing(t, func(x *typist) {
		if _, err := io.WriteString(x.keyboard, "\x1b[?1u"); err != nil { // the terminal's answer
			x.Fatal(err)
		}
		x.typed("3", pane.FramesID)
		if _, err := io.WriteString(x.keyboard, "\x1b[49;3u"); err != nil { // alt and 1
			x.Fatal(err)
		}
		<-time.After(time.Second)
		synctest.Wait()
		if x.focus() != pane.FramesID {
			x.Errorf("alt and 1 lead to %v", x.focus())
		}
	})
}
