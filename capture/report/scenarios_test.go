package report_test

import (
	"math"
	"time"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// The scenarios of the tests.

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func meta() report.Meta {
	return report.Meta{Generated: noon, Tool: "anytls-inspect v1.2.3"}
}

func ms(f float64) session.Millis {
	return session.Millis(math.Round(1000*f)) * session.Millis(time.Microsecond)
}

func minutes(n int) session.Millis { return session.Millis(time.Duration(n) * time.Minute) }

func figures(sent, answered, lost, cut uint64, p50, p95, p99, most float64) session.Figures {
	return session.Figures{
		Sent: sent, Answered: answered, Lost: lost, Cut: cut,
		P50: ms(p50), P95: ms(p95), P99: ms(p99), Max: ms(most),
	}
}

// toward returns heartbeats that were all injected.
func toward(f session.Figures) report.Toward {
	return report.Toward{TowardFigures: session.TowardFigures{Figures: f, Injected: f}}
}

// series returns a point for each second, in a wave. The points at lost were lost.
func series(points int, lost ...int) *report.Series {
	s := &report.Series{Start: noon, Step: ms(1000)}
	for i := range points {
		v := ms(1.5 + math.Round(100*math.Sin(float64(i)/4))/100)
		p := report.Point{At: ms(1000 * float64(i)), Answered: 1, Min: v, Avg: v, Max: v}
		for _, at := range lost {
			if at == i {
				p = report.Point{At: p.At, Lost: 1}
			}
		}
		s.Points = append(s.Points, p)
	}
	return s
}

// passed returns a scenario in which everything was measured and passed.
func passed() report.Scenario {
	s := report.Scenario{
		Kind:    report.BothDirections,
		Server:  report.Peer{Name: "anytls-rs", Version: "0.5.4", Language: "rust"},
		Client:  report.Peer{Name: "sing-box", Version: "v1.13.5", Language: "go"},
		Started: noon, Duration: minutes(10), Interval: ms(1000),
		Sessions: 3, Streams: 220, Frames: 5000,
		Heartbeats: report.Heartbeats{
			TowardServer: toward(figures(600, 600, 0, 0, 0.4, 0.9, 1.5, 2.5)),
			TowardClient: toward(figures(600, 599, 0, 1, 0.3, 0.8, 1.2, 2.4)),
			First:        noon.Add(time.Second), Last: noon.Add(10 * time.Minute), Quiet: ms(1004),
		},
		Diagnostics: []report.Diagnostic{{Code: "synack-error", Count: 2, Text: "connection refused"}},
		Direct:      &report.Traffic{Requests: 210, BytesCompared: 100 << 20},
		Relayed:     &report.Traffic{Requests: 210, BytesCompared: 100 << 20},
		Load: &report.Load{
			Traffic: report.Traffic{Requests: 200}, Parallel: 8, Interval: ms(100),
			Heartbeats: session.Figures{Sent: 90, Answered: 90},
		},
		Throughput: &report.Throughput{With: []float64{990, 1000, 1010}, Without: []float64{1000, 1000, 1000}, Interval: ms(100)},
		CPU: []report.CPU{
			{
				Peer: "server (anytls-rs)", Interval: ms(1000),
				With: report.CPUTime{CPU: ms(30), Wall: minutes(1)}, Without: report.CPUTime{CPU: ms(20), Wall: minutes(1)},
			},
			{
				Peer: "client (sing-box)", Interval: ms(1000),
				With: report.CPUTime{CPU: ms(50), Wall: minutes(1)}, Without: report.CPUTime{CPU: ms(60), Wall: minutes(1)},
			},
		},
		Notes: []string{"200 of the requests in parallel"},
	}
	s.Heartbeats.TowardServer.Series = series(24)
	s.Heartbeats.TowardClient.Series = series(12)
	return s
}

// failsAlone returns a pair that works neither with the relay nor without it.
func failsAlone() report.Scenario {
	return report.Scenario{
		Kind:    report.GoServerRustClient,
		Server:  report.Peer{Name: "sing-box", Version: "v1.13.5", Language: "go"},
		Client:  report.Peer{Name: "anytls-rs", Version: "0.5.4", Language: "rust"},
		Started: noon, Duration: ms(12_000), Interval: ms(1000),
		Sessions: 10, Frames: 20,
		Diagnostics: []report.Diagnostic{
			{Code: "auth-split", Count: 10, Severity: "error", Text: "the preamble came in 3 records: 32, 2 and 30 bytes"},
			{Code: "alert", Count: 1, Text: "go away"},
		},
		Direct:  &report.Traffic{Requests: 10, Failed: 10, Failures: []string{"EOF"}},
		Relayed: &report.Traffic{Requests: 10, Failed: 10, Failures: []string{"EOF"}},
	}
}

// lossy returns a pair that answers most heartbeats, its client's own too, one of them
// slowly.
func lossy() report.Scenario {
	s := report.Scenario{
		Kind:    report.RustServerGoClient,
		Server:  report.Peer{Name: "anytls", Version: "0.3.1", Language: "rust"},
		Client:  report.Peer{Name: "sing-anytls", Version: "v0.0.11", Language: "go"},
		Started: noon, Duration: minutes(1), Interval: ms(1000),
		Sessions: 1, Streams: 10, Frames: 200,
		Heartbeats: report.Heartbeats{
			TowardServer: report.Toward{
				TowardFigures: session.TowardFigures{
					Figures:  figures(62, 60, 2, 0, 0.6, 2, 90, 130),
					Injected: figures(60, 58, 2, 0, 0.6, 2, 90, 130),
					Own:      figures(2, 2, 0, 0, 0.7, 0.8, 0.8, 0.8),
				},
				Series: series(30, 20, 21),
			},
			First: noon, Last: noon.Add(time.Minute), Quiet: ms(3100),
		},
		Diagnostics: []report.Diagnostic{{Code: "heartbeat-unanswered", Count: 2, Text: "the server did not answer within 3s"}},
		Direct:      &report.Traffic{Requests: 10, BytesCompared: 4096},
		Relayed:     &report.Traffic{Requests: 10, BytesCompared: 4096},
	}
	s.Heartbeats.TowardServer.Series.Points[25].Max = ms(130)
	return s
}

// notRun returns a pair that can't be run, since one peer can't be built.
func notRun() report.Scenario {
	return report.Scenario{
		Kind:    report.Pair,
		Server:  report.Peer{Name: "anytls", Version: "0.3.1", Language: "rust"},
		Client:  report.Peer{Name: "anytls-rs", Version: "0.5.4", Language: "rust"},
		Failure: "cargo install anytls-rs: exit status 101\nerror: no such crate",
	}
}

// silent returns a live run in which nothing was seen.
func silent() report.Scenario {
	return report.Scenario{Kind: report.Live, Started: noon, Duration: ms(500)}
}

// stuck returns a run in which a server stopped reading for a while, and a client whose
// padding never stopped: heartbeats had to wait.
func stuck() report.Scenario {
	still := func(times uint64, all, longest int) report.Standstill {
		return report.Standstill{Times: times, All: ms(1000 * float64(all)), Longest: ms(1000 * float64(longest))}
	}
	s := report.Scenario{
		Kind: report.Live, Started: noon, Duration: minutes(1), Interval: ms(1000), Sessions: 1, Streams: 1, Frames: 90,
		Heartbeats: report.Heartbeats{TowardServer: toward(figures(20, 20, 0, 0, 1, 1, 1, 2)), First: noon, Last: noon.Add(time.Minute), Quiet: ms(9500)},
		Diagnostics: []report.Diagnostic{
			{Code: "peer-not-reading", Count: 2, Severity: "error", Text: "the server has taken no byte for 3 s"},
			{Code: "answered-with-next-frame", Count: 1, Severity: "warning", Text: "each of 6 answers came within 3 ms of the next frame"},
			{Code: "password-mismatch", Count: 3, Severity: "note", Text: "the server accepts it"},
		},
	}
	s.Heartbeats.TowardServer.Blocked = &report.Standstill{Times: 2, All: ms(12_000), Longest: ms(9100)}
	s.Heartbeats.TowardServer.Withheld = []report.Withheld{
		{Why: "the server takes no byte", Standstill: still(2, 12, 9)},
		{Why: "something new | <b>", Standstill: still(1, 1, 1)},
		{Standstill: still(30, 40, 3)},
	}
	s.Heartbeats.TowardClient.Withheld = []report.Withheld{{Why: "the client's writes are still padded", Standstill: still(1, 60, 60)}}
	return s
}
