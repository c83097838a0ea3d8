package tui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/tui/cell"
	"anytls-inspect/tui/command"
	"anytls-inspect/tui/pane"
)

// speeds returns the speeds that keys step through, as multiples of the capture's
// own; 0 is as fast as it can be read.
func speeds() []float64 { return []float64{0.1, 0.25, 0.5, 1, 2, 4, 10, 25, 100, 0} }

// play has the playback do what a command runs.
func (m *Model) play(a command.Action) {
	p := m.opts.Playback
	s := p.State()
	switch a := a.(type) {
	case command.TogglePause:
		p.Pause(!s.Paused)
	case command.Step:
		if s.Paused {
			p.Step()
		} else {
			p.Pause(true)
		}
	case command.ChangeSpeed:
		p.SetSpeed(nextSpeed(s.Speed, a.By))
	}
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

// earlier returns the earlier of two times.
func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
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
	at = earlier(at, s.At) // there is no more than was read
	m.frames.Seek(journal.Look(m.journal, journal.AskIndex{At: at}))
	m.give(pane.FramesID)
	m.say("at "+offset(at.Sub(s.Began)), done)
}
