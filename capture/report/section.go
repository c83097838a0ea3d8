package report

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"anytls-inspect/protocol/session"
)

// section returns the section of the n-th of some scenarios, which begins with the lines of the
// guide's form.
func (s *Scenario) section(n, of int, l Lang) section {
	server, client := s.Heartbeats.TowardServer.all(), s.Heartbeats.TowardClient.all()
	perWay := func(a, b uint64) string {
		return s.atLeast(fmt.Sprintf("%d (%s)", a+b, say(kPerWay, a, b).in(l))).in(l)
	}
	sec := section{Title: s.heading(n, of, l)}
	add := func(k key, value string) { sec.Facts = append(sec.Facts, fact{say(k).in(l), value}) }
	sec.result, sec.resultAt = s.Result(), len(sec.Facts)
	add(kResult, s.Result().text().in(l))
	if faults := s.faults(); len(faults) > 0 {
		add(kWhy, join(kSemicolon, faults...).in(l))
	} else if open := s.open(); len(open) > 0 {
		add(kWhyOpen, join(kSemicolon, open...).in(l))
	}
	add(kServer, s.Server.told(l))
	add(kClient, s.Client.told(l))
	add(kSent, perWay(server.Sent, client.Sent))
	add(kAnswered, perWay(server.Answered, client.Answered))
	if s.Kind == BothDirections {
		add(kTotal, s.atLeast(strconv.FormatUint(server.Sent+client.Sent, 10)).in(l))
	}
	sec.Facts = append(sec.Facts, s.standstills(l)...)
	add(kErrors, strconv.FormatUint(s.Errors(), 10))
	add(kMinutes, minutes(s.Duration))
	interval := say(kNoInterval).in(l)
	if s.Interval > 0 {
		interval = seconds(s.Interval)
	}
	add(kInterval, interval)
	add(kNotes, s.notes(l))

	for _, t := range [...]table{
		s.routeTable(l), s.stepTable(l), s.heartbeatTable(l), s.trafficTable(l), s.targetTable(l), s.performanceTable(l), s.logTable(l),
	} {
		if len(t.Rows) > 0 {
			sec.Tables = append(sec.Tables, t)
		}
	}
	for _, to := range s.directions() {
		if to.Series != nil && len(to.Series.Points) > 0 {
			sec.Charts = append(sec.Charts, chart{
				Title: say(kChartOf, say(to.name)).in(l), series: to.Series, lang: l,
			})
		}
	}
	return sec
}

// told returns what a section calls a peer, and whether nobody tries such regularly.
func (p Peer) told(l Lang) string {
	name := cmp.Or(likened(p.described(), l), "–")
	if p.Untried {
		return join(kComma, literal(name), say(kUntested)).in(l)
	}
	return name
}

func (p Peer) described() string {
	names := map[string]string{"go": "Go", "rust": "Rust"}
	s := clean(p.String())
	if p.Language == "" {
		return s
	}
	language, known := names[strings.ToLower(p.Language)]
	if !known {
		language = clean(p.Language)
	}
	return strings.TrimSpace(s + " (" + language + ")")
}

func (s *Scenario) notes(l Lang) string {
	var list []text
	for _, note := range s.Notes {
		list = append(list, literal(clean(note)))
	}
	list = append(list, s.remarks()...)
	if n := s.Heartbeats.Missed; n > 0 {
		list = append(list, say(kMissed, n))
	}
	if len(list) == 0 {
		return ""
	}
	return join(kSemicolon, list...).in(l)
}

// heartbeatTable has injected heartbeats and the peers' own side by side.
func (s *Scenario) heartbeatTable(l Lang) table {
	t := table{Title: say(kHeartbeats).in(l), Head: heads(l,
		kDirection, kOrigin, kSentColumn, kAnsweredColumn, kLostColumn, kCutColumn)}
	t.Head = append(t.Head, "p50", "p95", "p99", say(kSlowest).in(l))
	for _, to := range s.directions() {
		if all := to.all(); all.Sent == 0 {
			continue
		}
		for _, row := range [...]struct {
			origin text
			f      session.Figures
		}{
			{say(kInjected), to.Injected},
			{say(kOwnOf, say(to.sender)), to.Own},
			{say(kAll), to.all()},
		} {
			cells := []string{say(to.name).in(l), row.origin.in(l)}
			for _, n := range [...]uint64{row.f.Sent, row.f.Answered, row.f.Lost, row.f.Cut} {
				cells = append(cells, strconv.FormatUint(n, 10))
			}
			for _, d := range [...]session.Millis{row.f.P50, row.f.P95, row.f.P99, row.f.Max} {
				cell := "–"
				if row.f.Answered+row.f.Late > 0 {
					cell = d.String()
				}
				cells = append(cells, cell)
			}
			t.Rows = append(t.Rows, cells)
		}
	}
	return t
}

func (s *Scenario) trafficTable(l Lang) table {
	t := table{Title: say(kTraffic).in(l), Head: heads(l, kPath, kRequests, kFailedColumn, kCompared)}
	add := func(name text, traffic *Traffic) {
		if traffic != nil {
			compared := "–"
			if traffic.BytesCompared > 0 {
				compared = size(traffic.BytesCompared)
			}
			t.Rows = append(t.Rows, []string{
				name.in(l), strconv.FormatUint(traffic.Requests, 10),
				strconv.FormatUint(traffic.Failed, 10), compared,
			})
		}
	}
	add(say(kDirect), s.Direct)
	add(say(kRelayed), s.Relayed)
	add(say(kSpacedPath), s.Spaced)
	if s.Load != nil {
		add(say(kLoad, s.Load.Parallel), &s.Load.Traffic)
	}
	add(say(kUDPDirectPath), s.UDPDirect)
	add(say(kUDPPath), s.UDP)
	if s.Idle != nil {
		add(say(kIdlePath), &s.Idle.Traffic)
	}
	return t
}

func (s *Scenario) performanceTable(l Lang) table {
	t := table{Title: say(kPerformance).in(l), Head: heads(l, kMeasure, kWith, kWithout, kDifference)}
	if s.Throughput != nil {
		ratio, _, _ := s.Throughput.Ratio()
		t.Rows = append(t.Rows, []string{
			say(kThroughputOf).in(l), fmt.Sprintf("%.0f", middle(s.Throughput.With)),
			fmt.Sprintf("%.0f", middle(s.Throughput.Without)), fmt.Sprintf("× %.2f", ratio),
		})
	}
	for i := range s.CPU {
		c := &s.CPU[i]
		t.Rows = append(t.Rows, []string{
			say(kCPUOf, clean(c.Peer)).in(l), fmt.Sprintf("%.3f", c.With.percent()),
			fmt.Sprintf("%.3f", c.Without.percent()), fmt.Sprintf("%+.3f", c.Overhead()),
		})
	}
	return t
}
