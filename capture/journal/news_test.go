package journal_test

import (
	"sync"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestChanged holds that the channel is closed with the next news and not before, and at
// once where the news came already.
func TestChanged(t *testing.T) {
	s := newSource(journal.Limits{})
	closed := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	before := s.Version()
	first, second := s.Changed(before), s.Changed(before)
	if closed(first) || closed(second) {
		t.Error("nothing happened, and a channel is closed")
	}
	s.Tick(s.now)
	if closed(first) {
		t.Error("time passed and changed nothing, and the channel is closed")
	}
	s.open(1)
	if !closed(first) || !closed(second) {
		t.Error("a session opened, and a channel is open")
	}
	if !closed(s.Changed(before)) {
		t.Error("the version is another, and the channel is open")
	}
	for _, news := range []struct {
		name    string
		happens func()
	}{
		{"a listener", func() { s.Record(&capture.Event{Kind: capture.Listening, At: s.now}) }},
		{"an opening", func() { s.Record(&capture.Event{Kind: capture.Opened, Session: 9, At: s.now}) }},
		{"a byte", func() { s.data(1, c2s, []byte{2}, session.Fate{}) }},
		{"an end", func() { s.close(9) }},
		{"the tool", func() { s.Diagnose(s.now, journal.CodeRecordingFailed, "the disk is full") }},
	} {
		c := s.Changed(s.Version())
		if news.happens(); !closed(c) {
			t.Errorf("%s is no news", news.name)
		}
	}
}

// TestTheEndIsNews holds that who looks as soon as the end of a session is told, and then
// only at what is told, sees that it is no longer live.
func TestTheEndIsNews(t *testing.T) {
	for range 200 {
		s := newSource(journal.Limits{Entries: 64, Bytes: 64})
		s.open(1)
		seen := journal.Look(s.Journal, journal.AskSummary{})
		var closing sync.WaitGroup
		closing.Go(func() { s.close(1) })
		for seen.Live > 0 {
			<-s.Changed(seen.Version)
			seen = journal.Look(s.Journal, journal.AskSummary{})
		}
		closing.Wait()
	}
}

// TestNobodySleepsThroughNews waits for each of many changes on several goroutines. If
// one were missed, its goroutine would wait for ever.
func TestNobodySleepsThroughNews(t *testing.T) {
	const frames = 5000
	s := newSource(journal.Limits{})
	s.open(1)
	begun := journal.Look(s.Journal, journal.AskSummary{}).Frames
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				seen := s.Version()
				if journal.Look(s.Journal, journal.AskSummary{}).Frames == begun+frames {
					return
				}
				<-s.Changed(seen)
			}
		})
	}
	for range frames {
		s.server(1, protocol.Waste, 0, "")
	}
	readers.Wait()
}
