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
	kept   []session      // a ring once it is full
	oldest int            // place in kept, once that is full
}

// A session is what a store knows of one.
type session struct {
	random  Random
	secrets Secrets
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
	return s.kept[i].secrets, true
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
	s.kept[s.place(r)].secrets.secrets[l] = fresh.secrets[l]
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
		s.kept = append(s.kept, session{random: r})
	} else {
		i = s.oldest
		s.oldest = (i + 1) % s.limit
		delete(s.index, s.kept[i].random)
		s.kept[i] = session{random: r}
	}
	s.index[r] = i
	return i
}
