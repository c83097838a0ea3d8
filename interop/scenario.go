package interop

import (
	"maps"
	"slices"
	"strings"
	"time"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// NewScenario returns the scenario of a pair, with nothing measured yet.
func NewScenario(kind report.Kind, title string, pair Pair) *report.Scenario {
	return &report.Scenario{
		Kind: kind, Title: title,
		Server: reportPeer(pair.Server), Client: reportPeer(pair.Client),
		Started: time.Now(),
	}
}

func reportPeer(p Peer) report.Peer {
	return report.Peer{Name: p.Name, Version: p.Version, Language: strings.ToLower(p.Language)}
}

// Report returns the traffic in the form of the report.
func (t Traffic) Report() *report.Traffic {
	return &report.Traffic{
		Requests: t.Requests, Failed: t.Failed,
		BytesCompared: uint64(t.Compared), Failures: t.Failures,
	}
}

// Fill adds to a scenario what the relay told of its run.
func (t Tally) Fill(s *report.Scenario) {
	if t.Summary == nil {
		return
	}
	s.Sessions, s.Streams, s.Frames = t.Summary.Sessions, t.Summary.Streams, t.Summary.Frames
	trips := t.Trips
	s.Heartbeats = t.Summary.Heartbeats
	s.Heartbeats.First, s.Heartbeats.Last, s.Heartbeats.Quiet = trips.First, trips.Last, trips.Quiet
	s.Heartbeats.TowardServer.Series = trips.TowardServer.Series
	s.Heartbeats.TowardClient.Series = trips.TowardClient.Series
	s.Incidents, s.Diagnostics = t.Summary.Incidents, nil
	for _, code := range slices.Sorted(maps.Keys(t.Summary.Diagnostics)) {
		d := t.Diagnostics[code]
		s.Diagnostics = append(s.Diagnostics, report.Diagnostic{
			Code: session.Code(code), Count: t.Summary.Diagnostics[code], Severity: d.Severity, Text: d.Text,
		})
	}
}

// beats returns the injected heartbeats of both directions in one, without round-trips: the
// quantiles of two sums can't be put together.
func (t Tally) beats() session.Figures {
	if t.Summary == nil {
		return session.Figures{}
	}
	h := &t.Summary.Heartbeats
	both := h.TowardServer.Injected.Plus(h.TowardClient.Injected)
	both.P50, both.P95, both.P99, both.Max = 0, 0, 0, 0
	return both
}
