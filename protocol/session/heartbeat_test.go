package session_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// near reports whether a figure of a histogram is d, to two significant digits.
func near(got, d time.Duration) bool { return (got - d).Abs() <= d/100 }

func TestRoundTrips(t *testing.T) {
	var r session.RoundTrips
	if got := r.Quantiles(); got != (session.Quantiles{}) {
		t.Errorf("of none: %+v", got)
	}
	for ms := range 1000 {
		r.Add(time.Duration(ms+1) * time.Millisecond)
	}
	q := r.Quantiles()
	if q.Count != 1000 || !near(q.P50, 500*time.Millisecond) || !near(q.P95, 950*time.Millisecond) ||
		!near(q.P99, 990*time.Millisecond) || q.Max != time.Second {
		t.Errorf("of 1 to 1000 ms: %+v", q)
	}
}

// TestOneRoundTrip holds that the figures of one are what it was, and that what
// can't be measured is counted all the same.
func TestOneRoundTrip(t *testing.T) {
	for _, d := range []time.Duration{0, 1, 1500 * time.Microsecond, 5001500 * time.Microsecond, time.Hour, 100 * time.Hour} {
		var r session.RoundTrips
		r.Add(d)
		measured := min(d, time.Hour+time.Hour/100)
		if q := r.Quantiles(); q.Count != 1 || q.Max != d || !near(q.P50, measured) || q.P50 != q.P99 || q.P99 > q.Max {
			t.Errorf("%v: %+v", d, q)
		}
	}
}

func TestHeartbeatsMerge(t *testing.T) {
	a := &session.Heartbeats{Sent: 10, Answered: 1, Lost: 2, Late: 1, Cut: 3, Unsupported: 1, Last: time.Second}
	b := &session.Heartbeats{Sent: 5, Answered: 5}
	for range 5 {
		b.Add(20 * time.Millisecond)
	}
	var sum session.Heartbeats
	sum.Merge(a)
	sum.Merge(b)
	sum.Merge(b)
	if sum.Sent != 20 || sum.Answered != 11 || sum.Lost != 2 || sum.Late != 1 || sum.Cut != 3 || sum.Unsupported != 1 ||
		sum.Waiting() != 3 || sum.Last != time.Second {
		t.Errorf("sum: %+v, waiting %d", sum, sum.Waiting())
	}
	if q := sum.Quantiles(); q.Count != 10 || !near(q.P99, 20*time.Millisecond) {
		t.Errorf("round-trips: %+v", q)
	}
	if q := b.Quantiles(); q.Count != 5 {
		t.Errorf("merging changed what was merged: %+v", q)
	}
}

// TestSeries holds that a series keeps the newest samples, in order.
func TestSeries(t *testing.T) {
	var s session.Series
	if got := s.Append([]time.Duration{7}); !slices.Equal(got, []time.Duration{7}) {
		t.Errorf("an empty series appends %v", got)
	}
	var all []time.Duration
	for i := range 300 {
		s.Add(time.Duration(i))
		all = append(all, time.Duration(i))
		if got, want := s.Append(nil), all[max(0, len(all)-128):]; !slices.Equal(got, want) {
			t.Fatalf("after %d samples: %v", i+1, got)
		}
	}
}

// TestOriginNames holds the names that the command line's events use.
func TestOriginNames(t *testing.T) {
	want := map[protocol.Peer][2]string{
		protocol.Client: {session.Injected: "injected", session.Own: "server"},
		protocol.Server: {session.Injected: "injected", session.Own: "client"},
	}
	for toward, names := range want {
		for o, name := range names {
			if got := session.Origin(o).Name(toward); got != name {
				t.Errorf("origin %d toward the %v is %q, want %q", o, toward, got, name)
			}
		}
	}
}

// TestNames holds the other names that scripts rely on.
func TestNames(t *testing.T) {
	var got []string
	for m := session.PasswordUnknown; m <= session.PasswordDiffers; m++ {
		got = append(got, m.String())
	}
	for c := session.ClosedByClient; c <= session.ClosedByCapture; c++ {
		got = append(got, c.String())
	}
	for s := session.Note; s <= session.Error; s++ {
		got = append(got, s.String())
	}
	for s := session.Opening; s <= session.Closed; s++ {
		got = append(got, s.String())
	}
	for p := session.AwaitingAuth; p <= session.Ended; p++ {
		got = append(got, p.String())
	}
	for _, e := range []session.Notice{
		session.Auth{}, session.StreamOpen{}, session.StreamClose{}, session.HeartbeatResult{}, session.Diagnostic{},
	} {
		got = append(got, e.NoticeName())
	}
	want := []string{
		"unknown", "match", "mismatch",
		"client", "server", "session", "relay", "capture",
		"note", "warning", "error",
		"opening", "open", "half-closed", "closed",
		"awaiting auth", "authenticated", "ready", "not AnyTLS", "ended",
		"auth", "stream-open", "stream-close", "heartbeat", "diagnostic",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
