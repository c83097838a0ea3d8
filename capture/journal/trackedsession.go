package journal

import (
	"slices"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

const (
	// maxDiagnostics is how many of the newest diagnostics can be listed.
	maxDiagnostics = 1000
	// maxRepeats is how many diagnostics of one code a session gets into the
	// ring. All are counted: a peer that is wrong in every frame must not push
	// everything else out.
	maxRepeats = 16
)

// A trackedSession is what the journal holds of one session. It observes its tracker.
type trackedSession struct {
	journal *Journal
	id      capture.SessionID
	tracker *session.Tracker

	client, server     string
	leg                capture.Leg
	tls                *capture.TLS
	announced          bool
	openedAt, closedAt time.Time
	closed             bool
	reason             string
	last               uint64 // index of its newest frame
}

// announce puts the session into the ring, once.
func (r *trackedSession) announce(at time.Time) {
	if !r.announced {
		r.announced = true
		r.journal.push(at, r.id).Notice = SessionOpen{Client: r.client, Server: r.server, Leg: r.leg, TLS: r.tls}
	}
}

// Frame implements [session.Handler].
func (r *trackedSession) Frame(f *session.Frame) {
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

// Notice implements [session.Handler].
func (r *trackedSession) Notice(ev session.Notice) {
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
		j.diagnosed(j.ring.last + 1)
	}
	j.push(at, r.id).Notice = ev
}

// diagnosed notes the index of a diagnostic.
func (j *Journal) diagnosed(index uint64) {
	if len(j.diagnostics) >= 2*maxDiagnostics {
		j.diagnostics = append(j.diagnostics[:0], j.diagnostics[len(j.diagnostics)-maxDiagnostics:]...)
	}
	j.diagnostics = append(j.diagnostics, index)
}

// heldDiagnostics returns the indices of the diagnostics that can be listed.
func (j *Journal) heldDiagnostics() []uint64 {
	reports := j.diagnostics[max(0, len(j.diagnostics)-maxDiagnostics):]
	held, _ := slices.BinarySearch(reports, j.ring.oldest())
	return reports[held:]
}
