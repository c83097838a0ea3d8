package tui

import (
	"fmt"
	"strings"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// heartbeatsPane shows the heartbeats of the chosen session, or of all: toward
// each peer, those injected and the other peer's own.
type heartbeatsPane struct{}

// ask implements pane: the journal always answers for the chosen session.
func (heartbeatsPane) ask(*journal.Query, int) {}

// answer implements pane.
func (heartbeatsPane) answer(*journal.View) {}

// move implements pane: there is nothing to move.
func (heartbeatsPane) move(motion) {}

func heartbeatColumns() []column {
	return []column{
		{title: "", least: 17, most: 17},
		{title: "sent", least: 4, most: 7, right: true},
		{title: "ans", least: 4, most: 7, right: true},
		{title: "lost", least: 4, most: 6, right: true},
		{title: "wait", least: 4, most: 5, right: true, rank: 2},
		{title: "last", least: 6, most: 7, right: true},
		{title: "p50", least: 6, most: 7, right: true},
		{title: "p95", least: 6, most: 7, right: true},
		{title: "p99", least: 6, most: 7, right: true, rank: 3},
		{title: "max", least: 6, most: 7, right: true},
	}
}

// draw implements pane.
func (heartbeatsPane) draw(s *scene, w, h int, focused bool) content {
	pal := &s.styles.row
	t := newTable(heartbeatColumns(), w)
	c := content{width: w, note: []span{pal.dim.span(" " + whose(s) + " ")}}
	if h > 4 {
		c.lines = append(c.lines, t.header(pal, w))
	}
	peers := [...]protocol.Peer{protocol.Server, protocol.Client}
	var notices [len(peers)][]span
	room := h - len(c.lines) - 2*len(peers)
	for i, toward := range peers {
		notices[i] = heartbeatNotice(s, toward)
		if len(notices[i]) > 0 {
			room--
		}
	}
	bars := max(min(room/len(peers), 3), 0)
	for i, toward := range peers {
		v := &s.Heartbeats[toward]
		for _, origin := range [...]session.Origin{session.Injected, session.Own} {
			c.lines = append(c.lines, t.line(pal, heartbeatRow(pal, v, toward, origin), w))
		}
		if len(notices[i]) > 0 {
			c.lines = append(c.lines, line(pal, notices[i], w))
		}
		c.lines = append(c.lines, scaled(pal, v, bars, w)...)
	}
	c.lines = c.lines[:min(len(c.lines), h)]
	return c
}

func whose(s *scene) string {
	switch {
	case s.Session != nil:
		return fmt.Sprintf("session %d", s.Session.ID)
	default:
		return "all sessions"
	}
}

func heartbeatRow(p *palette, v *journal.HeartbeatView, toward protocol.Peer, o session.Origin) []span {
	f, who := &v.Injected, p.own.span(" →"+toward.String()+" injected")
	if o == session.Own {
		f, who = &v.Own, p.text.span("   "+o.Name(toward)+"'s own")
	}
	cells := []span{who}
	if f.Sent == 0 {
		for range heartbeatColumns()[1:] {
			cells = append(cells, p.dim.span("–"))
		}
		return cells
	}
	lost := p.dim.span("0")
	switch {
	case f.Lost > 0:
		lost = p.bad.span(count(f.Lost))
	case f.Unsupported > 0:
		lost = p.warn.span("?")
	}
	waiting := p.dim.span("0")
	if f.Waiting > 0 {
		waiting = p.warn.span(count(f.Waiting))
	}
	return append(cells,
		p.text.span(count(f.Sent)), p.good.span(count(f.Answered)), lost, waiting,
		p.strong.span(rtt(f.Last.Duration())), p.text.span(rtt(f.P50.Duration())), p.text.span(rtt(f.P95.Duration())),
		p.text.span(rtt(f.P99.Duration())), p.text.span(rtt(f.Max.Duration())))
}

// scaled draws the round-trips with their scale.
func scaled(p *palette, v *journal.HeartbeatView, rows, w int) []string {
	const scale = 10
	bars, top := sparkline(p, v.Series, rows, w-scale)
	lines := make([]string, len(bars))
	for i, b := range bars {
		label, tick := "", "│"
		switch {
		case len(v.Series) == 0:
			lines[i] = blank(w)
			continue
		case i == 0:
			label, tick = rtt(top), "┤"
		case i == len(bars)-1:
			label, tick = "0", "┤"
		}
		lines[i] = p.dim.text(fitRight(label, scale-2)+" "+tick) + b
	}
	return lines
}

// heartbeatNotice says what stands in a heartbeat's way: why requests wait to be
// written, or why answers fail to come.
func heartbeatNotice(s *scene, toward protocol.Peer) []span {
	pal := &s.styles.row
	var queued queue
	for _, q := range s.waiting {
		queued.n += q[toward].n
		if q[toward].n > 0 {
			queued.why = q[toward].why
		}
	}
	if s.Session != nil {
		queued = s.waiting[s.Session.ID][toward]
	}
	v := &s.Heartbeats[toward]
	unsupported := v.Injected.Unsupported + v.Own.Unsupported
	late := v.Injected.Late + v.Own.Late
	switch {
	case queued.n > 0:
		why := queued.why.String()
		if queued.n > 1 {
			why = strings.Replace(why, "waits", "wait", 1)
		}
		return []span{pal.own.span("  " + plural(queued.n, "request") + " " + why + inside(s, toward, queued.why))}
	case unsupported > 0:
		return []span{pal.warn.span("  " + count(unsupported) + " without an answer: version 1, so unsupported?")}
	case s.Session != nil && stalled(s, toward):
		return []span{pal.warn.span("  stalled, probably by stream data that is not drained")}
	case late > 0:
		return []span{pal.dim.span("  " + count(late) + " of the lost were answered late")}
	default:
		return nil
	}
}

// inside says inside of which frame the direction toward a peer is.
func inside(s *scene, toward protocol.Peer, why capture.Outcome) string {
	if s.Session == nil || why != capture.WaitsMidFrame {
		return ""
	}
	dir := toward.Toward()
	h, left := s.Session.Inside[dir], s.Session.Left[dir]
	if left == 0 {
		return ""
	}
	return fmt.Sprintf(": %v of stream %d, %s bytes to come", h.Command, h.Stream, count(left))
}

// stalled reports whether a peer seems to have stopped answering because it is
// busy with a stream, and not because it is dead: its bytes still come.
func stalled(s *scene, toward protocol.Peer) bool {
	v := &s.Heartbeats[toward]
	if s.Session.Closed || v.Injected.Waiting+v.Own.Waiting == 0 || v.Injected.Lost+v.Own.Lost == 0 {
		return false
	}
	return s.now.Sub(s.Session.State.LastAt[toward.Toward().Reverse()]) < aging
}
