package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// errFull is why a tally can't be written.
var errFull = errors.New("full")

// A tally is an output that counts what is written to it, and that can hold so
// many entries.
type tally struct {
	room                     int
	entries, flushes, totals int
	missed                   uint64
}

func (w *tally) Entry(*journal.Entry) error {
	if w.entries == w.room {
		return errFull
	}
	w.entries++
	return nil
}

func (w *tally) Missed(n uint64) error {
	w.missed += n
	return nil
}

func (w *tally) Summary(journal.Totals) error {
	w.totals++
	return nil
}

func (w *tally) Flush() error {
	w.flushes++
	return nil
}

// preceding is how many entries there are of the incident that the notes of a journal make up:
// its opening comes before the first.
const preceding = 1

// note enters a diagnostic into a journal.
func note(j *journal.Journal) {
	j.Diagnose(time.Unix(0, 0), journal.CodeFilterFailed, "noted")
}

// flush flushes the readers of a drain.
func flush(d *drain) {
	for _, r := range d.readers {
		r.flush()
	}
}

// TestDrain: each entry is written once, those that were evicted are told, and the
// summary is last.
func TestDrain(t *testing.T) {
	j := journal.New(journal.Limits{Entries: 16}, session.Config{})
	w := &tally{room: 1000}
	d := newDrain(j, w, false, new(report.Collector), nil, func(err error) { t.Error("the output broke off:", err) })
	note(j)
	flush(d)
	flush(d)
	const first = preceding + 1
	if w.entries != first || w.flushes != 2 {
		t.Errorf("%d entries and %d flushes, want %d and 2", w.entries, w.flushes, first)
	}
	const more = 100
	for range more {
		note(j)
	}
	s := d.measure(report.Scenario{})
	d.finish()
	if got := uint64(w.entries-first) + w.missed; got != more || w.missed == 0 {
		t.Errorf("%d entries written, %d missed; want %d in all", w.entries-first, w.missed, more)
	}
	note(j)
	flush(d)
	if w.totals != 1 || uint64(w.entries-first)+w.missed != more {
		t.Errorf("%d summaries, and %d entries after it", w.totals, w.entries-first)
	}
	if s.Heartbeats.Missed != w.missed || len(s.Diagnostics) != 1 || s.Diagnostics[0].Count != 1+more {
		t.Errorf("the report has %d missed, want %d, and the diagnostics %+v", s.Heartbeats.Missed, w.missed, s.Diagnostics)
	}
}

// TestDrainBroken: an output that can't be written is told once, is not written to
// again, and costs the report nothing.
func TestDrainBroken(t *testing.T) {
	j := journal.New(journal.Limits{}, session.Config{})
	w := &tally{room: preceding + 1}
	told := 0
	d := newDrain(j, w, false, new(report.Collector), nil, func(err error) {
		told++
		if !errors.Is(err, errFull) {
			t.Errorf("it broke off for %v, want %v", err, errFull)
		}
	})
	note(j)
	flush(d)
	for range 3 {
		note(j)
		flush(d)
	}
	d.finish()
	if told != 1 || w.entries != w.room || w.flushes != 1 || w.totals != 0 {
		t.Errorf("told %d times; %d entries, %d flushes, %d summaries; want 1, %d, 1, 0", told, w.entries, w.flushes, w.totals, w.room)
	}
	if s := d.measure(report.Scenario{}); len(s.Diagnostics) != 1 || s.Diagnostics[0].Count != 4 || s.Heartbeats.Missed != 0 {
		t.Errorf("the report has the diagnostics %+v", s.Diagnostics)
	}
}

// TestDrainFlushes: what is new is handed on at once after a quiet time, and at most once
// a tick. At first it is not: then a replay reads by itself, and what it evicts must not
// depend on the clock.
func TestDrainFlushes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := journal.New(journal.Limits{Entries: 64, Bytes: 64}, session.Config{})
		w := &tally{room: 1000}
		d := newDrain(j, w, false, nil, nil, func(err error) { t.Error("the output broke off:", err) })
		stop := d.start()
		defer stop()
		written := func() int {
			synctest.Wait()
			d.printer.mu.Lock()
			defer d.printer.mu.Unlock()
			return w.entries
		}
		note(j)
		if n := written(); n != 0 {
			t.Errorf("%d entries are written before the first tick", n)
		}
		<-time.After(tick)
		if n := written(); n != preceding+1 {
			t.Errorf("%d entries are written after the first tick", n)
		}
		<-time.After(3 * tick)
		note(j)
		if n := written(); n != preceding+2 {
			t.Errorf("%d entries are written when one came after a quiet time", n)
		}
		note(j)
		if n := written(); n != preceding+2 {
			t.Errorf("%d entries are written twice in a tick", n)
		}
		<-time.After(tick)
		if n := written(); n != preceding+3 {
			t.Errorf("%d entries are written in the end", n)
		}
	})
}

// TestDrainCloseBehind: what a source records is written while it records.
func TestDrainCloseBehind(t *testing.T) {
	j := journal.New(journal.Limits{Entries: 16}, session.Config{})
	w := &tally{room: 1000}
	d := newDrain(j, w, false, nil, nil, func(err error) { t.Error("the output broke off:", err) })
	const events = 200
	for range events {
		d.Record(&capture.Event{Kind: capture.Listening, At: time.Unix(0, 0), Client: "127.0.0.1:9443"})
	}
	d.finish()
	if w.entries != events || w.missed != 0 {
		t.Errorf("%d entries written, %d missed; want %d", w.entries, w.missed, events)
	}
}

// TestDrainBlocked: while the output takes nothing, the report goes on reading, and when
// the output goes on, it is told how much it missed.
func TestDrainBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := journal.New(journal.Limits{Entries: 16}, session.Config{})
		pipe := newStuckPipe()
		var c report.Collector
		d := newDrain(j, export.NewText(newPatientWriter(pipe), export.Options{All: true}), false, &c, nil, func(err error) { t.Error("the output broke off:", err) })
		stop := d.start()
		<-time.After(tick)
		note(j)
		<-time.After(tick)
		const more = 100
		for range more {
			note(j)
			<-time.After(tick)
		}
		s := d.measure(report.Scenario{})
		if s.Heartbeats.Missed != 0 || s.Diagnostics[0].Count != 1+more {
			t.Errorf("the report missed %d and has the diagnostics %+v", s.Heartbeats.Missed, s.Diagnostics)
		}
		pipe.open()
		stop()
		d.finish()
		got := pipe.String()
		for _, part := range []string{" incident 1: " /* in the pipe */, "! 84 " /* of which 16 were kept */, fmt.Sprintf("filter-failed: %d", 1+more)} {
			if !strings.Contains(got, part) {
				t.Errorf("the output lacks %q:\n%s", part, got)
			}
		}
		if got, want := d.shortfall(), (shortfall{84, errEvicted}); got != want {
			t.Errorf("the output lacks %+v, want %+v", got, want)
		}
	})
}

// TestDrainGivenUp: an output that takes nothing to the end is given up, and it is known
// how much of the journal it lacks.
func TestDrainGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := journal.New(journal.Limits{}, session.Config{})
		pipe := newStuckPipe()
		defer pipe.open()
		out := newPatientWriter(pipe)
		d := newDrain(j, export.NewText(out, export.Options{}), false, nil, nil, func(err error) {
			if !errors.Is(err, errGivenUp) {
				t.Error("it broke off for", err)
			}
		})
		stop := d.start()
		for range 7 {
			note(j)
			<-time.After(tick)
		}
		began := time.Now()
		out.limitAll(endPatience)
		stop()
		d.finish()
		if took := time.Since(began); took > endPatience {
			t.Errorf("the end took %v", took)
		}
		if got, want := d.shortfall(), (shortfall{preceding + 7, errGivenUp}); got != want {
			t.Errorf("the output lacks %+v, want %+v", got, want)
		}
	})
}

// TestDrainLate: from when it is late, neither the output nor the report reads on, however
// much there is; the summary is written all the same, and both say what they lack.
func TestDrainLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const (
			entries = 3 * maxBatch
			each    = 10 * time.Millisecond // what a dear filter may take
		)
		out, warnings := testOutputs(t)
		w := &tally{room: entries + preceding + 1}
		ctx, signal := context.WithCancel(t.Context())
		out.warner.stdio.hurryAfter(ctx)
		late := out.warner.stdio.late
		d := newDrain(out.journal, dearWriter{w, each}, false, new(report.Collector), late, func(err error) { t.Error("the output broke off:", err) })
		for range entries {
			note(out.journal)
		}
		stop := d.start()
		<-time.After(time.Second)
		began := time.Now()
		signal()
		stop()
		out.finish(d)
		if took := time.Since(began); took > endPatience+lastEntries+2*each {
			t.Errorf("the end took %v", took)
		}
		missing := entries + preceding - w.entries
		if w.entries == 0 || missing == 0 || w.totals != 1 {
			t.Errorf("%d entries and %d summaries are written", w.entries, w.totals)
		}
		if got, want := warnings(), fmt.Sprintf("there was no time for the rest: %d entries were not written\n", missing); !strings.HasSuffix(got, want) {
			t.Errorf("it is told: %q, want %q", got, want)
		}
		if failed := out.journal.Totals().Outputs; len(failed) != 1 || failed[0].Output != journal.StandardOutput || failed[0].Reason != errNoTime.Error() {
			t.Errorf("the totals have %+v", failed)
		}
		if out.err() == nil {
			t.Error("the run ends well")
		}
		// What came after that is one diagnostic, that of the output, and its incident.
		if s := d.measure(report.Scenario{}); s.Heartbeats.Missed != preceding+1 {
			t.Errorf("the report missed %d, want %d", s.Heartbeats.Missed, preceding+1)
		}
	})
}

// A dearWriter takes its time for each entry.
type dearWriter struct {
	*tally
	each time.Duration
}

func (w dearWriter) Entry(e *journal.Entry) error {
	<-time.After(w.each)
	return w.tally.Entry(e)
}

// TestDrainLapped: an output that came back, but lacks entries, is not whole. The summary
// says so, and the run fails.
func TestDrainLapped(t *testing.T) {
	out, warnings := testOutputs(t)
	var stdout strings.Builder
	out.journal = journal.New(journal.Limits{Entries: 16}, session.Config{})
	d := newDrain(out.journal, export.NewJSON(&stdout, export.Options{}), false, nil, nil, func(err error) { t.Error("the output broke off:", err) })
	for range 100 {
		note(out.journal)
	}
	out.finish(d)
	const why = "entries were evicted before they could be written"
	missed := strconv.Itoa(100 + preceding - 16)
	if !strings.Contains(stdout.String(), `"code":"output-lapped","missed":`+missed+",") || !strings.HasSuffix(stdout.String(), `"outputs_failed":[{"output":"standard output","reason":"`+why+`"}]}`+"\n") {
		t.Errorf("the output is %s", &stdout)
	}
	if got := warnings(); strings.Count(got, "\n") != 1 || !strings.Contains(got, missed+" "+why) {
		t.Errorf("it is told: %q", got)
	}
	if err := out.err(); err == nil || !strings.Contains(err.Error(), "not whole: standard output") {
		t.Errorf("the run ends with %v", err)
	}
}
