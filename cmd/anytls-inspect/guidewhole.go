package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"anytls-inspect/capture/report"
)

// A guideWhole is what a run came to on all of its pairs.
type guideWhole struct {
	pairs  []guideEnding
	report string // path; empty: none
	kept   string // folder; empty: nothing is left
}

// errNotAllPairs makes the exit code 1 where something speaks against one of several pairs.
var errNotAllPairs = errors.New("not all pairs are compatible")

// err makes the exit code: what speaks against a pair comes before what was not measured of one.
func (w *guideWhole) err() (err error) {
	for i := range w.pairs {
		switch one := w.pairs[i].err(); {
		case errors.Is(one, errIncompatible) && len(w.pairs) > 1:
			return errNotAllPairs
		case one != nil:
			err = one
		}
	}
	return err
}

// counts returns how many pairs are compatible, and how many were not run.
func (w *guideWhole) counts() (compatible, leftOut int) {
	for i := range w.pairs {
		if w.pairs[i].compatible {
			compatible++
		}
		if w.pairs[i].leftOut {
			leftOut++
		}
	}
	return compatible, leftOut
}

// lines returns what a run came to, for people: how many pairs are compatible, and what each came to,
// with what to do about it where advise is true.
func (w *guideWhole) lines(advise bool) []string {
	compatible, leftOut := w.counts()
	are := "are"
	if compatible == 1 {
		are = "is"
	}
	sum := fmt.Sprintf("%d of %d pairs %s compatible", compatible, len(w.pairs), are)
	if leftOut > 0 {
		sum += fmt.Sprintf("; not run, since the run was ended: %d", leftOut)
	}
	list := []string{sum}
	marks, names := 0, 0 // how wide the longest is, in cells
	for i := range w.pairs {
		_, words := w.pairs[i].mark()
		marks, names = max(marks, ansi.StringWidth(words)), max(names, ansi.StringWidth(w.pairs[i].pair))
	}
	for i := range w.pairs {
		e := &w.pairs[i]
		sign, words := e.mark()
		why := e.why
		switch {
		case e.compatible && e.verdict == report.Undecided:
			why = asMeasured
		case e.leftOut, e.compatible:
			why = ""
		}
		list = append(list, strings.TrimRight(sign+" "+padded(words, marks)+"  "+padded(e.pair, names)+"  "+why, " "))
		if advise && e.advice != "" {
			list = append(list, "  advice: "+e.advice)
		}
	}
	if w.report != "" {
		list = append(list, "report: "+w.report)
	}
	return append(list, leftovers(w.kept)...)
}

// padded returns a text with blanks up to a width in cells.
func padded(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-ansi.StringWidth(text)))
}

// aside returns what is told where nothing is printed: why pairs failed, and what is left of them.
func (w *guideWhole) aside() (list []string) {
	for i := range w.pairs {
		if e := &w.pairs[i]; e.cause != "" && !e.missing { // which was told before
			list = append(list, e.pair+": "+e.cause)
		}
	}
	return append(list, leftovers(w.kept)...)
}

// A matrixEvent is the event of the end of a run on several pairs.
type matrixEvent struct {
	Event      string    `json:"event"`
	Time       time.Time `json:"time"`
	Pairs      int       `json:"pairs"`
	Compatible int       `json:"compatible"`
	NotRun     int       `json:"not_run,omitempty"` // since the run was ended before
	Report     string    `json:"report,omitempty"`
	Output     string    `json:"output,omitempty"`
}

// event returns what a run came to, for programs.
func (w *guideWhole) event() matrixEvent {
	compatible, leftOut := w.counts()
	return matrixEvent{
		Event: "matrix", Time: time.Now().UTC(), Pairs: len(w.pairs), Compatible: compatible, NotRun: leftOut, Report: w.report, Output: w.kept,
	}
}
