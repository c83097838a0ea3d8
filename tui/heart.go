package tui

import (
	"math"
	"slices"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/tui/pane"
)

// A heart knows which heartbeats wait or go on, and which of them keys requested.
type heart struct {
	control  capture.Control // nil for a capture
	periodic capture.Periodic
	before   capture.Periodic           // what a key turned off last
	padded   map[capture.SessionID]bool // sessions in which a key's request waits for the padding's stop
	// waiting are those that wait to be written, of the sessions that were looked at.
	waiting map[capture.SessionID]pane.Queues
}

// look looks at the Control which heartbeats wait in some sessions, and which go on
// periodically.
func (h *heart) look(ids []capture.SessionID) {
	h.periodic = h.control.Periodic()
	h.waiting = make(map[capture.SessionID]pane.Queues)
	for _, id := range ids {
		var q pane.Queues
		for _, w := range h.control.Waiting(id) {
			if w.Came || w.Rule > 0 {
				continue // a rule's, and no heartbeat of the relay's own
			}
			if q[w.Toward].N++; q[w.Toward].N == 1 {
				q[w.Toward].Why = w.Why
			}
		}
		if q != (pane.Queues{}) {
			h.waiting[id] = q
		}
	}
	for id := range h.padded {
		if !h.waitsForStop(id) {
			delete(h.padded, id)
		}
	}
}

// toggle starts or ends the periodic heartbeats. It starts again what it ended, else
// preset. It returns what goes on then.
func (h *heart) toggle(preset capture.Periodic) capture.Periodic {
	next := preset
	switch now := h.control.Periodic(); {
	case now.Every > 0:
		h.before, next = now, capture.Periodic{}
	case h.before.Every > 0:
		next = h.before
	}
	h.control.SetPeriodic(next)
	h.periodic = h.control.Periodic()
	return next
}

// requested takes note of what a key requested in a session: whether that waits for the
// padding's stop.
func (h *heart) requested(id capture.SessionID, padded bool) {
	delete(h.padded, id)
	if padded {
		h.padded[id] = true
	}
}

// forces tells whether another request in a session is the wish not to wait: the one that
// a key requested still waits for the padding's stop.
func (h *heart) forces(id capture.SessionID) bool { return h.padded[id] && h.waitsForStop(id) }

// waitsForStop tells whether a request in a session waits for the padding's stop.
func (h *heart) waitsForStop(id capture.SessionID) bool {
	return slices.ContainsFunc(h.control.Waiting(id), func(w capture.Waiting) bool { return w.Why == capture.WaitsForStop })
}

// togglePeriodic starts or ends the periodic heartbeats.
func (m *Model) togglePeriodic() {
	next := m.heart.toggle(m.opts.Heartbeat)
	if next.Every > 0 {
		m.say("periodic heartbeats: "+periodText(next), done)
	} else {
		m.say("periodic heartbeats: off", done)
	}
}

// refreshQueues looks which heartbeats wait, and which go on.
func (m *Model) refreshQueues() {
	if m.heart.control != nil {
		m.heart.look(m.alive())
		m.dirty = true
	}
}

// alive returns the live sessions of which the screen shows what waits, until it looks
// again: those that it lists, and the chosen one. A frozen screen looks only once, and
// any session may be listed or chosen later.
func (m *Model) alive() []capture.SessionID {
	rows := m.sessions.Shown()
	if m.snapshot != nil {
		rows = journal.Look(m.snapshot, journal.AskSessions{Window: journal.Window{Limit: math.MaxInt}}).Rows
	}
	ids := make([]capture.SessionID, 0, len(rows)+1)
	for i := range rows {
		if !rows[i].Closed {
			ids = append(ids, rows[i].ID)
		}
	}
	if s := m.session; s != nil && !s.Closed && !slices.Contains(ids, s.ID) {
		ids = append(ids, s.ID)
	}
	return ids
}
