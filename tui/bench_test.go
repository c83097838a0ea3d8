package tui

import (
	"fmt"
	"testing"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
)

// BenchmarkCompose composes the largest screen.
func BenchmarkCompose(b *testing.B) {
	x := newScreen(b, story(b), 200, 50)
	x.press("home", "3")
	for b.Loop() {
		x.m.compose()
	}
}

// BenchmarkTickWrong is a refresh with as many incidents as are remembered. Its cost does not
// depend on how many frames there were.
func BenchmarkTickWrong(b *testing.B) {
	s := newScript(b, journal.Limits{})
	s.open(1, "192.0.2.10:51234").greet(1, "many/1", "www.example.org")
	for n := range uint32(300) {
		s.up(1, s.frame(protocol.SYN, n+2, ""), s.frame(protocol.PSH, n+2, s.target(fmt.Sprintf("host%d.example", n), 80)))
		s.down(1, s.frame(protocol.SYNACK, n+2, "refused"))
	}
	x := newScreen(b, s, 200, 50)
	for b.Loop() {
		x.m.stale = true
		x.tick()
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
