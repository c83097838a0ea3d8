package steps

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/screentest"
)

// check fails unless a terminal of w × h cells shows the screen as it is meant.
func check(t testing.TB, m *Model, w, h int) {
	t.Helper()
	text, _ := screentest.Unstyled(m.View().Content)
	for _, r := range text {
		if r != '\n' && (!protocol.IsPrint(r) || r == unicode.ReplacementChar) {
			t.Fatalf("%U reaches the screen:\n%q", r, text)
		}
	}
	lines := strings.Split(text, "\n")
	if len(lines) != max(h, 1) && w > 0 && h > 0 {
		t.Fatalf("%d lines on %d×%d:\n%s", len(lines), w, h, text)
	}
	for _, line := range lines {
		// Terminals disagree about clusters: both ways must fit.
		if a, b := ansi.StringWidth(line), ansi.StringWidthWc(line); a != b || a != max(w, 0) && h > 0 {
			t.Fatalf("a line of %d or %d cells on %d×%d: %q", a, b, w, h, line)
		}
	}
}

// anything returns a run of any pairs with any steps.
func anything(random *rand.Rand) Shown {
	text := func() string {
		return []string{"", "plain", "a longer text of several words that has to be cut somewhere", screentest.Evil, strings.Repeat("广", 200), strings.Repeat("x", 600)}[random.IntN(6)]
	}
	span := func() time.Duration {
		return []time.Duration{0, -time.Hour, time.Millisecond, 12 * time.Second, 1 << 62, -1 << 63}[random.IntN(6)]
	}
	row := func() Row {
		return Row{
			Title: text(), Part: text(), Text: text(), State: State(random.IntN(5)), Status: Status(random.IntN(6)),
			Began: start().Add(span() / 2), Took: span(), Takes: span(),
		}
	}
	s := Shown{Title: text(), Note: text(), Pairs: make([]Pair, []int{0, 1, 1, 2, 4, 30}[random.IntN(6)])}
	if random.IntN(4) > 0 {
		s.Began = start().Add(span() / 2)
	}
	for i := range s.Pairs {
		p := &s.Pairs[i]
		p.Row, p.Verdict, p.Steps = row(), text(), make([]Row, random.IntN(30))
		for i := range p.Steps {
			p.Steps[i] = row()
		}
		for toward := range p.Heartbeats {
			h := &p.Heartbeats[toward]
			n := uint64(1) << random.IntN(64)
			h.Figures = session.Figures{
				Sent: n, Answered: n - 1, Lost: uint64(random.IntN(2)) * n, Unsupported: n, Waiting: n,
				P50: session.Millis(span()), P95: session.Millis(span()), Max: session.Millis(span()), Last: session.Millis(span()),
			}
			for range random.IntN(300) {
				h.Series = append(h.Series, span())
			}
		}
	}
	return s
}

// TestAnything: no pairs, no steps, no size and no keys break the screen.
func TestAnything(t *testing.T) {
	keys := []string{
		"up", "down", "home", "end", "enter", "esc", "j", "k", "g", "G", "x", "q", "ctrl+c", "alt+q", "alt+k",
		"left", "right", "[", "]", "tab", "shift+tab", "?",
	}
	for seed := range uint64(25) {
		random := rand.New(rand.NewPCG(seed, 1))
		w, h := random.IntN(130), random.IntN(60)
		x := newScreen(t, anything(random), w, h)
		check(t, x.m, w, h)
		for range 12 {
			switch random.IntN(4) {
			case 0:
				w, h = random.IntN(130), random.IntN(60)
				x.send(tea.WindowSizeMsg{Width: w, Height: h})
			case 1:
				x.shown = anything(random)
				x.tick()
			default:
				x.press(keys[random.IntN(len(keys))])
			}
			check(t, x.m, w, h)
		}
	}
	x := newScreen(t, failure(), 1, 1)
	for w := range 90 {
		for h := range 40 {
			if w > 12 && w%7 != 0 {
				continue
			}
			x.send(tea.WindowSizeMsg{Width: w, Height: h})
			check(t, x.m, w, h)
		}
	}
}
