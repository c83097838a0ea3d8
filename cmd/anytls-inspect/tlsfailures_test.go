package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// A failureRig records sessions in which TLS fails, and keeps what is told of that.
type failureRig struct {
	*tlsFailures
	now  time.Time
	last capture.SessionID
	said []string
	held bool // the screen shows the failures
}

func newFailureRig() *failureRig {
	r := &failureRig{now: time.Unix(1e9, 0)}
	r.tlsFailures = newTLSFailures(journal.New(journal.Limits{}, session.Config{}), newWarner(nil), func() bool { return false })
	r.tell = func(text string) { r.said = append(r.said, text) }
	r.shown = func() bool { return r.held }
	r.clock = func() time.Time { return r.now }
	return r
}

// fails has TLS fail in a session of a client, or end without that.
func (r *failureRig) fails(client string, by session.Closer, why string, failed bool) {
	r.last++
	r.Record(&capture.Event{
		Kind: capture.Opened, Session: r.last, At: r.now, Client: fmt.Sprintf("%s:%d", client, 50000+r.last), Server: "192.0.2.9:443",
	})
	r.Record(&capture.Event{Kind: capture.Closed, Session: r.last, At: r.now, By: by, Reason: why, TLSFailed: failed})
}

// TestTLSFailures: a failure is told at once, and those like it once a minute, with their
// number; what was not told is at the end.
func TestTLSFailures(t *testing.T) {
	r := newFailureRig()
	r.fails("192.0.2.1", session.ClosedByClient, "client leg: x", false)
	holds(t, "what is told of a session that just ended", r.said, []string(nil))
	holds(t, "its error", r.finish(), error(nil))

	for range 10 {
		r.fails("192.0.2.1", session.ClosedByClient, "client leg: x", true)
	}
	r.fails("192.0.2.2", session.ClosedByClient, "client leg: x", true)
	r.fails("192.0.2.1", session.ClosedByServer, "server leg: y", true)
	r.fails("192.0.2.2", session.ClosedByServer, "server leg: y", true)
	r.now = r.now.Add(time.Minute)
	r.fails("192.0.2.1", session.ClosedByClient, "client leg: x", true)
	r.fails("192.0.2.1", session.ClosedByClient, "client leg: x", true)
	err := r.finish()
	if err == nil || err.Error() != "sessions in which TLS failed: 15" {
		t.Errorf("the error is %v", err)
	}
	holds(t, "what is told", r.said, []string{
		"TLS with 192.0.2.1 failed: client leg: x",
		"TLS with 192.0.2.2 failed: client leg: x",
		"TLS with 192.0.2.9:443 failed: server leg: y",
		"TLS with 192.0.2.1 failed 10 times more: client leg: x",
		"TLS with 192.0.2.1 failed once more: client leg: x",
		"TLS with 192.0.2.9:443 failed once more: server leg: y",
	})
}

// TestTLSFailuresAtTheEnd: a handshake that the run's end cuts is no failure, but that the server
// had not answered until then is.
func TestTLSFailuresAtTheEnd(t *testing.T) {
	r := newFailureRig()
	r.over = func() bool { return true }
	r.fails("192.0.2.1", session.ClosedByClient, "client leg: x", true)
	holds(t, "the error", r.finish(), error(nil))
	r.fails("192.0.2.1", session.ClosedByServer, "server leg: "+capture.ReasonNoAnswer, true)
	if r.finish() == nil {
		t.Error("a server that does not answer is no failure")
	}
	holds(t, "what is told", r.said, []string{"TLS with 192.0.2.9:443 failed: server leg: " + capture.ReasonNoAnswer})
}

// TestTLSFailuresOnScreen: what the screen shows is told after it: each kind once, with how
// often it has happened. Where the screen is gone before the end, the next one tells it.
func TestTLSFailuresOnScreen(t *testing.T) {
	r := newFailureRig()
	r.held = true
	for range 40 {
		r.fails("192.0.2.1", session.ClosedByClient, "client leg: x", true)
		r.fails("192.0.2.2", session.ClosedByClient, "client leg: x", true)
		r.now = r.now.Add(time.Minute)
	}
	r.fails("192.0.2.1", session.ClosedByServer, "server leg: y", true)
	holds(t, "what is told beside the screen", r.said, []string(nil))

	r.held = false
	r.fails("192.0.2.2", session.ClosedByClient, "client leg: x", true)
	holds(t, "what is told when the screen is gone", r.said, []string{"TLS with 192.0.2.2 failed 41 times: client leg: x"})
	r.said = nil
	if err := r.finish(); err == nil || err.Error() != "sessions in which TLS failed: 82" {
		t.Errorf("the error is %v", err)
	}
	holds(t, "what is told at the end", r.said, []string{
		"TLS with 192.0.2.1 failed 40 times: client leg: x",
		"TLS with 192.0.2.9:443 failed: server leg: y",
	})
}

// TestManyTLSFailures: whoever fails each time in another way fills neither standard error
// nor the memory.
func TestManyTLSFailures(t *testing.T) {
	r := newFailureRig()
	for i := range 1000 {
		r.fails(fmt.Sprintf("192.0.2.%d", i%250), session.ClosedByClient, fmt.Sprintf("client leg: %d", i), true)
	}
	if len(r.said) != maxFailures+1 || len(r.told) != maxFailures+1 {
		t.Errorf("%d lines, %d kept", len(r.said), len(r.told))
	}
	if got := r.said[maxFailures]; !strings.HasPrefix(got, "TLS with other peers, or for other reasons, failed:") {
		t.Errorf("the last line is %q", got)
	}
	// Later there is room again.
	r.said, r.now = nil, r.now.Add(time.Minute)
	r.fails("192.0.2.1", session.ClosedByClient, "client leg: x", true)
	holds(t, "what is told a minute later", r.said, []string{
		fmt.Sprintf("TLS with other peers, or for other reasons, failed %d times more: the diagnostics tls-failed have them all", 1000-maxFailures-1),
		"TLS with 192.0.2.1 failed: client leg: x",
	})
}
