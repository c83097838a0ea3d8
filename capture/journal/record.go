package journal

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

const (
	// maxReports is how many of the newest diagnostics can be listed.
	maxReports = 1000
	// maxRepeats is how many diagnostics of one code a session gets into the
	// ring. All are counted: a peer that is wrong in every frame must not push
	// everything else out.
	maxRepeats = 16
)

// A record is what the journal holds of one session. It observes its tracker.
type record struct {
	journal *Journal
	id      capture.SessionID
	tracker *session.Tracker

	client, server     string
	tls                *capture.TLS
	announced          bool
	openedAt, closedAt time.Time
	closed             bool
	reason             string
	now                time.Time // of what is being recorded

	first, last uint64 // ends of the chain of its frames
}

// announce puts the session into the ring, once.
func (r *record) announce() {
	if !r.announced {
		r.announced = true
		r.journal.push(r.now, r.id).Event = SessionOpen{Client: r.client, Server: r.server, TLS: r.tls}
	}
}

// Frame implements [session.Observer].
func (r *record) Frame(f *session.Frame) {
	j := r.journal
	r.announce()
	e := j.push(f.At, r.id)
	e.Dir, e.Header, e.Marks = f.Dir, f.Header, f.Marks
	e.Preamble, e.Target, e.Cut = f.Preamble, f.Target, f.Cut
	e.prev = r.last
	if before := j.ring.at(r.last); before != nil {
		before.next = e.Index
	} else {
		r.first = e.Index
	}
	r.last = e.Index
	j.ring.store(e, f.Data)

	t := &j.totals
	t.Frames++
	switch {
	case f.Preamble:
	case f.Header.Command == protocol.SYN:
		t.Streams++
	case f.Header.Command == protocol.HeartRequest && !f.Cut:
		o := session.Own
		if f.Injected {
			o = session.Injected
		}
		t.Heartbeats[f.Dir.Receiver()][o].Sent++
	}
}

// Event implements [session.Observer].
func (r *record) Event(ev session.Event) {
	j := r.journal
	r.announce()
	switch ev := ev.(type) {
	case session.HeartbeatResult:
		j.totals.heartbeat(ev)
	case session.Diagnostic:
		j.totals.Diagnostics[ev.Code]++
		if ev.Nth > maxRepeats {
			return
		}
		j.reported(j.ring.last + 1)
	}
	j.push(r.now, r.id).Event = ev
}

// reported notes the index of a diagnostic.
func (j *Journal) reported(index uint64) {
	if len(j.reports) >= 2*maxReports {
		j.reports = append(j.reports[:0], j.reports[len(j.reports)-maxReports:]...)
	}
	j.reports = append(j.reports, index)
}
