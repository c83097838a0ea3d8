package legtest

import (
	"syscall"
	"testing"
)

// ofTCP returns the promises about what TCP shows: there are none on other systems.
func ofTCP() []promise {
	return []promise{{"WatchEnd", testWatchEnd}, {"WatchReset", testWatchReset}, {"Unacked", testUnacked}}
}

// testWatchEnd: the end of the stream shows behind bytes that nobody has read, and a reset
// behind that.
func testWatchEnd(t *testing.T, s setup) {
	p := s.connect(t)
	p.say([]byte("unread"))
	told := watched(p.leg)
	if err := p.below.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if <-told {
		t.Fatal("the end of the stream is told as a reset")
	}
	p.reset()
	if !<-told {
		t.Fatal("a reset is told as the end of the stream, once more")
	}
	p.next([]byte("unread")) // it is still there
}

// testWatchReset: a reset shows though bytes before it are unread; the reads that follow
// get these, and the reset as one.
func testWatchReset(t *testing.T, s setup) {
	p := s.connect(t)
	p.say([]byte("unread"))
	told := watched(p.leg)
	p.leg.Watch(func(bool) { t.Error("a second watch is told") })
	p.reset()
	if !<-told {
		t.Fatal("a reset is told as the end of the stream")
	}
	if p.sent.resets() == 0 {
		t.Error("the recorder is not told of the reset")
	}
	p.next([]byte("unread"))
	p.ends(syscall.ECONNRESET)
}

// testUnacked: what the peer has answered is acknowledged.
func testUnacked(t *testing.T, s setup) {
	p := s.connect(t)
	before, known := p.leg.Unacked()
	if !known {
		t.Fatal("it is not known")
	}
	p.write([]byte("hello"))
	p.flush()
	p.hear([]byte("hello"))
	p.say([]byte("an answer")) // with which the far end's TCP acknowledges
	p.next([]byte("an answer"))
	if u, _ := p.leg.Unacked(); u.Acked <= before.Acked || u.Outstanding || u.Bytes > 0 {
		t.Errorf("behind an answer: %+v, before %+v", u, before)
	}
	if err := p.leg.Close(); err != nil {
		t.Fatal(err)
	}
	if _, known := p.leg.Unacked(); known {
		t.Error("it is known of a leg that is closed")
	}
}
