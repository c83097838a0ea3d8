package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
)

// pingLines print what a ping does, for people. They are for one goroutine. Where
// they can't be written, they say so once and print no more.
type pingLines struct {
	out     io.Writer // nil: nothing is printed
	address string    // of the server
	timeout time.Duration
	broken  func(error) // called once, where a line can't be written
	err     error       // why it could not
}

func (l *pingLines) print(format string, args ...any) {
	if l.out == nil || l.err != nil {
		return
	}
	if _, l.err = fmt.Fprintf(l.out, format, args...); l.err != nil {
		l.broken(l.err)
	}
}

// opened prints what was agreed on, and how long each step of opening the session
// took. Missing, if not nil, says that the server sent no ServerSettings.
func (l *pingLines) opened(c *peer.Client, j *journal.Journal, missing error) {
	if l.out == nil {
		return
	}
	steps := c.Steps()
	auth := "auth → ServerSettings " + milliseconds(steps[peer.StepSettings])
	if missing != nil {
		auth = missing.Error()
	}
	s := journal.Look(j, journal.AskSession{ID: pingSession})
	l.print("PING %s: %s, protocol version %d\n", l.address, s.TLS.Version, max(s.State.Version(), 1))
	l.print("TCP %s, TLS %s, %s\n", milliseconds(steps[peer.StepTCP]), milliseconds(steps[peer.StepTLS]), auth)
}

// ping prints what became of one heartbeat.
func (l *pingLines) ping(b peer.Ping) {
	switch {
	case b.Err == nil:
		l.print("HeartResponse from %s: seq=%d time=%s\n", l.address, b.Seq, milliseconds(b.RTT))
	case errors.Is(b.Err, context.DeadlineExceeded):
		l.print("seq=%d: no answer within %v\n", b.Seq, l.timeout)
	default:
		l.print("seq=%d: %s\n", b.Seq, protocol.Printable(b.Err.Error()))
	}
}

// summary prints the figures of the series.
func (l *pingLines) summary(s *pingStats) {
	l.print("\n--- %s heartbeats ---\n%d sent, %d answered, %d lost", l.address, s.sent(), s.answered, s.lost)
	if s.sent() > 0 {
		l.print(" (%.1f %%)", 100*float64(s.lost)/float64(s.sent()))
	}
	l.print("\n")
	if s.answered == 0 {
		return
	}
	q := s.trips.Quantiles()
	l.print("round-trip min/avg/max/stddev = %s/%s/%s/%s\n",
		milliseconds(s.least), milliseconds(s.average()), milliseconds(s.most), milliseconds(s.deviation()))
	// The histogram is to two digits; the least and the most are exact.
	exact := func(d time.Duration) string { return milliseconds(min(max(d, s.least), s.most)) }
	l.print("p50/p95/p99 = %s/%s/%s\n", exact(q.P50), exact(q.P95), exact(q.P99))
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.3f ms", float64(d.Nanoseconds())/1e6)
}
