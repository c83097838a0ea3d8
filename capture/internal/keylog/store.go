package keylog

import "sync"

// DefaultSessions is how many sessions a store keeps unless told otherwise:
// about 25 MB of them.
const DefaultSessions = 1 << 16

// A Store keeps the secrets of many sessions. It is safe for concurrent use.
type Store struct {
	mu      sync.RWMutex
	limit   int
	index   map[Random]int // where in sessions
	kept    []session      // a ring once it is full
	oldest  int            // in kept, once it is full
	gone    int
	version uint64
}

type session struct {
	random  Random
	secrets Secrets
}

// NewStore returns an empty store that keeps the secrets of the last sessions
// that it heard of, at most that many; [DefaultSessions] where sessions ≤ 0.
func NewStore(sessions int) *Store {
	if sessions <= 0 {
		sessions = DefaultSessions
	}
	return &Store{limit: sessions, index: make(map[Random]int)}
}

// Lookup returns what is known of the session, and false where that is nothing.
// More may be known later: secrets come one at a time.
func (s *Store) Lookup(r Random) (Secrets, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	i, ok := s.index[r]
	if !ok {
		return Secrets{}, false
	}
	return s.kept[i].secrets, true
}

// Add keeps a copy of secret for label l of session r; the last one counts. It
// fails as [Secrets.Set] does.
func (s *Store) Add(r Random, l Label, secret []byte) error {
	var fresh Secrets
	if err := fresh.Set(l, secret); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	s.kept[s.place(r)].secrets.secrets[l] = fresh.secrets[l]
	return nil
}

// place returns where in kept the session is, after making it so.
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
		s.gone++
		delete(s.index, s.kept[i].random)
		s.kept[i] = session{random: r}
	}
	s.index[r] = i
	return i
}

// Len returns how many sessions have secrets in the store.
func (s *Store) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.kept)
}

// Forgotten returns how many sessions were forgotten for newer ones.
func (s *Store) Forgotten() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.gone
}

// Version returns a number that grows with each secret that is added: as long
// as it stays, a Lookup finds what it found before.
func (s *Store) Version() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.version
}
