package legtest

import (
	"os"
	"slices"
	"testing"
	"time"

	"anytls-inspect/capture/relay/leg"
)

// testFlush: what is written waits for Flush, and leaves at once with it.
func testFlush(t *testing.T, s setup) {
	p := s.connect(t)
	p.flush()
	before := p.buffers.InUse() // a session ticket may have been read with the handshake
	records := [][]byte{data(1, 1), data(1000, 2), data(leg.MaxPlaintext, 3)}
	total := 0
	for _, r := range records {
		p.write(r)
		total += len(r)
	}
	if got := p.sent.sent(); len(got) > 0 {
		t.Errorf("before Flush the leg sent %v", got)
	}
	p.flush()
	if got := p.sent.sent(); len(got) != 1 || got[0].n <= total {
		t.Errorf("Flush sent %v, want more than %d bytes at once", got, total)
	}
	if n := p.buffers.InUse(); n != before {
		t.Errorf("behind Flush the leg has %d bytes of buffers, before it %d", n, before)
	}
	p.flush()
	for _, r := range records {
		p.hear(r)
	}
	if got := p.sent.sent(); len(got) != 1 {
		t.Errorf("a Flush with nothing to do sent %v", got[1:])
	}
}

// testFullBatch: 64 KiB don't wait for Flush.
func testFullBatch(t *testing.T, s setup) {
	p := s.connect(t)
	r := data(leg.MaxPlaintext, 1)
	for range 3 {
		p.write(r)
	}
	if got := p.sent.sent(); len(got) > 0 {
		t.Errorf("with 48 KiB the leg sent %v", got)
	}
	p.write(r)
	if got := p.sent.sent(); len(got) != 1 || got[0].n < 4*leg.MaxPlaintext {
		t.Errorf("with 64 KiB the leg sent %v", got)
	}
	for range 4 {
		p.hear(r)
	}
}

// testBeforeWait: it is called before each wait, without a buffer, and not where a record
// is there.
func testBeforeWait(t *testing.T, s setup) {
	p := s.connect(t)
	waits := 0
	p.leg.BeforeWait(func() {
		if n := p.buffers.InUse(); n != 0 {
			t.Errorf("wait %d: the leg has %d bytes of buffers", waits, n)
		}
		waits++
		p.raw(p.seal(data(10, 1), data(leg.MaxPlaintext, 2), data(20, 3)))
	})
	for i := 1; i <= 3; i++ {
		// The three may come in two reads: then the second has waited for the rest.
		for _, r := range [][]byte{data(10, 1), data(leg.MaxPlaintext, 2), data(20, 3)} {
			p.next(r)
		}
	}
	if waits != 3 {
		t.Errorf("%d waits for 3 times three records", waits)
	}
}

// testNotes: notes are on the records that they are for.
func testNotes(t *testing.T, s setup) {
	p := s.connect(t)
	if !p.leg.HasRecorder() {
		t.Fatal("the leg has no recorder")
	}
	p.write(data(10, 1))
	p.leg.NoteSent("second")
	p.write(data(20, 2))
	p.write(data(30, 3))
	p.flush()
	var texts []string
	for _, n := range p.sent.sent() {
		texts = append(texts, n.text)
	}
	if want := []string{"", "second", ""}; !slices.Equal(texts, want) {
		t.Errorf("notes on what was sent: %q, want %q", texts, want)
	}

	due := true
	p.leg.HoldAnswers(func() bool { return due })
	p.sent.reset()
	p.say([]byte("answer"))
	p.next([]byte("answer"))
	if got := p.sent.read(); len(got) > 0 && got[len(got)-1].text != "" {
		t.Errorf("told too early: %v", got)
	}
	p.leg.NoteReceived("absorbed")
	p.leg.BeforeWait(func() {
		// What came of it may go out now.
		if got := p.sent.read(); len(got) == 0 || got[len(got)-1].text != "absorbed" {
			t.Errorf("told before the next wait: %v", got)
		}
		due = false
		p.say([]byte("other"))
	})
	p.next([]byte("other"))
	if got := p.sent.read(); len(got) == 0 || got[len(got)-1].text != "" {
		t.Errorf("told: %v", got)
	}
}

// testLimitReads: it ends a wait, also one that has begun. What comes in time is read.
func testLimitReads(t *testing.T, s setup) {
	p := s.connect(t)
	p.say([]byte("in time"))
	p.next([]byte("in time"))
	p.leg.BeforeWait(func() { go p.leg.LimitReads(time.Millisecond) })
	p.ends(os.ErrDeadlineExceeded)
	p.write([]byte("still"))
	p.flush()
	p.hear([]byte("still"))
}
