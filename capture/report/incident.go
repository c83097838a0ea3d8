package report

import (
	"strings"
	"time"

	"anytls-inspect/protocol/session"
)

// An Incident is what diagnostics with one cause come to: what was wrong, since when, and all
// that followed from it. It can be read from the incidents of the command line's summary.
type Incident struct {
	Number   uint64       `json:"incident"` // as the run's events have it
	Cause    session.Code `json:"cause"`
	Severity string       `json:"severity"` // of the worst effect: "error", "warning" or "note"
	Since    time.Time    `json:"since"`
	// Until is when it was over. It is left out where that was not seen: see
	// [Incident.Lasts].
	Until time.Time `json:"until,omitzero"`
	Last  time.Time `json:"last,omitzero"` // when it had its newest effect; zero: not known
	Route string    `json:"route,omitempty"`
	// Server is host:port; empty where it is about no session.
	Server string `json:"server,omitempty"`
	Target string `json:"target,omitempty"` // host:port, where it is about one target
	Rule   uint16 `json:"rule,omitempty"`   // the rule of the run that may be why; left out where none may
	// Sessions and Streams are the first that it was seen in. The counts are of all, and
	// left out where the lists have all.
	Sessions     []uint32 `json:"sessions"`
	SessionCount int      `json:"session_count,omitempty"`
	Streams      []Stream `json:"streams"`
	StreamCount  int      `json:"stream_count,omitempty"`
	// Effects says how many it had of each code of diagnostics, and of notices of bytes
	// and heartbeats that waited.
	Effects map[session.Code]uint64 `json:"effects"`
	Text    string                  `json:"text"` // a sentence
}

// A Stream names a stream of a session.
type Stream struct {
	Session uint32 `json:"session"`
	Stream  uint32 `json:"stream"`
}

// incidentOf returns an incident of the journal as the report has it.
func incidentOf(of *session.Incident) Incident {
	i := Incident{
		Number: of.Number, Cause: of.Cause, Severity: of.Severity.String(),
		Since: of.Since.UTC(), Until: of.Until.UTC(), Last: of.Last.UTC(),
		Route: of.Route, Server: of.Server, Target: of.Target, Rule: of.Rule,
		Sessions: append([]uint32{}, of.Sessions...), Streams: make([]Stream, len(of.Streams)),
		Effects: make(map[session.Code]uint64, len(of.Effects)), Text: of.Text,
	}
	for n, s := range of.Streams {
		i.Streams[n] = Stream(s)
	}
	if of.SessionCount > len(of.Sessions) {
		i.SessionCount = of.SessionCount
	}
	if of.StreamCount > len(of.Streams) {
		i.StreamCount = of.StreamCount
	}
	for _, e := range of.Effects {
		i.Effects[e.Code] = e.Count
	}
	return i
}

// Count returns how many effects it had.
func (i *Incident) Count() (n uint64) {
	for _, count := range i.Effects {
		n += count
	}
	return n
}

// itself returns the sentence as it is shown, without the codes of what followed.
func (i *Incident) itself() string {
	said, _ := i.parts()
	return cleanTo(said, maxSentence)
}

// followed returns the codes of what followed, as they stand behind the sentence; empty: nothing did.
func (i *Incident) followed() string {
	_, rest := i.parts()
	return cleanTo(rest, maxSentence)
}

// parts returns the sentence, and what stands behind it.
func (i *Incident) parts() (said, rest string) {
	at := strings.LastIndex(i.Text, session.WithEffects)
	if at < 0 {
		return i.Text, ""
	}
	if counts := i.Text[at+len(session.WithEffects):]; counts == "" || counts[0] < '0' || counts[0] > '9' {
		return i.Text, "" // it is no count of effects
	}
	return i.Text[:at], i.Text[at:]
}

// Lasts tells whether a peer was as the incident has it until the end of the run. What is no
// state of a peer, such as a refused target, does not last.
func (i *Incident) Lasts() bool { return i.Cause.IsState() && i.Until.IsZero() }

// span returns when it was seen.
func (i *Incident) span() span {
	end := i.Until
	if end.IsZero() {
		end = i.Last
	}
	return span{since: i.Since, end: end, lasts: i.Lasts()}
}

// A span is when something was wrong.
type span struct {
	since, end time.Time // zero: not known
	lasts      bool      // to the end of the run
}

// with returns the span from the beginning of the first to the end of the last of two.
func (s span) with(o span) span {
	if s.since.IsZero() || !o.since.IsZero() && o.since.Before(s.since) {
		s.since = o.since
	}
	if o.end.After(s.end) {
		s.end = o.end
	}
	s.lasts = s.lasts || o.lasts
	return s
}

// text says when it was, for a report that is made at a time. It has the date where that is
// another one than the report's.
func (s span) text(made time.Time) text {
	if s.since.IsZero() {
		return literal("–")
	}
	const clock = "15:04:05"
	since, end := s.since.In(made.Location()), s.end.In(made.Location())
	from := since.Format(clock)
	if since.Format(time.DateOnly) != made.Format(time.DateOnly) {
		from = since.Format(time.DateOnly + " " + clock)
	}
	switch lasted := end.Sub(since); {
	case s.lasts:
		return say(kLastsSince, from)
	case s.end.IsZero():
		return say(kSince, from)
	case lasted < time.Millisecond:
		return literal(from)
	case since.Format(time.DateTime) == end.Format(time.DateTime):
		return say(kAtFor, from, short(session.Millis(lasted.Round(time.Millisecond))))
	case since.Format(time.DateOnly) == end.Format(time.DateOnly):
		return say(kFromTo, from, end.Format(clock), short(session.Millis(lasted.Round(time.Millisecond))))
	default:
		return say(kFromTo, from, end.Format(time.DateOnly+" "+clock), short(session.Millis(lasted.Round(time.Second))))
	}
}
