package pane

import (
	"fmt"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// What a capture could not show of a session stands in its note, in its details, and among its
// frames where it belongs. Its state does not say what a peer does in a direction that is not
// seen.

// blind tells whether a direction of a session is not seen.
func blind(e *journal.Evidence) bool {
	return e.Blind != protocol.ByDirection[journal.Blind]{}
}

// lacks says in a few words what was not seen of a session; nothing where all was. Times that
// may be off are told in the details alone.
func lacks(e *journal.Evidence) phrase {
	up, down := e.Blind[protocol.ClientToServer].Why != "", e.Blind[protocol.ServerToClient].Why != ""
	gaps := e.Gaps[0].Count + e.Gaps[1].Count
	switch {
	case up && down:
		return phrase{"not seen to its end", "not seen"}
	case up:
		return phrase{"client not seen", "cli unseen"}
	case down:
		return phrase{"server not seen", "srv unseen"}
	case gaps > 0 && e.Uncertain:
		return phrase{cell.Plural(gaps, "gap") + ", order unknown", cell.Size(gaps) + " " + cell.Noun(gaps, "gap") + ", ?"}
	case gaps > 0:
		return phrase{cell.Plural(gaps, "gap"), cell.Size(gaps) + " " + cell.Noun(gaps, "gap")}
	case e.Uncertain:
		return phrase{"order unknown", "no order"}
	default:
		return nil
	}
}

// with puts what was not seen in front of what else is to say of a session. Where there is room
// for one of the two, it is of a session that ended what was not seen.
func (p phrase) with(unseen phrase, ended bool) phrase {
	switch {
	case len(unseen) == 0:
		return p
	case len(p) == 0:
		return unseen
	}
	short, last := unseen[len(unseen)-1], p[len(p)-1]
	both := phrase{unseen[0] + "; " + p[0]}
	if two := unseen[0] + "; " + last; two != both[0] {
		both = append(both, two)
	}
	if two := short + "; " + last; two != both[len(both)-1] {
		both = append(both, two)
	}
	if ended {
		return append(both, unseen...)
	}
	return append(both, p...)
}

// unseenFields tells what was not seen of a session, and what is known of times and order.
func unseenFields(p *cell.Palette, e *journal.Evidence) (fields []field) {
	label := "not seen"
	for _, words := range e.Words() {
		fields = append(fields, field{label: label, value: words, paint: p.Warn})
		label = ""
	}
	for _, words := range journal.OrderWords(e.Within, e.Uncertain, e.Why) {
		fields = append(fields, field{label: "order", value: words, paint: p.Warn})
	}
	return fields
}

// atLeast marks a number of bytes of a direction of which not all was seen.
func atLeast(e *journal.Evidence, dir protocol.Direction, n uint64) string {
	if e.PartlySeen(dir) {
		return "≥" + cell.Size(n)
	}
	return cell.Size(n)
}

// versionText returns a session's version for a list; with a question mark where it is supposed,
// and that alone where the server's word was not seen.
func versionText(r *journal.SessionRow) string {
	st := &r.State
	switch v := st.Version(); {
	case st.ClientVersion > 0 && versionUnseen(r):
		return "?"
	case v > 0 && st.VersionSupposed():
		return cell.Count(v) + "?"
	case v > 0:
		return cell.Count(v)
	default:
		return ""
	}
}

// versionUnseen tells whether the server may have said its version where nobody saw it.
func versionUnseen(r *journal.SessionRow) bool {
	return r.State.ServerVersion == 0 && r.Evidence.PartlySeen(protocol.ServerToClient)
}

// lackWords says what is not seen from a place on, or between two frames.
func lackWords(e *journal.Entry) string {
	switch x := e.Notice.(type) {
	case journal.Gap:
		return x.Words()
	case journal.Unseen:
		return x.Words()
	case journal.Order:
		return x.Words()
	default:
		return ""
	}
}

// lackDirection returns the direction in which something is not seen; ok is false of what is
// about both.
func lackDirection(e *journal.Entry) (dir protocol.Direction, ok bool) {
	switch x := e.Notice.(type) {
	case journal.Gap:
		return x.Dir, true
	case journal.Unseen:
		return x.Dir, true
	default:
		return 0, false
	}
}

// lackPhrase says what is not seen in fewer and fewer words. Where a reason has no room, the
// details have it whole.
func lackPhrase(e *journal.Entry) phrase {
	text := phrase{lackWords(e)}
	switch x := e.Notice.(type) {
	case journal.Gap: // how many has a column of its own
		if x.Bytes == 1 {
			return phrase{"byte is missing", "missing"}
		}
		return phrase{"bytes are missing", "missing"}
	case journal.Unseen:
		return append(text, x.Why) // whose end is cut
	case journal.Order:
		if x.Uncertain {
			return append(text, "order unknown: "+x.Why)
		}
		return append(text, "times ± "+cell.RTT(x.Within), "± "+cell.RTT(x.Within))
	default:
		return text
	}
}

// lackRow returns the cells of what was not seen, in the table of frames, for info of so many
// cells.
func lackRow(s *Scene, p *cell.Palette, e *journal.Entry, mark cell.Span, info int) []cell.Span {
	arrow := p.Warn.Span("·")
	if dir, ok := lackDirection(e); ok {
		arrow = p.Warn.Span(cell.Arrow(dir))
	}
	missing := "┄"
	switch gap, is := e.Notice.(journal.Gap); {
	case is && gap.Bytes < 0:
		missing = "?"
	case is && gap.Bytes < 100_000:
		missing = cell.Count(gap.Bytes)
	case is:
		missing = cell.Size(uint64(gap.Bytes))
	}
	return []cell.Span{
		mark,
		p.Dim.Span(s.stamp(e.At, s.since())),
		p.Warn.Span(fmt.Sprint(e.Session)),
		arrow,
		p.Warn.Span("┄ " + e.Notice.NoticeName() + " ┄"),
		p.Warn.Span("┄"),
		p.Warn.Span(missing),
		p.Warn.Span(lackPhrase(e).in(info)),
	}
}

// lackFields describes what was not seen.
func lackFields(s *Scene, e *journal.Entry) []field {
	p := &s.Styles.Row
	label := "not seen"
	if _, is := e.Notice.(journal.Order); is {
		label = "order"
	}
	fields := []field{{label: label, value: lackWords(e), paint: p.Warn}}
	if dir, ok := lackDirection(e); ok {
		fields = append(fields, field{label: "direction", value: fmt.Sprintf("%s %v to %v", cell.Arrow(dir), dir.Sender(), dir.Receiver()), paint: directionPaint(p, dir)})
	}
	fields = append(
		fields,
		field{label: "time", value: frameTime(s, e), paint: p.Text},
		field{label: "session", value: fmt.Sprint(e.Session), paint: p.Text},
	)
	why := "no diagnostic rests on it"
	switch x := e.Notice.(type) {
	case journal.Gap:
		why = "the capture lacks packets: " + why + ", and the frames inside it are not listed"
	case journal.Unseen:
		why += ", and nothing is said of what the " + x.Dir.Sender().String() + " does"
	case journal.Order:
		why = "no diagnostic rests on times any nearer"
		if x.Uncertain {
			why = "no diagnostic rests on what came first"
		}
	}
	return append(fields, field{label: "so", value: why, paint: p.Dim})
}

// streamCounts returns how many streams of a session are open, and how many there were; at least
// so many where not all was seen of the client, which opens them.
func streamCounts(r *journal.SessionRow) string {
	mark := ""
	if r.Evidence.PartlySeen(protocol.ClientToServer) {
		mark = "≥"
	}
	return fmt.Sprintf("%d/%s%d", r.StreamsOpen, mark, r.State.Streams)
}

// nothingOdd says in lines of at most w cells, at most h, that there is no incident, as far as
// that can be said of what was seen.
func nothingOdd(s *Scene, w, h int) []cell.Span {
	p := &s.Styles.Row
	switch partly := s.Summary.PartlySeen; {
	case len(s.Barren.Reasons) > 0:
		text := []cell.Span{p.Text.Span("nothing is known: no session has a frame")}
		return append(text, s.barren(min(w-2, 100), h-len(text))...)
	case partly > 0:
		return []cell.Span{
			p.Good.Span("nothing odd in what was seen"),
			p.Dim.Span("not all was seen of " + cell.Plural(partly, "session") + ": the list says what"),
		}
	default:
		return []cell.Span{p.Good.Span("nothing odd so far")}
	}
}

// barrenAlike tells whether several sessions have no frame, and all for the same reason.
func (s *Scene) barrenAlike() bool {
	b := &s.Barren
	return b.Sessions > 1 && len(b.Reasons) == 1 && b.Reasons[0].Sessions == b.Sessions
}

// barren says in lines of at most w cells, at most so many, why no session has a frame.
func (s *Scene) barren(w, lines int) []cell.Span {
	b := &s.Barren
	if len(b.Reasons) == 0 {
		return nil
	}
	var why []session.Diagnostic
	for i := len(b.Reasons) - 1; i >= 0; i-- { // the last is told first
		r := b.Reasons[i]
		text := "other reasons"
		if r.Why != "" {
			text = r.Why
		}
		why = append(why, session.Diagnostic{Severity: session.Warning, Text: cell.Plural(r.Sessions, "session") + ": " + text})
	}
	return Told(&s.Styles.Row, why, w, lines)
}
