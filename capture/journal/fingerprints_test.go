package journal_test

import (
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// fingerprints returns the fingerprints of sessions with these passwords.
func fingerprints(t *testing.T, cfg session.Config, passwords ...string) []string {
	t.Helper()
	s := &source{Journal: journal.New(journal.Limits{}, cfg), now: start}
	found := make([]string, len(passwords))
	for i, password := range passwords {
		id := capture.SessionID(i + 1)
		s.Record(&capture.Event{Kind: capture.Opened, Session: id, At: s.now, Client: "client:1", Server: "server:1"})
		s.data(id, c2s, protocol.Preamble{Hash: protocol.HashPassword(password)}.Append(nil), session.Fate{})
		found[i] = journal.Look(s.Journal, journal.AskSession{ID: id}).State.Auth.Fingerprint
	}
	return found
}

// TestFingerprints: they are of the key that the journal is given, and equal for equal
// passwords. A journal that is given none has a key that nobody knows.
func TestFingerprints(t *testing.T) {
	key := protocol.FingerprintKey{7}
	given := fingerprints(t, session.Config{Fingerprints: key}, "one", "two", "one")
	for i, password := range []string{"one", "two", "one"} {
		if want := key.Of(protocol.HashPassword(password)); given[i] != want {
			t.Errorf("the fingerprint of %q is %s, want %s", password, given[i], want)
		}
	}
	own := fingerprints(t, session.Config{}, "one", "two", "one")
	if own[0] != own[2] || own[0] == own[1] {
		t.Errorf("the fingerprints of one, two, one are %s", own)
	}
	var none protocol.FingerprintKey
	if own[0] == none.Of(protocol.HashPassword("one")) {
		t.Error("the key is none")
	}
	if again := fingerprints(t, session.Config{}, "one"); again[0] == own[0] {
		t.Error("two journals have one key")
	}
}
