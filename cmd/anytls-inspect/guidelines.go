package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// maxGuideLines bounds how much of the lines of a run waits to be written, in bytes.
const maxGuideLines = 1 << 20

// guideLines print a line for each step of the guide that has ended, and what each pair came to, and
// all of them. They hold up nobody. They are for one goroutine at a time.
type guideLines struct {
	stdio *stdio
	kind  outputKind
	queue *queue
	width int    // of the longest title, in cells
	pair  string // the one that runs
	begun int    // how many pairs have begun
}

// newGuideLines returns lines that call broken where they can't be written.
func newGuideLines(s *stdio, kind outputKind, broken func(error)) *guideLines {
	return &guideLines{stdio: s, kind: kind, queue: &queue{out: s.out, room: maxGuideLines, failed: broken}}
}

// fit makes room for the titles of steps.
func (l *guideLines) fit(steps []guide.Step) {
	for i := range steps {
		l.width = max(l.width, ansi.StringWidth(steps[i].Title))
	}
}

// begin tells which pair is run now.
func (l *guideLines) begin(v guide.View) {
	l.pair = v.Pair
	if l.begun++; l.kind != outText {
		return
	}
	takes := time.Duration(0)
	for i := range v.Steps {
		takes += v.Steps[i].Takes
	}
	about := ""
	if takes > 0 {
		about = fmt.Sprintf(", about %v", takes.Round(time.Second))
	}
	if l.begun > 1 {
		l.print("\n")
	}
	l.print("GUIDE %s: %d steps%s\n", v.Pair, len(v.Steps), about)
}

// A stepEvent is the event of a step that has ended.
type stepEvent struct {
	Event   string         `json:"event"`
	Time    time.Time      `json:"time"`
	Step    report.StepID  `json:"step"`
	Part    string         `json:"part"`
	Pair    string         `json:"pair"`
	Verdict string         `json:"verdict"`
	Text    string         `json:"text"`
	Took    session.Millis `json:"took_ms"`
}

// step tells of a step that has ended.
func (l *guideLines) step(s guide.Step) {
	switch l.kind {
	case outText:
		l.print("%s\n", l.line(&s))
	case outJSON:
		_, word := statusOf(s.Status).Mark()
		l.event(stepEvent{
			Event: "step", Time: time.Now().UTC(), Step: s.ID, Part: s.Part, Pair: l.pair,
			Verdict: word, Text: s.Text, Took: session.Millis(s.Took),
		})
	}
}

// line says for people what became of a step.
func (l *guideLines) line(s *guide.Step) string {
	sign, word := statusOf(s.Status).Mark()
	took := ""
	if s.State == guide.Ended {
		took = seconds(s.Took)
	}
	return strings.TrimRight(fmt.Sprintf("%s %-12s  %s %8s  %s", sign, word, padded(s.Title, l.width), took, s.Text), " ")
}

// seconds returns a span of time for people.
func seconds(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// event prints a line of JSON.
func (l *guideLines) event(e any) {
	var line bytes.Buffer
	text := json.NewEncoder(&line)
	text.SetEscapeHTML(false)
	if err := text.Encode(e); err != nil {
		panic(err) // it is made of texts and numbers
	}
	l.print("%s", line.Bytes())
}

// print prints a text on standard output.
func (l *guideLines) print(format string, args ...any) {
	l.queue.put(fmt.Appendf(nil, format, args...))
}

// over tells what one of several pairs came to. On a screen it is seen.
func (l *guideLines) over(e *guideEnding) {
	switch {
	case l.kind == outText && !e.leftOut:
		l.print("\n%s\n", strings.Join(e.lines(), "\n"))
	case l.kind == outJSON:
		l.event(e.event())
	}
}

// end tells what a run came to, and waits until all is written.
func (l *guideLines) end(w *guideWhole) {
	lines, aside := func() []string { return w.lines(l.kind == outTUI) }, w.aside
	event := func() any { return w.event() }
	if len(w.pairs) == 1 { // which has told nothing yet
		e := &w.pairs[0]
		e.report, e.kept = w.report, w.kept
		lines, aside, event = e.lines, e.aside, func() any { return e.event() }
	}
	switch l.kind {
	case outText:
		l.print("\n%s\n", strings.Join(lines(), "\n"))
	case outJSON:
		l.event(event())
	case outTUI:
		l.stdio.tell("%s", strings.Join(lines(), "\n"))
	case outQuiet:
		for _, line := range aside() {
			l.stdio.tell("%s", line)
		}
	}
	l.queue.flush(blockedAfter)
}
