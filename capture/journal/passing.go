package journal

import "anytls-inspect/protocol/session"

// Passing counts what passed in all sessions, whoever caused it. Nobody drove it for the run, so
// it is observed, and not measured. Of streams beyond those that are followed, of thousands that
// are open at once, only Streams and Bytes are counted.
type Passing struct {
	Streams uint64 `json:"streams"` // that were opened
	Carried uint64 `json:"carried"` // of these, on which payload of both peers passed, targets not counted
	Refused uint64 `json:"refused"` // that the server refused, with a SYNACK that has a text
	// Cut counts those that ended with their session, where neither peer had ended them, and the
	// client did not leave in good order: it did not end its TCP stream first, with close_notify
	// or without. That the run or the capture came to its end cuts none, nor does a session of
	// which something was not seen since the stream was opened, or that the server rejected.
	Cut   uint64 `json:"cut"`
	Bytes uint64 `json:"bytes"` // of payload, of both directions, targets not counted
	Busy  Busy   `json:"busy"`
}

// Outcomes counts sessions by how far they came: see [session.Outcome]. Sessions of which too
// little was seen are in none of them, and so are clients that left before the server owed
// anything, or before it had owed it for [session.OwedTime]. One that is open counts by how far
// it has come.
type Outcomes struct {
	Carried    uint64 `json:"carried"`    // the server accepted it: it sent a frame other than an Alert
	Unanswered uint64 `json:"unanswered"` // the server owed an answer, and sent no frame
	Rejected   uint64 `json:"rejected"`   // the server closed it without a frame, or with an Alert alone
	TLSFailed  uint64 `json:"tls_failed"` // TLS failed, of whichever leg
}

// of returns the count of an outcome, nil where it is not counted.
func (o *Outcomes) of(outcome session.Outcome) *uint64 {
	switch outcome {
	case session.OutcomeCarried:
		return &o.Carried
	case session.OutcomeUnanswered:
		return &o.Unanswered
	case session.OutcomeRejected:
		return &o.Rejected
	case session.OutcomeTLSFailed:
		return &o.TLSFailed
	default:
		return nil
	}
}

// An Overruled says how many diagnostics of each severity the server overruled, by accepting the
// session that they say it could not: [session.Tracker.Overruled] says which can be.
type Overruled map[session.Code]BySeverity

// add counts what the server overruled of a session that it has just accepted.
func (o Overruled) add(codes []session.Code, severity session.Severity) {
	for _, code := range codes {
		of := o[code]
		of[severity]++
		o[code] = of
	}
}

// A passed is what the totals have of a session's share in what passed.
type passed struct {
	streams, carried, refused, cut, bytes uint64
	outcome                               session.Outcome
}

// passed counts what is new in a session.
func (t *Totals) passed(s *trackedSession) {
	st, had := s.tracker.State(), &s.passed
	now := passed{st.Streams, st.Carried, st.Refused, st.Cut, st.Payload[0] + st.Payload[1], st.Outcome}
	p := &t.Passing
	p.Bytes += now.bytes - had.bytes // also where it is less: what was a target is none any more
	if now.streams != had.streams || now.carried != had.carried || now.refused != had.refused || now.cut != had.cut {
		p.Streams += now.streams - had.streams
		p.Carried += now.carried - had.carried
		p.Refused += now.refused - had.refused
		p.Cut += now.cut - had.cut
	}
	if now.outcome != had.outcome {
		t.came(s, had.outcome, now.outcome)
	}
	*had = now
}

// came counts that a session has come to another outcome.
func (t *Totals) came(s *trackedSession, from, to session.Outcome) {
	if n := t.Outcomes.of(from); n != nil {
		*n--
	}
	if n := t.Outcomes.of(to); n != nil {
		*n++
	}
	if to == session.OutcomeCarried {
		t.Overruled.add(s.tracker.Overruled())
	}
}
