package steps

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// start is when the runs of tests begin.
func start() time.Time { return time.Date(2026, 3, 2, 15, 4, 5, 0, time.UTC) }

// plan is a run of the guide before its first step has ended.
func plan() Shown {
	p := Pair{Row: Row{Title: "anytls-rs 0.5.4 ← sing-anytls 0.0.11", State: Running, Began: start()}}
	add := func(part, title string, takes time.Duration) {
		p.Steps = append(p.Steps, Row{Part: part, Title: title, Takes: takes})
	}
	add("pair", "requests without the relay", 12*time.Second)
	add("pair", "requests through the relay", 12*time.Second)
	add("pair", "heartbeats and requests", 12*time.Second)
	add("pair", "what the peers logged", 0)
	add("pair", "UDP", 3*time.Second)
	add("pair", "targets of all kinds", 8*time.Second)
	add("pair", "a request after idleness", 36*time.Second)
	add("under load", "heartbeats under load", 25*time.Second)
	add("under load", "throughput", 40*time.Second)
	add("both directions", "heartbeats both ways for long", time.Minute)
	add("both directions", "CPU time", 60*time.Second)
	p.Steps[0].State, p.Steps[0].Began = Running, start()
	return Shown{Title: "guide", Began: start(), Pairs: []Pair{p}}
}

// steps are those of the first pair.
func (s *Shown) steps() []Row { return s.Pairs[0].Steps }

// end ends the step of the first pair with a number, and begins the next.
func (s *Shown) end(n int, status Status, took time.Duration, text string) {
	steps := s.steps()
	r := &steps[n]
	r.State, r.Status, r.Took, r.Text = Ended, status, took, text
	if n+1 < len(steps) {
		steps[n+1].State, steps[n+1].Began = Running, r.Began.Add(took)
	}
}

const (
	logged = `the server logged 12 lines of received heartbeats and 12 of sent answers, the client 11 of received answers; one line is a warning: "WARN anytls::session stream 7 closed with 3 bytes unread"`
	broken = "7 of 10 requests failed, the first: request 2: the client's SOCKS inbound says: host unreachable; past the relay all 10 went through"
)

// middle is a run in the middle of its steps.
func middle() Shown {
	s := plan()
	s.end(0, Passed, 10_200*time.Millisecond, "10 of 10 requests, 600 B compared")
	s.end(1, Passed, 10_400*time.Millisecond, "10 of 10 requests, 600 B compared")
	s.end(2, Passed, 12*time.Second, "12 of 12 toward the server and 12 of 12 toward the client were answered, at most 4.2 ms")
	s.end(3, NotMeasured, 3*time.Millisecond, logged)
	s.end(4, Observed, 850*time.Millisecond, "8 of 8 datagrams came back, up to 8,000 B")
	ms := time.Millisecond
	s.Pairs[0].Heartbeats[protocol.Server] = Heartbeats{
		Figures: session.Figures{Sent: 1024, Answered: 1023, Lost: 1, P50: session.Millis(1200 * time.Microsecond), P95: session.Millis(3 * ms), Max: session.Millis(42 * ms), Last: session.Millis(ms)},
		Series:  []time.Duration{ms, 2 * ms, 3 * ms, session.LostSample, 42 * ms, ms, 2 * ms, 20 * ms, 10 * ms, ms},
	}
	s.Pairs[0].Heartbeats[protocol.Client] = Heartbeats{
		Figures: session.Figures{Sent: 12, Answered: 12, P50: session.Millis(900 * time.Microsecond), P95: session.Millis(2 * ms), Max: session.Millis(4 * ms), Last: session.Millis(ms)},
		Series:  []time.Duration{ms, 2 * ms, 4 * ms, ms},
	}
	return s
}

// failure is a run in which the relay breaks the pair.
func failure() Shown {
	s := plan()
	s.end(0, Passed, 10_200*time.Millisecond, "10 of 10 requests, 600 B compared")
	s.end(1, Failed, 31*time.Second, broken)
	s.Note = "the server's certificate is not verified: it was started for this run"
	return s
}

// ended is a run that is over, but for the report.
func ended() Shown {
	s := middle()
	for n := 5; n < len(s.steps()); n++ {
		s.end(n, Passed, time.Duration(n)*7*time.Second, "all is well")
	}
	return s
}

// interrupted is a run that was ended in its third step.
func interrupted() Shown {
	s := plan()
	s.end(0, Passed, 10_200*time.Millisecond, "10 of 10 requests, 600 B compared")
	s.end(1, Passed, 10_400*time.Millisecond, "10 of 10 requests, 600 B compared")
	for n := 3; n < len(s.steps()); n++ {
		s.steps()[n].State, s.steps()[n].Text = Skipped, "the run was ended"
	}
	return s
}

// chinese is a run that tells of itself in Chinese.
func chinese() Shown {
	s := middle()
	s.Pairs[0].Title = "服务器 ← 客户端"
	for i, title := range []string{
		"不经过中继的请求", "经过中继的请求", "双向心跳，每秒一个请求", "两端的日志", "数据报", "各类目标",
		"空闲后的请求", "并行请求，频繁心跳", "有无心跳时的吞吐量", "双向心跳，长时间", "有无心跳时的 CPU 时间",
	} {
		s.steps()[i].Title = title
	}
	s.steps()[4].Text = "10 个数据报全部返回，共比较 18.3 KiB；其中最大的一个为 8,000 B，全部在两秒之内返回，没有丢失，也没有重复"
	return s
}

// A screen is a model that a test drives, without a terminal, and without time that passes.
type screen struct {
	t     testing.TB
	m     *Model
	shown Shown
	at    time.Time
	ended int // how often the run was asked to end
	quit  bool
}

func newScreen(t testing.TB, s Shown, w, h int, change ...func(*Options)) *screen {
	t.Helper()
	x := &screen{t: t, shown: s, at: start().Add(65 * time.Second)}
	o := Options{
		Look: func() Shown { return x.shown }, End: func() { x.ended++ },
		Clock: func() time.Time { return x.at },
	}
	for _, f := range change {
		f(&o)
	}
	x.m = newModel(o)
	x.send(tea.WindowSizeMsg{Width: w, Height: h})
	return x
}

// send sends a message, and notes whether the screen leaves.
func (x *screen) send(msg tea.Msg) *screen {
	_, cmd := x.m.Update(msg)
	if _, ticks := msg.(tickMsg); cmd != nil && (!ticks || x.shown.Done) {
		_, x.quit = cmd().(tea.QuitMsg)
	}
	return x
}

func (x *screen) tick() *screen { return x.send(tickMsg{}) }

// press presses keys, named as Bubble Tea names them.
func (x *screen) press(keys ...string) *screen {
	special := map[string]tea.KeyPressMsg{
		"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown},
		"home": {Code: tea.KeyHome}, "end": {Code: tea.KeyEnd}, "ctrl+c": {Code: 'c', Mod: tea.ModCtrl}, "alt+q": {Code: 'q', Mod: tea.ModAlt},
		"left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight}, "tab": {Code: tea.KeyTab}, "shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift}, "alt+k": {Code: 'k', Mod: tea.ModAlt},
	}
	for _, key := range keys {
		msg, found := special[key]
		if !found {
			msg = tea.KeyPressMsg{Code: []rune(key)[0], Text: key}
		}
		x.send(msg)
	}
	return x
}

// text returns what is to be read on the screen, without blanks at the ends of lines.
func (x *screen) text() string {
	lines := strings.Split(ansi.Strip(x.m.View().Content), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n") + "\n"
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
