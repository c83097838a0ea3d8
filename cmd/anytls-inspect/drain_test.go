package main

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"anytls-inspect/capture"
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

// note enters a diagnostic into a journal.
func note(j *journal.Journal, text string) {
	j.Diagnose(time.Unix(0, 0), journal.CodeRecordingFailed, text)
}

// TestDrain: each entry is written once, those that were evicted are told, and the
// summary is last.
func TestDrain(t *testing.T) {
	j := journal.New(journal.Limits{Entries: 16}, session.Config{})
	w := &tally{room: 1000}
	d := newDrain(j, w, false, new(report.Collector), func() { t.Error("the output broke off") })
	note(j, "first")
	d.flush()
	d.flush()
	if w.entries != 1 || w.flushes != 2 {
		t.Errorf("%d entries and %d flushes, want 1 and 2", w.entries, w.flushes)
	}
	const more = 100
	for range more {
		note(j, "more")
	}
	if err := d.finish(); err != nil {
		t.Error(err)
	}
	if got := uint64(w.entries-1) + w.missed; got != more || w.missed == 0 {
		t.Errorf("%d entries written, %d missed; want %d in all", w.entries-1, w.missed, more)
	}
	note(j, "too late")
	s := d.measure(report.Scenario{})
	if w.totals != 1 || uint64(w.entries-1)+w.missed != more {
		t.Errorf("%d summaries, and %d entries after it", w.totals, w.entries-1)
	}
	if s.Heartbeats.Missed != w.missed || len(s.Diagnostics) != 1 || s.Diagnostics[0].Text != "first" {
		t.Errorf("the report has %d missed, want %d, and the diagnostics %+v", s.Heartbeats.Missed, w.missed, s.Diagnostics)
	}
}

// TestDrainBroken: an output that can't be written is told once, is not written to
// again, and costs the report nothing.
func TestDrainBroken(t *testing.T) {
	j := journal.New(journal.Limits{}, session.Config{})
	w := &tally{room: 1}
	told := 0
	d := newDrain(j, w, false, new(report.Collector), func() { told++ })
	note(j, "written")
	d.flush()
	for range 3 {
		note(j, "not written")
		d.flush()
	}
	if err := d.finish(); !errors.Is(err, errFull) {
		t.Errorf("finish: %v", err)
	}
	if told != 1 || w.entries != 1 || w.flushes != 1 || w.totals != 0 {
		t.Errorf("told %d times; %d entries, %d flushes, %d summaries; want 1, 1, 1, 0", told, w.entries, w.flushes, w.totals)
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
		d := newDrain(j, w, false, nil, func() { t.Error("the output broke off") })
		stop := d.start()
		defer stop()
		written := func() int {
			synctest.Wait()
			d.mu.Lock()
			defer d.mu.Unlock()
			return w.entries
		}
		note(j, "at first")
		if n := written(); n != 0 {
			t.Errorf("%d entries are written before the first tick", n)
		}
		<-time.After(tick)
		if n := written(); n != 1 {
			t.Errorf("%d entries are written after the first tick", n)
		}
		<-time.After(3 * tick)
		note(j, "after a quiet time")
		if n := written(); n != 2 {
			t.Errorf("%d entries are written when one came after a quiet time", n)
		}
		note(j, "and one at once")
		if n := written(); n != 2 {
			t.Errorf("%d entries are written twice in a tick", n)
		}
		<-time.After(tick)
		if n := written(); n != 3 {
			t.Errorf("%d entries are written in the end", n)
		}
	})
}

// TestDrainCloseBehind: what a source records is written while it records.
func TestDrainCloseBehind(t *testing.T) {
	j := journal.New(journal.Limits{Entries: 16}, session.Config{})
	w := &tally{room: 1000}
	d := newDrain(j, w, false, nil, func() { t.Error("the output broke off") })
	const events = 200
	for range events {
		d.Record(&capture.Event{Kind: capture.Listening, At: time.Unix(0, 0), Client: "127.0.0.1:9443"})
	}
	if err := d.finish(); err != nil || w.entries != events || w.missed != 0 {
		t.Errorf("%d entries written, %d missed, %v; want %d", w.entries, w.missed, err, events)
	}
}
