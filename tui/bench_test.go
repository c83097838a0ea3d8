package tui

import (
	"testing"

	"anytls-inspect/capture/journal"
)

// BenchmarkCompose composes the largest screen.
func BenchmarkCompose(b *testing.B) {
	x := newScreen(b, story(b), 200, 50)
	x.press("home", "3")
	for b.Loop() {
		x.m.compose()
	}
}

// BenchmarkTick is the whole of a refresh: the question, the answer, the screen.
func BenchmarkTick(b *testing.B) {
	s := newScript(b, journal.Limits{})
	s.open(1, "192.0.2.10:51234").greet(1, "many/1", "www.example.org")
	for range 50_000 {
		s.talk(1, 1, 100, 200)
	}
	x := newScreen(b, s, 200, 50)
	for b.Loop() {
		x.m.stale = true
		x.tick()
	}
}
