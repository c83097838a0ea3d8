package legtest

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// testRemarks: a remark stands behind what was written before it, and in front of what is
// written later.
func testRemarks(t *testing.T, s setup) {
	p := s.connect(t)
	p.leg.RemarkSent(time.Time{}, "before all")
	p.write(data(10, 1))
	p.leg.RemarkSent(time.Time{}, "between")
	p.leg.RemarkSent(time.Time{}, "two")
	p.leg.NoteSent("noted")
	p.write(data(20, 2))
	p.leg.RemarkSent(time.Time{}, "behind")
	p.flush()
	p.leg.RemarkSent(time.Time{}, "last")
	var got []string
	for _, n := range p.sent.sent() {
		if n.n > 0 && n.text == "" {
			n.text = "bytes"
		}
		got = append(got, n.text)
	}
	if want := []string{"before all", "bytes", "between", "two", "noted", "behind", "last"}; !slices.Equal(got, want) {
		t.Errorf("the recorder is told %q, want %q", got, want)
	}
}

// testUndecided: what was read while a frame is not decided is told with the notes on it, in
// order, once it is decided, and before the end of the stream is.
func testUndecided(t *testing.T, s setup) {
	p := s.connect(t)
	undecided := true
	p.leg.HoldAnswers(func() bool { return true })
	p.leg.HoldUndecided(func() bool { return undecided })
	p.sent.reset()
	for i := byte(1); i <= 3; i++ {
		p.say(data(100, i))
		p.next(data(100, i))
	}
	p.leg.BeforeWait(func() {
		if got := p.sent.read(); len(got) > 0 {
			t.Errorf("told too early: %v", got)
		}
		p.leg.BeforeWait(func() {})
		p.say(data(100, 4))
	})
	p.next(data(100, 4))
	undecided = false
	long := strings.Repeat("x", 30_000)
	for _, note := range []string{"dropped", "dropped", "held", "held " + long, "replaced " + long} {
		p.leg.NoteReceived(note)
	}
	p.leg.BeforeWait(func() {
		got := p.sent.read()
		var texts []string
		for _, n := range got {
			texts = append(texts, n.text)
		}
		if want := []string{"dropped\nheld\nheld " + long, "replaced " + long}; len(got) < 4 || !slices.Equal(texts[:2], want) ||
			strings.Join(texts[2:], "") != "" {
			t.Errorf("told %.60q", texts)
		}
		p.sent.reset()
		undecided = true
		p.leg.BeforeWait(func() {})
		p.say(data(100, 5))
	})
	p.next(data(100, 5))
	_ = p.far.Close()
	if _, err := p.leg.Next(); err == nil {
		t.Error("a record behind the end")
	}
	if err := p.leg.Drain(); err != nil {
		t.Error(err)
	}
	if got := p.sent.read(); len(got) == 0 {
		t.Error("what was undecided at the end is not told")
	}
}

// testUndecidedBound: no more than a quarter of a MiB is held back.
func testUndecidedBound(t *testing.T, s setup) {
	p := s.connect(t)
	p.leg.HoldAnswers(func() bool { return true })
	p.leg.HoldUndecided(func() bool { return true })
	p.sent.reset()
	told := 0
	for range 20 {
		record := data(16_000, 1)
		p.say(record)
		p.next(record)
		for _, n := range p.sent.read() {
			told += n.n
		}
		p.sent.reset()
	}
	if told < 16_000 {
		t.Errorf("%d bytes of 320,000 are told", told)
	}
}

// testTellReceived: what is held back until the next read is told before that where nothing is
// to be read, with the notes on it.
func testTellReceived(t *testing.T, s setup) {
	p := s.connect(t)
	p.leg.HoldAnswers(func() bool { return true })
	p.sent.reset()
	p.say(data(100, 1))
	p.next(data(100, 1))
	p.leg.NoteReceived("dropped")
	p.leg.TellReceived()
	p.leg.TellReceived()
	if got := p.sent.read(); len(got) != 1 || got[0].text != "dropped" {
		t.Errorf("told %v, want what was read, once, with its note", got)
	}
	p.say(data(100, 2))
	p.next(data(100, 2))
	if got := p.sent.read(); len(got) != 1 {
		t.Errorf("told %v before the next read", got)
	}
}
