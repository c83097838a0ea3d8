package relay

import (
	"slices"
	"time"

	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A planned is a frame that a peer sends, or the preamble, and what the rules do with it.
type planned struct {
	wire     []byte
	stream   uint32
	fixed    int  // its header's length; a preamble's is all of it
	data     bool // a rule looks into its data
	settings bool
	program  []rule.Step
}

// A model is what rules do to one direction, told in the plainest way.
type model struct {
	dir      protocol.Direction
	other    *model
	settings *bool // the client's were written
	frames   []planned
	got      int // of the first of frames
	judged   bool
	gathers  bool
	queue    []*parked // in order
	missed   int
	errands  []func(time.Time) // what is inserted into the other direction
	cuts     []func(time.Time) // of that
	stalled  time.Time
	cut      bool
	ending   bool
	out      []byte             // what the receiver gets
	fates    []session.FateKind // of frames that came, as they are told
}

// A parked is a frame that waits: one that came, or one that the other direction made.
type parked struct {
	planned
	came, clock, due           time.Time
	all, made, cancelled, gone bool
	went, behind               []byte
	replaced                   bool
	copies                     int
}

// record takes n bytes of the sender, in one record.
func (m *model) record(now time.Time, n int) {
	for n > 0 {
		f, from := &m.frames[0], m.got
		k := min(n, len(f.wire)-m.got)
		m.got, n = m.got+k, n-k
		if m.got < f.fixed {
			break // held back
		}
		if !m.judged {
			m.judged, from = true, 0
			m.gathers = len(f.program) > 0 || m.waits(f.stream) || f.data && m.got < len(f.wire)
		}
		if !m.gathers {
			m.out = append(m.out, f.wire[from:m.got]...)
		}
		if m.got == len(f.wire) {
			m.whole(now, f, n > 0)
			m.frames, m.got, m.judged = m.frames[1:], 0, false
		}
	}
	if !m.inside() {
		m.serve(now)
	}
}

func (m *model) whole(now time.Time, f *planned, more bool) {
	w := &parked{planned: *f, came: now, clock: now, went: f.wire}
	switch {
	case m.gathers && m.cut:
		m.fates = append(m.fates, session.Dropped)
		return
	case m.gathers && (len(f.program) > 0 || m.waits(f.stream)):
		if m.proceed(now, w, m.waits(f.stream)); !w.gone {
			m.queue = append(m.queue, w)
		}
		return
	case m.gathers:
		m.out = append(m.out, f.wire...)
	}
	m.fates = append(m.fates, session.Forwarded)
	*m.settings = *m.settings || f.settings
	if more && m.next(now) >= 0 {
		if m.missed++; m.missed > 16 {
			m.missed = 0
			m.serve(now)
		}
	}
}

// proceed carries out what is left of a program.
func (m *model) proceed(now time.Time, w *parked, queued bool) {
	for w.due = (time.Time{}); len(w.program) > 0; {
		st := w.program[0]
		if st.Action == rule.Delay || st.Action == rule.Hold || st.Action == rule.Throttle {
			w.program, w.clock = w.program[1:], w.clock.Add(st.Wait)
			if !m.ending && w.clock.After(now) {
				w.due, w.all = w.clock, st.All || w.fixed > protocol.HeaderLen
				return
			}
			continue
		}
		if queued {
			break
		}
		w.program = w.program[1:]
		if m.do(now, w, &st); w.gone {
			return
		}
	}
	if w.all = queued && w.fixed > protocol.HeaderLen; !queued {
		m.goes(now, w)
	}
}

func (m *model) do(now time.Time, w *parked, st *rule.Step) {
	switch st.Action {
	case rule.Drop:
		m.drop(w)
	case rule.Duplicate:
		w.copies++
	case rule.Replace, rule.Corrupt:
		w.went, w.replaced = st.Change(w.went), true
	case rule.Insert:
		switch {
		case st.Toward != m.dir.Receiver():
			m.errands = append(m.errands, func(now time.Time) { m.other.insert(now, st.Made) })
		case st.Behind:
			w.behind = append(w.behind, st.Made...)
		default:
			m.out = append(m.out, st.Made...)
		}
	case rule.Stall:
		m.stalled = later(m.stalled, now.Add(st.Wait))
	case rule.Cut:
		m.drop(w)
		if st.Both || st.Toward == m.dir.Receiver() {
			m.swallow()
		}
		if st.Both || st.Toward == m.dir.Sender() {
			m.cuts = append(m.cuts, func(now time.Time) {
				m.other.swallow()
				if !m.other.inside() {
					m.other.serve(now)
				}
			})
		}
	}
}

// drop has a frame go nowhere. What is inserted behind it goes.
func (m *model) drop(w *parked) {
	w.gone, m.fates = true, append(m.fates, session.Dropped)
	m.out = append(m.out, w.behind...)
}

func (m *model) goes(now time.Time, w *parked) {
	kind := session.Forwarded
	switch {
	case w.replaced:
		kind = session.Replaced
	case now.After(w.came):
		kind = session.Held
	}
	if w.gone = true; !w.made {
		m.fates = append(m.fates, kind)
	}
	for range 1 + w.copies {
		m.out = append(m.out, w.went...)
	}
	m.out = append(m.out, w.behind...)
	h, _ := wholeFrame(w.went)
	*m.settings = *m.settings || w.settings && h.Command == protocol.Settings
}

func (m *model) insert(now time.Time, wire []byte) {
	if *m.settings && !m.cut && !m.ending {
		h, _ := protocol.ParseHeader(wire)
		m.queue = append(m.queue, &parked{planned: planned{stream: h.Stream}, went: wire, made: true})
		if !m.inside() {
			m.serve(now)
		}
	}
}

// swallow drops all that comes from now on, and what waits.
func (m *model) swallow() {
	m.cut = true
	for _, w := range m.queue {
		w.cancelled = true
	}
}

// end lets all go that waits.
func (m *model) end(now time.Time) {
	m.ending = true
	for _, w := range m.queue {
		if w.cancelled && !w.made {
			m.fates = append(m.fates, session.Dropped)
		} else if !w.made {
			m.proceed(now, w, false)
		}
	}
	m.queue = nil
}

func (m *model) serve(now time.Time) {
	for i := m.next(now); i >= 0; i = m.next(now) {
		w := m.queue[i]
		if w.cancelled {
			m.fates, w.gone = append(m.fates, session.Dropped), true
		} else {
			m.proceed(now, w, false)
		}
		if w.gone {
			m.queue = slices.Delete(m.queue, i, i+1)
		}
	}
}

// next returns which of those that wait goes now, -1: none.
func (m *model) next(now time.Time) int {
	for i, w := range m.queue {
		if w.cancelled && !w.made {
			return i
		}
		behind := slices.ContainsFunc(m.queue[:i], func(v *parked) bool { return v.all || v.stream == w.stream })
		if !behind && !w.due.After(now) && (!w.made || !m.cut) {
			return i
		}
	}
	return -1
}

// waits tells whether a frame of a stream that comes has to wait.
func (m *model) waits(stream uint32) bool {
	return m.cut || slices.ContainsFunc(m.queue, func(w *parked) bool { return !w.made && (w.all || w.stream == stream) })
}

// inside tells whether the receiver is inside a frame.
func (m *model) inside() bool { return m.judged && !m.gathers }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
