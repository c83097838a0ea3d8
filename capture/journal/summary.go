package journal

import (
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// AskSummary asks for the counts of the whole run. The answer is a [Summary].
type AskSummary struct{}

// A Summary counts the whole run. The counts are exact, whatever was evicted since.
type Summary struct {
	Version uint64    // of the journal, which holds at least what was new with it
	Listen  string    // where the relay listens, on all routes; empty where nothing does
	Started time.Time // when the first event was recorded

	Live                                                int // sessions that are not closed
	Sessions, Streams, Frames, Evicted, SessionsEvicted uint64
	Probes                                              uint64 // clients that connected and ended without a byte
	Still                                               Still  // in the live sessions
	Errors, Warnings, Notes                             uint64 // diagnostics by severity
	PartlySeen                                          uint64 // sessions of which not all was seen
	Rules                                               int    // those that the run has, or that were applied
	Applied                                             uint64 // how often rules were applied

	Wire           protocol.ByDirection[uint64] // TLS plaintext in bytes
	Oldest, Newest uint64                       // indices of the oldest and the newest entry that is held
}

func (AskSummary) answer(j *Journal) Summary {
	j.sessions.mu.RLock()
	defer j.sessions.mu.RUnlock()
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	return j.summarise()
}

func (AskSummary) asOf(s *Snapshot) Summary { return s.summary }

// summarise returns the counts. The locks of the list of sessions and of the ring are
// held.
func (j *Journal) summarise() Summary {
	l := &j.sessions
	s := Summary{Version: j.news.version, Live: len(l.live), Sessions: l.opened, SessionsEvicted: l.evicted}
	s.Listen, s.Started = j.listen, j.started
	s.Streams, s.Frames, s.Wire, s.Probes = j.totals.Streams, j.totals.Frames, j.totals.Wire, j.totals.Probes
	s.Errors, s.Warnings = j.totals.severities[session.Error], j.totals.severities[session.Warning]
	s.PartlySeen = j.totals.Evidence.Partly
	s.Notes, s.Still = j.totals.severities[session.Note], j.totals.still
	s.Rules, s.Applied = len(j.totals.rules), j.totals.applications
	s.Evicted, s.Oldest, s.Newest = j.ring.evicted(), j.ring.oldest(), j.ring.last
	return s
}
