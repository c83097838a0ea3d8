package tui

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/tui/cell"
	"anytls-inspect/tui/pane"
	"anytls-inspect/tui/screentest"
)

// A screen is a model that a test drives, without a terminal. Time stands still
// unless the script moves. Its list of sessions follows, as after G: most tests are about
// the newest session.
type screen struct {
	t    testing.TB
	s    *script
	m    *Model
	in   *fakeControl
	quit bool
}

func newScreen(t testing.TB, s *script, w, h int, change ...func(*Options)) *screen {
	t.Helper()
	in := &fakeControl{waiting: make(map[capture.SessionID]pane.Queues)}
	o := Options{
		Title: "relay 127.0.0.1:9443 → 203.0.113.7:443", Control: in, Clock: s.clock,
	}
	for _, f := range change {
		f(&o)
	}
	x := &screen{t: t, s: s, m: newModel(s.j, o), in: in}
	x.m.sessions.Follow()
	x.resize(w, h)
	return x
}

func noColor(o *Options) { o.NoColor = true }

func (x *screen) resize(w, h int) *screen {
	x.send(tea.WindowSizeMsg{Width: w, Height: h})
	return x.settle()
}

func (x *screen) send(msg tea.Msg) {
	_, cmd := x.m.Update(msg)
	x.m.View()
	if _, isTick := msg.(tickMsg); !isTick {
		x.run(cmd)
	}
}

// run runs a command and delivers its message, as Bubble Tea does.
func (x *screen) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.QuitMsg:
		x.quit = true
	default:
		x.send(msg)
	}
}

// tick lets the screen look for news once.
func (x *screen) tick() *screen {
	x.send(tickMsg{})
	return x
}

// settle lets the screen look until it asks no more.
func (x *screen) settle() *screen {
	x.tick()
	for n := 0; x.m.stale && x.m.width > 0; n++ {
		if n > 4 {
			x.t.Fatal("the screen never settles: each answer raises another question")
		}
		x.tick()
	}
	return x
}

// press presses keys, named as Bubble Tea names them.
func (x *screen) press(keys ...string) *screen {
	for _, name := range keys {
		x.send(keyMsg(name))
		x.settle()
	}
	return x
}

func keyMsg(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "space": tea.KeySpace,
		"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
		"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd,
	}
	switch {
	case strings.HasPrefix(name, "ctrl+"):
		return tea.KeyPressMsg{Code: rune(name[len(name)-1]), Mod: tea.ModCtrl}
	case name == "shift+tab":
		return tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift}
	case special[name] != 0:
		return tea.KeyPressMsg{Code: special[name]}
	default:
		return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
	}
}

// styled returns the screen with its escape sequences.
func (x *screen) styled() string { return x.m.View().Content }

// text returns what is to be read on the screen.
func (x *screen) text() string { return ansi.Strip(x.styled()) }

// lines returns the lines of the screen that contain a text.
func (x *screen) lines(with string) []string {
	return slices.DeleteFunc(strings.Split(x.text(), "\n"), func(line string) bool {
		return !strings.Contains(line, with)
	})
}

// want fails unless the screen shows all texts.
func (x *screen) want(texts ...string) *screen {
	x.t.Helper()
	for _, text := range texts {
		if !strings.Contains(x.text(), text) {
			x.t.Errorf("the screen lacks %q:\n%s", text, x.text())
		}
	}
	return x
}

// wantNot fails if the screen shows any of the texts.
func (x *screen) wantNot(texts ...string) *screen {
	x.t.Helper()
	for _, text := range texts {
		if strings.Contains(x.text(), text) {
			x.t.Errorf("the screen shows %q:\n%s", text, x.text())
		}
	}
	return x
}

// eventful is the injector's state in the story: heartbeats go on, and one waits
// in the session that stalls inside a frame.
func eventful(x *screen) *screen {
	x.in.periodic = defaultHeartbeat()
	x.in.waiting[5] = pane.Queues{{N: 1, Why: capture.WaitsMidFrame}, {}}
	x.m.refreshQueues()
	return x
}

func TestScreens(t *testing.T) {
	for _, size := range []struct {
		name string
		w, h int
	}{{"80x24", 80, 24}, {"120x40", 120, 40}, {"200x50", 200, 50}} {
		t.Run(size.name, func(t *testing.T) {
			t.Run("colour", func(t *testing.T) {
				golden.RequireEqual(t, eventful(newScreen(t, story(t), size.w, size.h)).styled())
			})
			t.Run("nocolour", func(t *testing.T) {
				x := eventful(newScreen(t, story(t), size.w, size.h, noColor))
				golden.RequireEqual(t, x.styled())
				_, styles := screentest.Unstyled(x.styled())
				for _, seq := range styles {
					if strings.ContainsAny(seq, "34") {
						t.Errorf("%q sets a colour", seq)
					}
				}
			})
		})
	}
}

// TestPanes shows each pane and dialog as people read it, without styles.
func TestPanes(t *testing.T) {
	tests := []struct {
		name string
		w, h int
		keys []string
	}{
		{"streams", 80, 24, []string{"home", "down", "2"}},
		{"streams of all", 80, 24, []string{"home", "2"}},
		{"stream only", 80, 24, []string{"home", "down", "2", "enter"}},
		{"frames of all", 80, 24, []string{"home"}},
		{"frames at time of day", 80, 24, []string{"3", "t"}},
		{"frames without waste", 80, 24, []string{"3", "w"}},
		{"heartbeats", 80, 24, []string{"4"}},
		{"heartbeats of all", 80, 24, []string{"home", "4"}},
		{"heartbeats of version 1", 80, 24, []string{"up", "4"}},
		{"diagnostics", 80, 24, []string{"5"}},
		{"detail of settings", 80, 24, []string{"3", "home", "down", "enter"}},
		{"detail of preamble", 80, 24, []string{"3", "home", "enter"}},
		{"detail of scheme", 80, 24, []string{"3", "up", "enter"}},
		{"detail of udp", 120, 40, []string{"home", "down", "3", "end", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "enter"}},
		{"detail of session", 120, 40, []string{"i"}},
		{"detail of session that was refused", 120, 40, []string{"up", "up", "i"}},
		{"detail below", 80, 45, []string{"3", "up", "up", "up", "enter"}},
		{"help", 120, 40, []string{"?"}},
		{"help in little room", 80, 24, []string{"?", "down", "down", "down"}},
		{"quit", 80, 24, []string{"q"}},
		{"frozen", 120, 40, []string{"space"}},
		{"least", leastWidth, leastHeight, nil},
		{"too small", 20, 5, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := eventful(newScreen(t, story(t), tt.w, tt.h)).press(tt.keys...)
			golden.RequireEqual(t, trimmed(x.text()))
		})
	}
	t.Run("empty", func(t *testing.T) {
		s := newScript(t, journal.Limits{}).listen("127.0.0.1:9443")
		golden.RequireEqual(t, trimmed(newScreen(t, s, 80, 24).text()))
	})
	t.Run("empty capture", func(t *testing.T) {
		s := newScript(t, journal.Limits{})
		golden.RequireEqual(t, trimmed(newScreen(t, s, 80, 24, func(o *Options) {
			o.Control, o.Title = nil, "replay office.pcapng"
		}).text()))
	})
}

// trimmed leaves out blanks at the ends of lines, which editors do too.
func trimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// TestLooks holds the screen together in all the looks that a terminal can ask
// for: only the styles differ.
func TestLooks(t *testing.T) {
	x := newScreen(t, story(t), 120, 40)
	text, seen := x.text(), map[string]bool{}
	for _, l := range []cell.Look{
		{Profile: colorprofile.TrueColor},
		{Profile: colorprofile.TrueColor, Light: true},
		{Profile: colorprofile.ANSI},
		{Profile: colorprofile.ASCII},
	} {
		x.m.restyle(l)
		if x.text() != text {
			t.Errorf("look %+v changes the text", l)
		}
		if seen[x.styled()] {
			t.Errorf("look %+v is the same as another", l)
		}
		seen[x.styled()] = true
	}
}
