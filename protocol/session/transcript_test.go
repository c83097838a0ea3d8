package session_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
	"anytls-inspect/protocol/session"
)

// start is when every script begins.
var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// A transcript is what trackers make of a script, as text, session by session. It
// has a line for each frame (c> or s>), notice (=) and diagnostic (!), in order, and
// then the state.
type transcript struct {
	views []*view // in the order of their first steps
}

// String returns the text.
func (tr *transcript) String() string {
	var all strings.Builder
	for _, v := range tr.views {
		if len(tr.views) > 1 {
			fmt.Fprintf(&all, "=== session %d\n", v.n)
		}
		all.WriteString(v.String())
	}
	return all.String()
}

// A view handles the tracker of one session.
type view struct {
	strings.Builder
	n       uint32
	tracker *session.Tracker
	fed     protocol.ByDirection[int] // bytes handed over
	// framings cut what is handed over, where the source does.
	framings protocol.ByDirection[session.Framing]
}

// view returns the view of session n, and makes it where there is none.
func (tr *transcript) view(n uint32, cfg session.Config) *view {
	i := slices.IndexFunc(tr.views, func(v *view) bool { return v.n == n })
	if i >= 0 {
		return tr.views[i]
	}
	v := &view{n: n}
	v.tracker = session.NewTracker(cfg, v)
	for d := range v.framings {
		v.framings[d] = session.NewFraming(protocol.Direction(d))
	}
	tr.views = append(tr.views, v)
	return v
}

func (tr *transcript) tick(now time.Time) {
	for _, v := range tr.views {
		v.tracker.Tick(now)
	}
}

// diagnostics returns how many of each code there were, in all sessions.
func (tr *transcript) diagnostics() map[session.Code]uint64 {
	all := make(map[session.Code]uint64)
	for _, v := range tr.views {
		for code, n := range v.tracker.Diagnostics() {
			all[code] += n
		}
	}
	return all
}

func (v *view) line(at time.Time, format string, args ...any) {
	fmt.Fprintf(v, "%-7v %s\n", at.Sub(start), fmt.Sprintf(format, args...))
}

// arrow is how scripts write a direction.
func arrow(d protocol.Direction) string { return d.Sender().String()[:1] + ">" }

// Frame implements [session.Handler].
func (v *view) Frame(f *session.Frame) {
	name := f.Header.Command.String()
	if f.Preamble {
		name = "preamble"
	}
	text := arrow(f.Dir) + " " + name
	if f.Header.Stream != 0 {
		text += fmt.Sprintf(" %d", f.Header.Stream)
	}
	if f.Header.Length > 0 {
		text += fmt.Sprintf(" %d bytes", f.Header.Length)
	}
	if info := f.Info(); info != "" && !f.Preamble {
		text += " (" + info + ")"
	}
	if f.Preamble {
		text += fmt.Sprintf(" %x…", f.Data[:4])
	} else if len(f.Data) > 0 {
		text += fmt.Sprintf(" %.40q", f.Data[:min(len(f.Data), 24)])
	}
	for _, mark := range []struct {
		set  bool
		name string
	}{{f.Fate.Kind != session.Forwarded, f.Fate.Kind.String()}, {f.Target, "target"}, {f.Cut, "cut"}} {
		if mark.set {
			text += " " + mark.name
		}
	}
	v.line(f.At, "%s", text)
}

// Notice implements [session.Handler].
func (v *view) Notice(n session.Notice) {
	at := v.tracker.Now()
	switch n := n.(type) {
	case session.Auth:
		v.line(at, "= auth: password %v, fingerprint %s, padding %d", n.Password, n.Fingerprint, n.Padding)
	case session.StreamOpen:
		v.line(at, "= stream-open %d: %s, udp %v", n.Stream, n.Target, n.UDP)
	case session.StreamClose:
		v.line(at, "= stream-close %d: by %v, up %d, down %d, SYNACK %v %v, error %q", n.Stream, n.By, n.Up, n.Down, n.HasACK, n.SYNACK, n.Error)
	case session.HeartbeatResult:
		outcome := "answered in " + n.RTT.String()
		switch {
		case n.Late:
			outcome = "answered late, in " + n.RTT.String()
		case n.Lost:
			outcome = "lost"
		case n.Unsupported:
			outcome = "not supported"
		}
		v.line(at, "= heartbeat toward %v, %s: %s", n.Toward, n.Origin.Name(n.Toward), outcome)
	case session.Diagnostic:
		where := "session"
		if n.Stream != 0 {
			where = fmt.Sprintf("stream %d", n.Stream)
		}
		v.line(at, "! %v %s #%d, %s %v: %s", n.Severity, n.Code, n.Nth, where, n.Dir, n.Text)
	case session.Blocked:
		if n.Ended {
			v.line(at, "= blocked %v: ended, since %v", arrow(n.Dir), n.Since.Sub(start))
			return
		}
		v.line(at, "= blocked %v: %d bytes since %v, stream %d: %s", arrow(n.Dir), n.Bytes, n.Since.Sub(start), n.Stream, n.Text)
	case session.HeartbeatWaiting:
		if n.Ended {
			v.line(at, "= heartbeats toward %v go", n.Toward)
			return
		}
		v.line(at, "= heartbeats toward %v wait since %v: %s", n.Toward, n.Since.Sub(start), n.Why)
	case session.Application:
		line := script.Step{Kind: script.Rule, Dir: n.Dir, Applied: n}
		v.line(at, "= %s", line.String())
	default:
		v.line(at, "= %s: %+v", n.NoticeName(), n)
	}
}

// state writes what is known of the sessions at the end.
func (tr *transcript) state() {
	for _, v := range tr.views {
		v.state()
	}
}

func (v *view) state() {
	t, st := v.tracker, v.tracker.State()
	p := func(format string, args ...any) { fmt.Fprintf(v, format+"\n", args...) }
	p("")
	p("session: %v, version %d (client %d, server %d)", st.Phase, st.Version(), st.ClientVersion, st.ServerVersion)
	if st.Phase == session.Ended {
		p("  closed by %v", st.ClosedBy)
	}
	if o := st.Outcome; o > session.OutcomeAccepted {
		p("  came to: %v", o)
	}
	if codes, severity := t.Overruled(); len(codes) > 0 {
		p("  accepted in spite of %v %v", severity, codes)
	}
	if st.Client != "" || st.PaddingMD5 != "" {
		p("  client %q, padding-md5 %q, scheme known %v", st.Client, st.PaddingMD5, st.Scheme != nil)
	}
	if st.UpdatedMD5 != "" {
		p("  new scheme %s", st.UpdatedMD5)
	}
	if st.Alert != "" {
		p("  alert %q", st.Alert)
	}
	for peer, at := range st.Gone {
		if !at.IsZero() {
			p("  %v gone since %v", protocol.Peer(peer), at.Sub(start))
		}
	}
	for d := range st.Wire {
		dir := protocol.Direction(d)
		if st.Wire[d] == 0 && st.Evidence.Missing[d] == 0 {
			continue
		}
		text := fmt.Sprintf("%v: %v, %d bytes, payload %d, frames %d", dir, t.Framing(dir).State(), st.Wire[d], st.Payload[d], st.Frames[d])
		for c, n := range st.Commands[d] {
			if n > 0 {
				text += fmt.Sprintf(", %v %d", protocol.Command(c), n)
			}
		}
		for _, other := range []struct {
			name string
			n    uint64
		}{{"unknown", st.Unknown[d]}, {"opaque", st.Opaque[d]}, {"missing", st.Evidence.Missing[d]}} {
			if other.n > 0 {
				text += fmt.Sprintf(", %s %d", other.name, other.n)
			}
		}
		if h, left, ok := t.Framing(dir).Pending(); ok {
			text += fmt.Sprintf(", inside %v with %d bytes to come", h.Command, left)
		}
		p("%s", text)
	}
	for _, o := range t.AppendOwed(nil) {
		text := fmt.Sprintf("the %v owes %v", o.By, o.What)
		if o.Stream != 0 {
			text += fmt.Sprintf(" of stream %d", o.Stream)
		}
		if o.Count != 1 {
			text += fmt.Sprintf(" x %d", o.Count)
		}
		switch {
		case o.Lost:
			text += fmt.Sprintf(", which rule %d dropped,", o.Rule)
		case o.Rule != 0:
			text += fmt.Sprintf(", which rule %d holds,", o.Rule)
		}
		p("%s since %v", text, o.Since.Sub(start))
	}
	v.streams(p)
	v.heartbeats(p)
	for _, code := range slices.Sorted(maps.Keys(t.Diagnostics())) {
		p("diagnostics: %s %d", code, t.Diagnostics()[code])
	}
}

func (v *view) streams(p func(string, ...any)) {
	n, open, gone := v.tracker.StreamCount()
	if st := v.tracker.State(); st.Streams > 0 {
		text := fmt.Sprintf("streams: %d, open %d, forgotten %d, last %d", st.Streams, open, gone, st.LastStream)
		if st.Carried+st.Refused+st.Cut > 0 {
			text += fmt.Sprintf("; carried %d, refused %d, cut %d", st.Carried, st.Refused, st.Cut)
		}
		p("%s", text)
	}
	for i := range n {
		s := v.tracker.Stream(i)
		text := fmt.Sprintf("  %d %v", s.ID, s.State)
		if s.State >= session.HalfClosed {
			text += fmt.Sprintf(" by %v", s.By)
		}
		text += fmt.Sprintf(", target %q", s.Target)
		if s.UDP {
			text += " udp"
		}
		text += fmt.Sprintf(", up %d, down %d, from %v to %v", s.Up, s.Down, s.OpenedAt.Sub(start), s.LastAt.Sub(start))
		if s.HasACK {
			text += fmt.Sprintf(", SYNACK %v %q", s.SYNACK, s.Error)
		}
		p("%s", text)
	}
}

func (v *view) heartbeats(p func(string, ...any)) {
	for peer := protocol.Client; peer <= protocol.Server; peer++ {
		for o := session.OriginRelay; o <= session.OriginPeer; o++ {
			h := v.tracker.Heartbeats(peer, o)
			if h.Sent == 0 {
				continue
			}
			q := h.Quantiles()
			p("heartbeats toward %v, %s: sent %d = answered %d + lost %d + unsupported %d + cut %d + waiting %d; late %d, last %v, recorded %d",
				peer, o.Name(peer), h.Sent, h.Answered, h.Lost, h.Unsupported, h.Cut, h.Waiting(), h.Late, h.Last, q.Count)
		}
		if series := v.tracker.AppendSeries(nil, peer); len(series) > 0 {
			p("  series %v", series)
		}
	}
}
