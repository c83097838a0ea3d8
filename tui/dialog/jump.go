package dialog

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/tui/cell"
	"anytls-inspect/tui/command"
)

// Jump asks for a time of the capture that is played.
type Jump struct {
	state func() capture.PlaybackState
	text  string // as typed
	wrong string // what is wrong with it; empty while it is typed
}

// NewJump returns a dialog that reckons times from the state of a playback.
func NewJump(state func() capture.PlaybackState) *Jump { return &Jump{state: state} }

// Press implements Dialog.
func (d *Jump) Press(key string, _ *command.Command) command.Action {
	switch {
	case key == "esc":
		return command.Dismiss{}
	case key == "enter":
		at, err := parseJump(d.text, d.state())
		if err != nil {
			d.wrong = err.Error()
			return nil
		}
		return command.Jump{To: at}
	case key == "backspace":
		if d.text != "" {
			d.text = d.text[:len(d.text)-1]
		}
	case len(key) == 1 && strings.ContainsAny(key, "0123456789.:+-") && len(d.text) < 20:
		d.text += key
	}
	d.wrong = ""
	return nil
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

// Brief implements Dialog.
func (d *Jump) Brief() string { return "jump to " + d.text }

// Draw implements Dialog.
func (d *Jump) Draw(s *cell.Styles, w, h int) []string {
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
