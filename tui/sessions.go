package tui

import (
	"fmt"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// sessionsPane lists the sessions, oldest first, below a row that stands for all
// of them together. What is chosen here, the other panes show.
type sessionsPane struct {
	list
	everyone bool // all are chosen together
}

// chosen returns the chosen session, 0 for all. It is not known where the cursor
// was moved to a row that the next answer shows.
func (p *sessionsPane) chosen() (id capture.SessionID, known bool) {
	if p.everyone {
		return 0, true
	}
	return capture.SessionID(p.key), p.key != 0
}

// choose chooses a session that is known by its number.
func (p *sessionsPane) choose(id capture.SessionID) {
	p.everyone, p.follow, p.key = false, false, uint64(id)
}

// ask implements pane. The first line is for the titles, the second for the row
// of all sessions, which stays in sight.
func (p *sessionsPane) ask(q *journal.Query, lines int) {
	q.Sessions = p.window(max(lines-2, 1))
}

// answer implements pane.
func (p *sessionsPane) answer(v *journal.View) {
	keys := make([]uint64, len(v.Sessions))
	for i := range v.Sessions {
		keys[i] = uint64(v.Sessions[i].ID)
	}
	p.list.answer(v.SessionsFrom, v.SessionsAll, keys)
}

// move implements pane.
func (p *sessionsPane) move(m motion) {
	switch {
	case m == toTop, !p.everyone && p.row == 0 && (m == lineUp || m == pageUp):
		p.everyone = true
		p.list.move(toTop)
	case p.everyone && m == lineDown:
		p.everyone = false
	case !p.everyone || m == toEnd || m == pageDown:
		p.everyone = false
		p.list.move(m)
	}
}

// softwareColumn is the number of a column.
const softwareColumn = 4

func sessionColumns(number int) []column {
	return []column{
		{title: "", least: 1, most: 1},
		{title: "#", least: number, most: number, right: true},
		{title: "state", least: 9, most: 9},
		{title: "client", least: 19, most: 21, rank: 1},
		{title: "software", least: 14, most: 20, rank: 5},
		{title: "v", least: 1, most: 1, right: true, rank: 9},
		{title: "streams", least: 7, most: 7, right: true, rank: 2},
		{title: "↑ up", least: 5, most: 5, right: true, rank: 6},
		{title: "↓ down", least: 6, most: 6, right: true, rank: 6},
		{title: "♥→srv", least: 7, most: 7, right: true, rank: 3},
		{title: "♥→cli", least: 7, most: 7, right: true, rank: 7},
		{title: "diag", least: 4, most: 4, right: true, rank: 4},
		{title: "age", least: 6, most: 6, right: true, rank: 8},
		{title: "note", least: 10},
	}
}

// draw implements pane.
func (p *sessionsPane) draw(s *scene, w, h int, focused bool) content {
	newest := 0
	if n := len(s.Sessions); n > 0 {
		newest = int(s.Sessions[n-1].ID)
	}
	t := newTable(sessionColumns(cellsFor(newest)), w)
	c := content{width: w, foot: s.following(p.follow, focused)}
	p.position(&c)
	if h > 2 {
		c.lines = append(c.lines, t.header(&s.styles.row, w))
	}
	if h > 1 {
		pal, mark := s.marker(p.everyone, focused)
		c.lines = append(c.lines, t.line(pal, everyoneRow(s, pal, mark, len(t.columns)), w))
	}
	// A window too small for all of it shows the chosen row at least.
	rows := s.Sessions
	if room := h - len(c.lines); len(rows) > room {
		first := max(min(p.at(), len(rows)-room), 0)
		rows = rows[first : first+room]
	}
	for i := range rows {
		r := &rows[i]
		pal, mark := s.marker(!p.everyone && uint64(r.ID) == p.key, focused)
		c.lines = append(c.lines, t.line(pal, sessionRow(s, pal, r, mark, t.widths[softwareColumn] == 0), w))
	}
	pal := &s.styles.row
	c.note = []span{pal.dim.span(fmt.Sprintf(" %d live · %s ", s.SessionsLive, plural(s.Totals.Sessions, "session")))}
	if s.Totals.SessionsEvicted > 0 {
		c.note = append(c.note, pal.dim.span("· "+count(s.Totals.SessionsEvicted)+" forgotten "))
	}
	return c
}

func everyoneRow(s *scene, p *palette, mark span, n int) []span {
	cells := make([]span, n)
	cells[0] = mark
	cells[1] = p.dim.span("∗")
	cells[2] = p.text.span("all")
	cells[3] = p.dim.span("sessions together")
	cells[6] = p.text.span(count(s.Totals.Streams))
	cells[7] = p.dim.span(size(s.Totals.Wire[protocol.ClientToServer]))
	cells[8] = p.dim.span(size(s.Totals.Wire[protocol.ServerToClient]))
	return cells
}

// sessionRow returns the cells of a session. brief says that there is no column
// for the software: the note then takes it in.
func sessionRow(s *scene, p *palette, r *journal.SessionRow, mark span, brief bool) []span {
	st := &r.State
	body := p.text
	if r.Closed {
		body = p.dim
	}
	sign, word, paint := phase(p, r)
	version := ""
	if v := st.Version(); v > 0 {
		version = count(v)
	}
	end := s.now
	if r.Closed {
		end = r.ClosedAt
	}
	noteText, notePaint := sessionNote(s, p, r)
	if noteText == "" {
		noteText, notePaint = tlsText(r.TLS), p.dim
		if brief && st.Client != "" {
			noteText = st.Client
		}
	}
	if r.Leg != capture.NoLeg {
		noteText = [...]string{capture.ClientLeg: "cli ", capture.ServerLeg: "srv "}[r.Leg] + noteText
	}
	return []span{
		mark,
		body.span(fmt.Sprint(r.ID)),
		paint.span(sign + " " + word),
		body.span(r.Client),
		body.span(st.Client),
		body.span(version),
		body.span(fmt.Sprintf("%d/%d", r.StreamsOpen, st.Streams)),
		body.span(size(st.Payload[protocol.ClientToServer])),
		body.span(size(st.Payload[protocol.ServerToClient])),
		beat(p, r, protocol.Server),
		beat(p, r, protocol.Client),
		odd(p, st),
		p.dim.span(age(end.Sub(r.OpenedAt))),
		notePaint.span(noteText),
	}
}

// odd returns how many diagnostics of the worst kind a session has.
func odd(p *palette, st *session.State) span {
	for _, v := range [...]session.Severity{session.Error, session.Warning, session.Note} {
		if n := st.Severities[v]; n > 0 {
			sign, _, paint := severity(p, v)
			return paint.span(sign + size(n))
		}
	}
	return span{}
}

// phase returns how far a session has come.
func phase(p *palette, r *journal.SessionRow) (sign, word string, paint paint) {
	switch {
	case r.Closed:
		return "○", "ended", p.dim
	case r.State.Phase == session.NotAnyTLSPhase:
		return "◇", "foreign", p.warn
	case r.State.Phase == session.Ready:
		return "●", "ready", p.good
	case r.State.Phase == session.Authenticated:
		return "◐", "authed", p.warn
	default:
		return "◌", "opening", p.warn
	}
}

// beat returns the last round-trip toward a peer, with a cross where others were
// lost.
func beat(p *palette, r *journal.SessionRow, toward protocol.Peer) span {
	switch {
	case r.Lost[toward] > 0 && r.Last[toward] == 0:
		return p.bad.span("lost")
	case r.Last[toward] == 0 && r.Waiting[toward] > 0:
		return p.dim.span("…")
	case r.Last[toward] == 0:
		return p.dim.span("–")
	case r.Lost[toward] > 0:
		return p.warn.span("×" + rtt(r.Last[toward]))
	default:
		return p.heart.span(rtt(r.Last[toward]))
	}
}

// sessionNote returns what is most worth knowing of a session, if anything is
// out of the ordinary.
func sessionNote(s *scene, p *palette, r *journal.SessionRow) (string, paint) {
	st := &r.State
	switch q := s.waiting[r.ID]; {
	case st.Alert != "":
		return "alert: " + st.Alert, p.bad
	case r.Closed && r.Reason != "":
		return r.Reason, p.dim
	case r.Closed && st.Phase == session.NotAnyTLSPhase:
		return "was not AnyTLS", p.dim
	case r.Closed:
		return "by " + st.ClosedBy.String(), p.dim
	case q[protocol.Server].n > 0:
		return fmt.Sprintf("♥→srv %d %v", q[protocol.Server].n, q[protocol.Server].why), p.own
	case q[protocol.Client].n > 0:
		return fmt.Sprintf("♥→cli %d %v", q[protocol.Client].n, q[protocol.Client].why), p.own
	case st.Phase == session.NotAnyTLSPhase:
		return "not AnyTLS: relayed as it is", p.warn
	case st.Auth.Password == session.PasswordDiffers:
		return "other password", p.bad
	case r.TLS == nil && st.Wire == (protocol.ByDirection[uint64]{}):
		return "TLS handshake", p.dim
	case silence(r, s.now) > time.Minute:
		return "silent for " + age(silence(r, s.now)), p.dim
	default:
		return "", p.dim
	}
}

// silence returns how long nothing was seen of a session.
func silence(r *journal.SessionRow, now time.Time) time.Duration {
	last := r.OpenedAt
	for _, at := range r.State.LastAt {
		if at.After(last) {
			last = at
		}
	}
	return now.Sub(last)
}

func tlsText(t *capture.TLS) string {
	if t == nil {
		return ""
	}
	if t.SNI == "" {
		return t.Version + ", no SNI"
	}
	return t.SNI + ", " + t.Version
}
