package pane

import (
	"fmt"
	"strings"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// Heartbeats shows the figures of the heartbeats of the chosen session, or of all:
// toward each peer, those that we injected and the other peer's own.
type Heartbeats struct {
	leaf
	session capture.SessionID
	answer  journal.Heartbeats
}

// Show turns the pane to a session; 0 stands for all.
func (p *Heartbeats) Show(id capture.SessionID) { p.session = id }

// Ask implements Pane.
func (p *Heartbeats) Ask(at journal.Moment, _ int) Intent {
	p.answer = journal.Look(at, journal.AskHeartbeats{Session: p.session})
	return nil
}

// Move implements Pane: there is nothing to move.
func (p *Heartbeats) Move(Motion) Intent { return nil }

// Back implements Pane.
func (p *Heartbeats) Back() Intent { return nil }

func heartbeatColumns() []cell.Column {
	return []cell.Column{
		{Title: "", Least: 17, Most: 17},
		{Title: "sent", Least: 4, Most: 7, Right: true},
		{Title: "ans", Least: 4, Most: 7, Right: true},
		{Title: "lost", Least: 4, Most: 6, Right: true},
		{Title: "wait", Least: 4, Most: 5, Right: true, Rank: 2},
		{Title: "last", Least: 6, Most: 7, Right: true},
		{Title: "p50", Least: 6, Most: 7, Right: true},
		{Title: "p95", Least: 6, Most: 7, Right: true},
		{Title: "p99", Least: 6, Most: 7, Right: true, Rank: 3},
		{Title: "max", Least: 6, Most: 7, Right: true},
	}
}

// Draw implements Pane.
func (p *Heartbeats) Draw(s *Scene, w, h int, focused bool) cell.Content {
	pal := &s.Styles.Row
	t := cell.NewTable(heartbeatColumns(), w)
	c := cell.Content{Width: w, Note: []cell.Span{pal.Dim.Span(" " + whose(s) + " ")}}
	if h > 4 {
		c.Lines = append(c.Lines, t.Header(pal, w))
	}
	peers := [...]protocol.Peer{protocol.Server, protocol.Client}
	var obstacles [len(peers)][]string
	room := h - len(c.Lines) - 2*len(peers)
	for i, toward := range peers {
		most := room
		if other, _ := p.hindrance(s, peers[1-i]); other != "" {
			most = room / 2 // there is more to say
		}
		obstacles[i] = p.obstacle(s, toward, w, max(most, 2))
	}
	for i := range obstacles {
		room -= len(obstacles[i])
	}
	for i, toward := range peers {
		left := len(peers) - i
		bars := max(min((room+left-1)/left, 3), 0) // what can't be shared is the first one's
		room -= bars
		v := &p.answer[toward]
		for _, origin := range [...]session.Origin{session.OriginRelay, session.OriginPeer} {
			c.Lines = append(c.Lines, t.Line(pal, heartbeatRow(pal, v, toward, origin), w))
		}
		c.Lines = append(c.Lines, obstacles[i]...)
		c.Lines = append(c.Lines, cell.Chart(pal, v.Series, bars, w)...)
	}
	c.Lines = c.Lines[:min(len(c.Lines), h)]
	return c
}

// whose returns which sessions the heartbeats are of.
func whose(s *Scene) string {
	switch {
	case s.Session != nil:
		return fmt.Sprintf("session %d", s.Session.ID)
	case s.Showing != 0:
		return fmt.Sprintf("session %d, no longer held", s.Showing)
	default:
		return "all sessions"
	}
}

// heartbeatRow returns the figures of the heartbeats of one origin toward a peer.
func heartbeatRow(p *cell.Palette, v *journal.TowardHeartbeats, toward protocol.Peer, o session.Origin) []cell.Span {
	f, who := &v.Injected, p.Own.Span(" →"+toward.String()+" injected")
	if o == session.OriginPeer {
		f, who = &v.Own, p.Text.Span("   "+o.Name(toward)+"'s own")
	}
	cells := []cell.Span{who}
	if f.Sent == 0 {
		for range heartbeatColumns()[1:] {
			cells = append(cells, p.Dim.Span("–"))
		}
		return cells
	}
	lost := p.Dim.Span("0")
	switch {
	case f.Lost > 0:
		lost = p.Bad.Span(cell.Count(f.Lost))
	case f.Unsupported > 0:
		lost = p.Warn.Span("?")
	}
	waiting := p.Dim.Span("0")
	if f.Waiting > 0 {
		waiting = p.Warn.Span(cell.Count(f.Waiting))
	}
	return append(cells,
		p.Text.Span(cell.Count(f.Sent)), p.Good.Span(cell.Count(f.Answered)), lost, waiting,
		p.Strong.Span(cell.RTT(f.Last.Duration())), p.Text.Span(cell.RTT(f.P50.Duration())), p.Text.Span(cell.RTT(f.P95.Duration())),
		p.Text.Span(cell.RTT(f.P99.Duration())), p.Text.Span(cell.RTT(f.Max.Duration())))
}

// obstacle says in lines of w cells, at most so many, what keeps heartbeats toward a peer from
// being written or answered. There are none where nothing does.
func (p *Heartbeats) obstacle(s *Scene, toward protocol.Peer, w, most int) (lines []string) {
	pal := &s.Styles.Row
	text, paint := p.hindrance(s, toward)
	if text == "" {
		return nil
	}
	for _, part := range cell.Cut(cell.Wrap(text, w-2), most, w-2) {
		lines = append(lines, cell.Line(pal, []cell.Span{paint.Span("  " + part)}, w))
	}
	return lines
}

// hindrance says what keeps heartbeats toward a peer from being written or answered;
// nothing where nothing does.
func (p *Heartbeats) hindrance(s *Scene, toward protocol.Peer) (string, cell.Paint) {
	pal := &s.Styles.Row
	queued := s.Waiting[s.Showing][toward]
	if s.Showing == 0 {
		for _, q := range s.Waiting {
			if q[toward].N > 0 {
				queued.N += q[toward].N
				queued.Why = max(queued.Why, q[toward].Why)
			}
		}
	}
	v := &p.answer[toward]
	unsupported := v.Injected.Unsupported + v.Own.Unsupported
	late := v.Injected.Late + v.Own.Late
	switch {
	case s.Session != nil && !s.Session.Closed && !s.Session.State.Waits[toward].Since.IsZero():
		return waits(s, s.Session.State.Waits[toward], queued.N), pal.Own
	case s.Showing == 0 && s.Summary.Still.Waits[toward] > 0:
		return "requests wait in " + cell.Plural(s.Summary.Still.Waits[toward], "session"), pal.Own
	case queued.N > 0:
		why := queued.Why.String()
		if queued.N > 1 {
			why = strings.Replace(why, "waits", "wait", 1)
		}
		return cell.Plural(queued.N, "request") + " " + why + inside(s, toward, queued.Why), pal.Own
	case unsupported > 0:
		return cell.Count(unsupported) + " without an answer, and nothing shows version 2", pal.Warn
	case s.Session != nil && p.stalled(s, toward):
		return "stalled, probably by stream data that is not drained", pal.Warn
	case late > 0:
		if late == 1 {
			return "1 of the lost was answered late", pal.Dim
		}
		return cell.Count(late) + " of the lost were answered late", pal.Dim
	default:
		return p.unseen(s, toward), pal.Warn
	}
}

// unseen says why nothing is known of what a peer does with heartbeats; nothing where that can
// be seen.
func (p *Heartbeats) unseen(s *Scene, toward protocol.Peer) string {
	if s.Session == nil {
		return ""
	}
	answers := toward.Toward().Reverse()
	if words := s.Session.Evidence.Blind[answers].Words(answers); words != "" {
		return words
	}
	if s.Replayed && toward == protocol.Server && s.Session.Closed && s.Session.State.Frames == (protocol.ByDirection[uint64]{}) {
		return s.whyNothing()
	}
	return ""
}

// waits says since when requests wait, and why; n is how many stand in the queue, 0 where
// none was made because of that.
func waits(s *Scene, w session.HeartbeatWaiting, n int) string {
	who := "requests wait"
	switch {
	case n == 1:
		who = "1 request waits"
	case n > 1:
		who = cell.Count(n) + " " + who
	}
	return fmt.Sprintf("%s for %s, since %s: %s", who, cell.Age(s.Now.Sub(w.Since)), w.Since.In(s.Now.Location()).Format("15:04:05"), w.Why)
}

// inside says which frame a request toward a peer waits for, if it waits for one.
func inside(s *Scene, toward protocol.Peer, why capture.Outcome) string {
	if s.Session == nil || why != capture.WaitsMidFrame {
		return ""
	}
	dir := toward.Toward()
	h, left := s.Session.Inside[dir], s.Session.Left[dir]
	if left == 0 {
		return ""
	}
	return fmt.Sprintf(": %v of stream %d, %s bytes to come", h.Command, h.Stream, cell.Count(left))
}

// lively is the longest time since the last bytes of a peer that still sends.
const lively = time.Second

// stalled tells whether a peer does not answer although it is alive: its bytes
// still come, so it is probably busy with a stream.
func (p *Heartbeats) stalled(s *Scene, toward protocol.Peer) bool {
	v := &p.answer[toward]
	if s.Session.Closed || blind(&s.Session.Evidence) || v.Injected.Waiting+v.Own.Waiting == 0 || v.Injected.Lost+v.Own.Lost == 0 {
		return false
	}
	return s.Now.Sub(s.Session.State.LastAt[toward.Toward().Reverse()]) < lively
}
