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
	// behind takes what the screen shows, for when there is none any more.
	behind  func(line string)
	several bool   // there are several pairs
	width   int    // of the longest title, in cells
	pair    string // the one that runs
	begun   int    // how many pairs have begun
}

// newGuideLines returns lines that call broken where they can't be written.
func newGuideLines(s *stdio, kind outputKind, broken func(error)) *guideLines {
	return &guideLines{stdio: s, kind: kind, queue: &queue{out: s.out, room: maxGuideLines, failed: broken}}
}

// fit makes room for the pairs that are run.
func (l *guideLines) fit(v guide.MatrixView) {
	l.several = len(v.Pairs) > 1
	for _, s := range v.Pairs[0].Steps { // which all have
		l.width = max(l.width, ansi.StringWidth(s.Title))
	}
}

// begin tells which pair is run now.
func (l *guideLines) begin(v guide.View) {
	l.pair = v.Pair
	takes := time.Duration(0)
	for i := range v.Steps {
		takes += v.Steps[i].Takes
	}
	if takes == 0 { // nothing of it is run, which is told at the end
		return
	}
	heading := fmt.Sprintf("GUIDE %s: %d steps, about %v", v.Pair, len(v.Steps), takes.Round(time.Second))
	switch {
	case l.kind == outTUI && l.several:
		l.behind(heading)
	case l.kind == outText && l.begun > 0:
		l.print("\n%s\n", heading)
	case l.kind == outText:
		l.print("%s\n", heading)
	}
	l.begun++
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
	case outTUI:
		l.behind(l.line(&s))
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

// over tells what a pair came to, where there are several.
func (l *guideLines) over(e *guideEnding) {
	switch lines := strings.Join(e.lines(), "\n"); {
	case !l.several:
	case l.kind == outJSON:
		l.event(e.event())
	case e.leftOut, e.missing: // it is told of all of those at the end
	case l.kind == outText:
		l.print("\n%s\n", lines)
	case l.kind == outTUI:
		l.behind(lines)
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
		if l.begun > 0 {
			l.print("\n")
		}
		l.print("%s\n", strings.Join(lines(), "\n"))
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
