package journal

import (
	"slices"
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
	leg                string
	tls                *capture.TLS
	announced          bool
	openedAt, closedAt time.Time
	closed             bool
	reason             string
	last               uint64 // index of its newest frame
}

// announce puts the session into the ring, once.
func (r *record) announce(at time.Time) {
	if !r.announced {
		r.announced = true
		r.journal.push(at, r.id).Event = SessionOpen{Client: r.client, Server: r.server, Leg: r.leg, TLS: r.tls}
	}
}

// Frame implements [session.Observer].
func (r *record) Frame(f *session.Frame) {
	j := r.journal
	r.announce(f.At)
	e := j.push(f.At, r.id)
	e.Dir, e.Header, e.Marks = f.Dir, f.Header, f.Marks
	e.Preamble, e.Target, e.Cut = f.Preamble, f.Target, f.Cut
	e.prev = r.last
	if before := j.ring.at(r.last); before != nil {
		before.next = e.Index
	}
	r.last = e.Index
	j.ring.store(e, f.Data)

	t := &j.totals
	t.Frames++
	switch {
	case f.Preamble || f.Cut:
	case f.Header.Command == protocol.SYN && f.Dir == protocol.ClientToServer:
		t.Streams++
	case f.Header.Command == protocol.HeartRequest:
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
	j.told++
	at := r.tracker.Now()
	r.announce(at)
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
	j.push(at, r.id).Event = ev
}

// reported notes the index of a diagnostic.
func (j *Journal) reported(index uint64) {
	if len(j.reports) >= 2*maxReports {
		j.reports = append(j.reports[:0], j.reports[len(j.reports)-maxReports:]...)
	}
	j.reports = append(j.reports, index)
}

// heldReports returns the indices of the diagnostics that can be listed.
func (j *Journal) heldReports() []uint64 {
	reports := j.reports[max(0, len(j.reports)-maxReports):]
	held, _ := slices.BinarySearch(reports, j.ring.oldest())
	return reports[held:]
}
