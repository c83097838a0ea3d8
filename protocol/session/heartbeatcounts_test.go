package session_test

import (
	"testing"
	"time"

	"anytls-inspect/protocol/session"
)

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
