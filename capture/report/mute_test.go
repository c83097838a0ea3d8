package report_test

import (
	"strings"
	"testing"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// muteServer returns a scenario whose server answered all requests and no heartbeat, which looked like a
// dead path meanwhile.
func muteServer() report.Scenario {
	s := passed()
	s.Heartbeats.TowardServer = toward(figures(12, 0, 12, 0, 0, 0, 0, 0))
	s.Diagnostics = []report.Diagnostic{
		{Code: "heartbeat-unanswered", Count: 12, Severity: "error", Text: "the server did not answer within 3s"},
		{Code: "path-dead", Count: 1, Severity: "error", Text: "nothing has come from the server"},
	}
	for _, code := range []session.Code{"path-dead", "heartbeat-unanswered"} {
		s.Incidents = append(s.Incidents, report.Incident{
			Cause: code, Severity: "error", Since: at(1), Last: at(9), Sessions: []uint32{1},
			Text: "nothing came for 8s", Effects: map[session.Code]uint64{code: 1},
		})
	}
	return s
}

// TestMute: where a peer answered no heartbeat, and no request failed, that is the cause, and no dead
// path. Where it answered one, or requests failed, it is not known to be.
func TestMute(t *testing.T) {
	const says = "The server answers no heartbeats, though all requests succeeded"
	for _, tt := range []struct {
		name   string
		change func(*report.Scenario)
		mute   bool
	}{
		{"none", nil, true},
		{"few", func(s *report.Scenario) { s.Heartbeats.TowardServer = toward(figures(2, 0, 2, 0, 0, 0, 0, 0)) }, false},
		{"one was answered", func(s *report.Scenario) { s.Heartbeats.TowardServer = toward(figures(12, 1, 11, 0, 1, 1, 1, 1)) }, false},
		{"a request failed", func(s *report.Scenario) { s.Relayed.Failed = 1 }, false},
		{"no requests", func(s *report.Scenario) { s.Direct, s.Relayed, s.Load = nil, nil, nil }, false},
		{"it broke off", func(s *report.Scenario) { s.Failure = "the server ended" }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := muteServer()
			if tt.change != nil {
				tt.change(&s)
			}
			r := report.Combine(meta(), s)
			cause, advice := r.Cause(report.English)
			if got := strings.HasPrefix(r.Reason(report.English), says); got != tt.mute {
				t.Errorf("the reason is %s", r.Reason(report.English))
			}
			if got := strings.EqualFold(cause, says) && strings.HasPrefix(advice, "A peer of version 2 must answer"); got != tt.mute {
				t.Errorf("the cause is %s; %s", cause, advice)
			}
		})
	}
	other := muteServer()
	other.Heartbeats.TowardServer = toward(figures(9, 0, 9, 0, 0, 0, 0, 0))
	other.Incidents = other.Incidents[1:]
	if why := report.Combine(meta(), muteServer(), other, passed()).Reason(report.Chinese); !strings.HasPrefix(why, "编号 1, 2：服务器不应答任何心跳，但请求全部成功。") {
		t.Errorf("of two alike: %s", why)
	}
}
