package journal

import (
	"slices"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol/session"
)

// BusyStreams is how many streams move bytes at once where heartbeats are under load.
const BusyStreams = 8

// A session tells of no fewer streams that move at once than are asked for: this line does not
// compile if it could.
const _ = uint(session.MostMovers - BusyStreams)

// Busy are the heartbeats that waited for their answer while at least [BusyStreams] streams had
// moved bytes within a second, in whichever sessions: clients use a session for one stream at a
// time. The times are those of the events. One that was lost was under load if that was so at any
// time until it was: what stands still then moves no more. Cut ones, late answers, and what is
// asked in sessions of version 1 are in neither count.
type Busy struct {
	// Streams is the most that moved bytes within a second, and no more than BusyStreams: more are
	// not counted.
	Streams  int    `json:"streams"`
	Answered uint64 `json:"answered"`
	Lost     uint64 `json:"lost"`
}

// busyTime is within what time streams must have moved bytes to count as moving at once.
const busyTime = time.Second

// movers are the streams that moved bytes last. It costs next to nothing where the stream that
// moves is the one that moved last, and little where it is among those that move. The zero value
// is empty.
type movers struct {
	last    int // the one that moved last
	streams [BusyStreams]uint64
	at      [BusyStreams]int64 // when they moved, in nanoseconds; 0: there is none
	most    int                // the most that moved within busyTime
	all     bool               // all had moved within busyTime when they were counted last
	// spells are when all moved within busyTime, the last times that this was so, newest first. It
	// takes several, since what became of a heartbeat may be known a little after it has: bytes
	// that came meanwhile may have begun others. How long the newest lasts is settled when it is
	// asked for, or before it may end.
	spells [4]spell
}

// A spell is a span of time, in nanoseconds; zero where there is none.
type spell struct{ from, until int64 }

// meets tells whether the spell had begun before a time, and went on at or after another.
func (s *spell) meets(from, to int64) bool { return s.from != 0 && s.from < to && s.until >= from }

// move takes note of bytes that a stream moved.
func (m *movers) move(id capture.SessionID, stream uint32, at time.Time) {
	key, now := uint64(id)<<32|uint64(stream), at.UnixNano()
	place := m.last
	if m.streams[place] != key {
		place = m.place(key)
		m.last = place
	}
	isNew := m.streams[place] != key
	// Where a stream had moved lately, no more of them move at once than before. Nor do they where
	// all had, and another takes the place of the one that has not moved for longest.
	if m.at[place] != 0 && now-m.at[place] <= int64(busyTime) && (!isNew || m.all) {
		m.streams[place], m.at[place] = key, max(m.at[place], now)
		return
	}
	m.settle()
	m.streams[place], m.at[place] = key, now
	m.count(now)
}

// place returns the place of a stream, else that of the one that has not moved for longest.
func (m *movers) place(key uint64) (place int) {
	for i := range m.streams {
		if m.streams[i] == key {
			return i
		}
		if m.at[i] < m.at[place] {
			place = i
		}
	}
	return place
}

// count takes note of how many moved within busyTime.
func (m *movers) count(now int64) {
	moved := 0
	for _, at := range m.at {
		if at != 0 && now-at <= int64(busyTime) {
			moved++
		}
	}
	m.most = max(m.most, moved)
	m.all = moved == BusyStreams
	if m.all && now > m.spells[0].until {
		copy(m.spells[1:], m.spells[:])
		m.spells[0] = spell{from: now}
	}
	m.settle()
}

// settle notes until when all will have moved within busyTime, if none moves any more.
func (m *movers) settle() {
	if m.all {
		m.spells[0].until = slices.Min(m.at[:]) + int64(busyTime)
	}
}

// busy tells whether all moved within busyTime, at some time between two.
func (m *movers) busy(from, to time.Time) bool {
	m.settle()
	a, b := from.UnixNano(), to.UnixNano()
	for i := range m.spells {
		if m.spells[i].meets(a, b) {
			return true
		}
	}
	return false
}

// underLoad counts what became of a HeartRequest at a time, if it waited under load. j.ringMu is
// held.
func (j *Journal) underLoad(at time.Time, r session.HeartbeatResult) {
	busy := &j.totals.Passing.Busy
	switch {
	case r.Late, r.Unsupported:
	case r.Lost:
		if j.movers.busy(at.Add(-j.cfg.HeartbeatLimit()), at) {
			busy.Lost++
		}
	default:
		if j.movers.busy(at.Add(-r.RTT), at) {
			busy.Answered++
		}
	}
}
