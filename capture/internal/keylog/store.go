package keylog

import "sync"

// DefaultSessions is how many sessions a store keeps unless [NewStore] is told
// otherwise. They take about 25 MB.
const DefaultSessions = 1 << 16

// A Store keeps the secrets of many sessions. It is safe for concurrent use.
type Store struct {
	mu     sync.RWMutex
	limit  int
	index  map[Random]int // place in kept
	kept   []keptSession  // a ring once it is full
	oldest int            // place in kept, once that is full
	given  uint64         // secrets
}

// A Session is what is known of one.
type Session struct {
	Random  Random
	Secrets Secrets
}

// A keptSession is one that a store has.
type keptSession struct {
	Session
	changed uint64 // the number of the last secret that it was given
}

// NewStore returns an empty store that keeps the secrets of at most that many
// sessions, the last that it was given; 0 or less stands for [DefaultSessions].
func NewStore(sessions int) *Store {
	if sessions <= 0 {
		sessions = DefaultSessions
	}
	return &Store{limit: sessions, index: make(map[Random]int)}
}

// Lookup returns the secrets that are known of a session, and false where there are
// none. More may be known later: secrets come one at a time.
func (s *Store) Lookup(r Random) (Secrets, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	i, ok := s.index[r]
	if !ok {
		return Secrets{}, false
	}
	return s.kept[i].Secrets, true
}

// Add keeps a copy of a session's secret for label l, in place of one that it has.
// It fails as [Secrets.Set] does.
func (s *Store) Add(r Random, l Label, secret []byte) error {
	var fresh Secrets
	if err := fresh.Set(l, secret); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	one := &s.kept[s.place(r)]
	if one.Secrets.secrets[l] != fresh.secrets[l] {
		s.given++
		one.Secrets.secrets[l], one.changed = fresh.secrets[l], s.given
	}
	return nil
}

// place returns the place of a session in kept. It makes one where there is none.
// The caller holds mu.
func (s *Store) place(r Random) int {
	if i, ok := s.index[r]; ok {
		return i
	}
	i := len(s.kept)
	if i < s.limit {
		s.kept = append(s.kept, keptSession{Session: Session{Random: r}})
	} else {
		i = s.oldest
		s.oldest = (i + 1) % s.limit
		delete(s.index, s.kept[i].Random)
		s.kept[i] = keptSession{Session: Session{Random: r}}
	}
	s.index[r] = i
	return i
}

// Newest returns the sessions among the last n that the store was given of which it has
// learned something after a time that it has told before, 0 at first; the newest first.
// And it tells what time it is: how many new secrets it was given so far.
func (s *Store) Newest(n int, after uint64) (sessions []Session, now uint64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.given == after {
		return nil, after
	}
	for i := range min(n, len(s.kept)) {
		one := &s.kept[(s.oldest-1-i+2*len(s.kept))%len(s.kept)]
		if one.changed > after {
			sessions = append(sessions, one.Session)
		}
	}
	return sessions, s.given
}

// Sessions returns how many sessions the store has secrets of.
func (s *Store) Sessions() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.kept)
}
