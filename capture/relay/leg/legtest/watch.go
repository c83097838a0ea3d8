package legtest

import (
	"io"
	"testing"

	"anytls-inspect/capture/relay/leg"
)

// watched returns what a watch of the leg tells: whether it was a reset.
func watched(l leg.Leg) <-chan bool {
	told := make(chan bool, 2)
	l.Watch(func(reset bool) { told <- reset })
	return told
}

// testWatchGivesWay: who reads need not wait for a watch, and one that is told to look
// while somebody reads does no harm.
func testWatchGivesWay(t *testing.T, s setup) {
	p := s.connect(t)
	p.say([]byte("one"))
	told := watched(p.leg)
	p.next([]byte("one"))
	p.leg.BeforeWait(func() {
		p.leg.Watch(func(bool) {})
		p.say([]byte("two"))
	})
	p.next([]byte("two"))
	p.leg.BeforeWait(func() {})
	if err := p.far.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	p.ends(io.EOF)
	if err := p.below.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if err := p.leg.Drain(); err != nil {
		t.Errorf("Drain: %v", err)
	}
	if len(told) > 0 {
		t.Error("a watch is told what a read has seen")
	}
	p.leg.Watch(func(bool) {})
	if err := p.leg.Close(); err != nil {
		t.Fatal(err)
	}
}
