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
	target  protocol.Address
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

// opened prints what was agreed on, how long each step of opening the session took, and
// what the server made of the stream to the target.
func (l *pingLines) opened(c *peer.Client, j *journal.Journal, o *opening, version int) {
	if l.out == nil {
		return
	}
	steps := c.Steps()
	auth, speaks := peer.ErrNoServerSettings.Error(), "protocol version not known"
	if o.settled {
		auth = "auth → ServerSettings " + milliseconds(steps[peer.StepSettings])
	}
	if version > 0 {
		speaks = fmt.Sprintf("protocol version %d", version)
	}
	s := journal.Look(j, journal.AskSession{ID: pingSession})
	l.print("PING %s: %s, %s\n", l.address, s.TLS.Version, speaks)
	l.print("TCP %s, TLS %s, %s\n", milliseconds(steps[peer.StepTCP]), milliseconds(steps[peer.StepTLS]), auth)
	if o.silent != nil {
		l.print("%v\n", o.silent)
	}
	l.unknown(o, version)
	l.stream(o, version)
}

// unknown prints what the version may be where it is not known, and how to find out.
func (l *pingLines) unknown(o *opening, version int) {
	if version > 0 || o.tried {
		return
	}
	may := "version 1, or it answers nothing"
	if o.silent == nil {
		may = "version 1, perhaps"
	}
	l.print("no ServerSettings: %s: %s\n", may, findsOut)
}

// stream prints what the server made of the stream to the target.
func (l *pingLines) stream(o *opening, version int) {
	if !o.tried {
		return
	}
	a, took := o.answer, milliseconds(o.answer.Took)
	l.print("stream to %v: ", l.target)
	switch {
	case a == peer.Answer{}:
		l.print("no answer within %v", l.timeout)
		if version == 0 {
			l.print("; one of version 1 answers only where the target does, such as SSH, which speaks first")
		}
	case a.Refusal != "":
		l.print("SYNACK %s: %s", took, a.Refusal)
	case a.Command == protocol.SYNACK && version == 0:
		l.print("SYNACK %s, and no ServerSettings before it", took)
	case a.Command == protocol.SYNACK:
		l.print("SYNACK %s", took)
	case version == 1 && !o.settled:
		l.print("%v %s, neither ServerSettings nor SYNACK before it: version 1, which need not answer heartbeats", a.Command, took)
	default:
		l.print("%v %s, and no SYNACK before it", a.Command, took)
	}
	l.print("\n")
}

// ping prints what became of one heartbeat.
func (l *pingLines) ping(b peer.Ping, unowed bool) {
	switch {
	case b.Err == nil:
		l.print("HeartResponse from %s: seq=%d time=%s\n", l.address, b.Seq, milliseconds(b.RTT))
	case errors.Is(b.Err, context.DeadlineExceeded) && unowed:
		l.print("seq=%d: no answer within %v: unsupported by version 1\n", b.Seq, l.timeout)
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
	if s.unsupported > 0 {
		l.print(", %d unsupported", s.unsupported)
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
