package journal

// forgetStreams forgets closed streams, since those of all sessions together are nearly as
// many as there may be, and the open ones need the room. First go those of sessions that
// ended, the oldest first, and then those of the live ones. No lock is held.
func (j *Journal) forgetStreams() {
	budget := j.cfg.Budget
	j.sessions.forgetStreams(budget.Ample)
	for _, s := range j.sessions.alive() {
		if budget.Ample() {
			return
		}
		s.forgetStreams()
	}
}

// forgetStreams forgets the streams of closed sessions, the oldest first, until that is
// enough. A closed session never changes: one without streams takes its place.
func (l *sessions) forgetStreams(enough func() bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, s := range l.order {
		if enough() {
			return
		}
		if l.live[s.id] == s {
			continue
		}
		if n, _, _ := s.tracker.StreamCount(); n > 0 {
			l.order[i] = s.withoutStreams()
		}
	}
}
