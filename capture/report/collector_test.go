package report_test

import (
	"testing"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// most is the most points of a series, however long the run is.
const most = 512

func result(at time.Time, rtt time.Duration) *journal.Entry {
	return &journal.Entry{At: at, Notice: session.HeartbeatResult{Toward: protocol.Server, RTT: rtt, Lost: rtt < 0}}
}

// sums adds up a series, and fails the test where it breaks the rules of one.
func sums(t *testing.T, s *report.Series) (answered, lost uint64, least, greatest session.Millis) {
	t.Helper()
	if s == nil {
		t.Fatal("no series")
	}
	if len(s.Points) > most {
		t.Fatalf("%d points", len(s.Points))
	}
	before := session.Millis(-1)
	for _, p := range s.Points {
		if p.At <= before || p.At%s.Step != 0 {
			t.Fatalf("point at %v after one at %v, steps of %v", p.At, before, s.Step)
		}
		before = p.At
		if p.Answered+p.Lost == 0 {
			t.Fatalf("nothing in the point at %v", p.At)
		}
		if p.Answered > 0 && (p.Min > p.Avg || p.Avg > p.Max) {
			t.Fatalf("min %v, avg %v, max %v", p.Min, p.Avg, p.Max)
		}
		if p.Answered > 0 && (answered == 0 || p.Min < least) {
			least = p.Min
		}
		greatest = max(greatest, p.Max)
		answered, lost = answered+p.Answered, lost+p.Lost
	}
	return answered, lost, least, greatest
}

func TestCollectorBounds(t *testing.T) {
	for _, tt := range []struct {
		name  string
		count int
		every time.Duration
		fine  time.Duration // the coarsest step that is good enough
	}{
		{"a ping", 5, time.Second, 100 * time.Millisecond},
		{"ten minutes at a second", 600, time.Second, 2 * time.Second},
		{"ten minutes at 100 ms", 6000, 100 * time.Millisecond, 2 * time.Second},
		{"a day at 10 s", 8640, 10 * time.Second, 5 * time.Minute},
		{"decades", 1000, 30 * 24 * time.Hour, 4000 * time.Hour},
		{"all at once", 100_000, 0, 100 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c report.Collector
			for i := range tt.count {
				rtt := time.Duration(i%50+1) * time.Millisecond
				if i%100 == 99 {
					rtt = -1
				}
				c.Add(result(noon.Add(time.Duration(i)*tt.every), rtt))
			}
			h := c.Heartbeats()
			s := h.TowardServer.Series
			answered, lost, least, greatest := sums(t, s)
			if int(answered+lost) != tt.count || int(lost) != tt.count/100 {
				t.Errorf("%d answered and %d lost, of %d", answered, lost, tt.count)
			}
			if want := session.Millis(min(tt.count, 50)) * session.Millis(time.Millisecond); least != ms(1) || greatest != want && greatest != want-ms(1) {
				t.Errorf("from %v to %v, want from 1 ms to %v", least, greatest, want)
			}
			if s.Step.Duration() > tt.fine {
				t.Errorf("steps of %v, coarser than %v", s.Step.Duration(), tt.fine)
			}
			if h.First != noon || h.Last != noon.Add(time.Duration(tt.count-1)*tt.every) || h.Quiet.Duration() != tt.every {
				t.Errorf("from %v to %v, pausing for %v", h.First, h.Last, h.Quiet.Duration())
			}
			if h.TowardClient.Series != nil {
				t.Error("a series toward the client, of which there was nothing")
			}
		})
	}
}

// Whatever the times are, nothing is lost, hangs or grows.
func TestCollectorStrangeTimes(t *testing.T) {
	var c report.Collector
	times := []time.Time{
		noon, noon.Add(-time.Hour), noon.AddDate(300, 0, 0),
		{},
		noon.Add(1),
		time.Unix(1<<40, 0), noon.AddDate(-200, 0, 0),
	}
	rtts := []time.Duration{0, 1, time.Hour, 1 << 62, -1, -1 << 62}
	n := 0
	for _, at := range times {
		for _, rtt := range rtts {
			c.Result(protocol.Client, at, rtt, rtt == -1)
			n++
		}
	}
	answered, lost, _, greatest := sums(t, c.Heartbeats().TowardClient.Series)
	if int(answered+lost) != n || greatest.Duration() > time.Hour {
		t.Errorf("%d answered and %d lost, of %d; the longest %v", answered, lost, n, greatest)
	}
}

// The series has only heartbeats that were answered in time or lost.
func TestCollectorLeavesOut(t *testing.T) {
	var c report.Collector
	for _, n := range []session.Notice{
		nil, // a frame
		session.HeartbeatResult{Late: true, RTT: time.Second},
		session.HeartbeatResult{Unsupported: true},
		session.Diagnostic{Code: session.CodeAlert, Text: "no"},
		session.StreamOpen{},
	} {
		c.Add(&journal.Entry{At: noon, Notice: n})
	}
	h := c.Heartbeats()
	if h.TowardServer.Series != nil || h.TowardClient.Series != nil || !h.First.IsZero() {
		t.Errorf("heartbeats %+v, want none", h)
	}
}

// A collector holds the two series and nothing that grows with the run.
func TestCollectorIsSmall(t *testing.T) {
	var c report.Collector
	at := noon
	allocs := testing.AllocsPerRun(10_000, func() {
		at = at.Add(time.Minute)
		c.Result(protocol.Server, at, time.Millisecond, false)
	})
	if allocs > 0 {
		t.Errorf("%.1f allocations a result", allocs)
	}
}

func BenchmarkCollector(b *testing.B) {
	var c report.Collector
	e := result(noon, time.Millisecond)
	for b.Loop() {
		e.At = e.At.Add(100 * time.Millisecond)
		c.Add(e)
	}
}
