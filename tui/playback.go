package tui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/tui/cell"
)

// speeds returns the speeds that keys step through, as multiples of the capture's
// own; 0 is as fast as it can be read.
func speeds() []float64 { return []float64{0.1, 0.25, 0.5, 1, 2, 4, 10, 25, 100, 0} }

// playbackKeys are the keys that control a playback.
type playbackKeys struct{ Pause, Step, Faster, Slower, Jump key.Binding }

func newPlaybackKeys() playbackKeys {
	bind := func(help, does string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, does))
	}
	return playbackKeys{
		Pause:  bind("space", "pause the capture, or go on", "space"),
		Step:   bind(".", "while paused: one event", "."),
		Faster: bind("+", "faster", "+", "="),
		Slower: bind("-", "slower", "-"),
		Jump:   bind(":", "jump to a time", ":"),
	}
}

// group returns the keys as the help shows them.
func (k playbackKeys) group() keyGroup {
	return keyGroup{"Playback", []key.Binding{k.Pause, k.Step, k.Faster, k.Slower, k.Jump}}
}

// playbackHints puts the keys of a playback in front of a footer's hints. Space
// pauses the playback, and does not freeze the screen.
func playbackHints(hints []key.Help) []key.Help {
	first := []key.Help{{Key: "space", Desc: "pause"}, {Key: ".", Desc: "step"}, {Key: "+ -", Desc: "speed"}, {Key: ":", Desc: "jump"}}
	for _, h := range hints {
		if h.Key != "space" {
			first = append(first, h)
		}
	}
	return first
}

// pressPlayback does what a key of the playback is for. It reports false for other
// keys, and where no capture is played.
func (m *Model) pressPlayback(msg tea.KeyPressMsg) bool {
	p, k := m.opts.Playback, newPlaybackKeys()
	if p == nil {
		return false
	}
	s := p.State()
	switch {
	case key.Matches(msg, k.Jump):
		m.dialog = &jumpDialog{model: m}
	case key.Matches(msg, k.Pause, k.Step, k.Faster, k.Slower) && s.Done:
		m.say("the whole capture was read; scroll, or : jumps to a time", done)
	case key.Matches(msg, k.Pause):
		p.Pause(!s.Paused)
	case key.Matches(msg, k.Step):
		if !s.Paused {
			p.Pause(true)
			break
		}
		p.Step()
	case key.Matches(msg, k.Faster):
		p.SetSpeed(nextSpeed(s.Speed, 1))
	case key.Matches(msg, k.Slower):
		p.SetSpeed(nextSpeed(s.Speed, -1))
	default:
		return false
	}
	return true
}

// nextSpeed returns the speed that is by steps above the present one.
func nextSpeed(now float64, by int) float64 {
	all := speeds()
	i := 0
	for ; i < len(all)-1; i++ {
		if now > 0 && all[i] >= now {
			break
		}
	}
	return all[min(max(i+by, 0), len(all)-1)]
}

// playing returns how far the capture is, for the header.
func (m *Model) playing() []segment {
	if m.opts.Playback == nil {
		return nil
	}
	p, s := &m.styles.Row, m.opts.Playback.State()
	var spans []cell.Span
	if !s.Done {
		spans = append(spans, p.Accent.Span(progress(s, m.now)), p.Text.Span(" "))
	}
	sign := "▶ "
	switch {
	case s.Done:
		sign = "■ "
	case s.Paused:
		sign = "‖ " // the sign for pause is a picture in some fonts, and missing in others
	}
	spans = append(spans, p.Strong.Span(sign+offset(s.At.Sub(s.Began))))
	if !s.Done && s.Speed > 0 {
		spans = append(spans, p.Dim.Span(" "+speedText(s.Speed)))
	}
	return []segment{{1, spans}}
}

// present returns the time to which ages are reckoned: where the capture is while
// one is played, else now.
func (m *Model) present() time.Time {
	if p := m.opts.Playback; p != nil {
		if at := p.State().At; !at.IsZero() {
			return at.In(m.now.Location())
		}
	}
	return m.now
}

// progress draws how much of a file was read. A pipe has no known end: a sign that
// turns with the time says that it is being read.
func progress(s capture.PlaybackState, now time.Time) string {
	if s.Size <= 0 {
		spinner := []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
		return string(spinner[now.UnixMilli()/100%int64(len(spinner))]) + " " + cell.Size(uint64(s.Read)) + "B"
	}
	const cells = 8
	full := int(min(s.Read, s.Size) * cells / s.Size)
	return strings.Repeat("▰", full) + strings.Repeat("▱", cells-full) + " " + cell.Size(uint64(s.Read)) + " of " + cell.Size(uint64(s.Size)) + "B"
}

// speedText returns a speed: "2×".
func speedText(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) + "×" }

// offset returns a time since the capture's beginning: "12.345 s".
func offset(d time.Duration) string { return fmt.Sprintf("%.3f s", max(d, 0).Seconds()) }

// jump goes to a time of the capture. Where that is past, the frames scroll to it;
// where it is to come, the playback hands on at once all that was before it.
func (m *Model) jump(at time.Time) {
	p := m.opts.Playback
	s := p.State()
	if at.After(s.At) && !s.Done {
		p.JumpTo(at)
		m.frames.Follow()
		m.say("jumping to "+offset(at.Sub(s.Began)), done)
		return
	}
	m.frames.Seek(journal.Look(m.journal, journal.AskIndex{At: at}))
	m.give(framesID)
	m.say("at "+offset(at.Sub(s.Began)), done)
}

// jumpDialog asks for a time.
type jumpDialog struct {
	model *Model
	text  string // as typed
	wrong string // what is wrong with it; empty while it is typed
}

// press implements dialog.
func (d *jumpDialog) press(keystroke string, k *keyMap) action {
	switch {
	case keystroke == "esc":
		return dismiss
	case keystroke == "enter":
		at, err := parseJump(d.text, d.model.opts.Playback.State())
		if err != nil {
			d.wrong = err.Error()
			return stay
		}
		d.model.jump(at)
		return dismiss
	case keystroke == "backspace":
		if d.text != "" {
			d.text = d.text[:len(d.text)-1]
		}
	case len(keystroke) == 1 && strings.ContainsAny(keystroke, "0123456789.:+-") && len(d.text) < 20:
		d.text += keystroke
	}
	d.wrong = ""
	return stay
}

// parseJump reads a time: seconds since the capture's beginning, or with a sign,
// from where the playback is; or a time of day on the day of the beginning.
func parseJump(text string, s capture.PlaybackState) (time.Time, error) {
	if strings.Contains(text, ":") {
		clock, err := time.Parse("15:04:05.999999999", text)
		if err != nil {
			return time.Time{}, fmt.Errorf("%q is no time of day such as 15:04:05", text)
		}
		began := s.Began.Local()
		return time.Date(began.Year(), began.Month(), began.Day(), clock.Hour(), clock.Minute(), clock.Second(),
			clock.Nanosecond(), began.Location()), nil
	}
	from := s.Began
	if strings.HasPrefix(text, "+") || strings.HasPrefix(text, "-") {
		from = s.At
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !(x >= -1e9 && x <= 1e9) { // NaN is neither
		return time.Time{}, fmt.Errorf("%q is no number of seconds", text)
	}
	return from.Add(time.Duration(x * float64(time.Second))), nil
}

// draw implements dialog.
func (d *jumpDialog) draw(s *cell.Styles, w, h int) []string {
	p := &s.Row
	inner := min(56, w-2)
	lines := []string{
		cell.Blank(inner),
		cell.Line(p, []cell.Span{p.Text.Span("  to  "), p.Strong.Span(d.text), p.Accent.Span("▏")}, inner),
		cell.Blank(inner),
		cell.Line(p, []cell.Span{p.Dim.Span("  12.5 since the beginning, +2 or -2 from here, 15:04:05")}, inner),
	}
	if d.wrong != "" {
		lines = append(lines, cell.Line(p, []cell.Span{p.Bad.Span("  ✗ " + cell.Harmless(d.wrong))}, inner))
	}
	return s.Box([]cell.Span{s.FocusTitle.Span(" Jump ")}, cell.Content{Lines: lines, Width: inner}, inner+2, min(len(lines)+2, h), true)
}
