package tlstap

import (
	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
)

// maxGuessed is how many numbers are tried of all candidates together at one place, where
// a hello is lost.
const maxGuessed = 1 << 12

// A guessing is what a search knows that has to guess what a lost hello said. It tries the
// suites that the secrets leave; and where the ClientHello is lost, and with it the random
// by which the key log names the session, the sessions of the key log.
//
// Where nothing but the hello is lost, the record at hand is the first that is protected:
// only its key has to be guessed, which may come late. Else the place is searched for as
// well, with the keys that are known by then.
type guessing struct {
	exact   bool // the record at hand is the first
	later   bool // it may be none of the handshake's that opens: others have secrets, too
	guessed bool // the openers are guesses
	had     bool // there was something to try

	asked bool // the lookup was
	last  keylog.Secrets
	after uint64 // which of the newest sessions were tried
}

// guess starts a search for the keys of the record at hand, the first of s that is
// protected.
func (s *side) guess() {
	s.search = &search{cause: ErrNoKey, dropped: -1, guessing: guessing{exact: true}}
}

// guesses collects the openers that the next record of s may open with, where a hello is
// lost. It makes s wait where there are none yet.
func (o *Observer) guesses(s *side) error {
	search := s.search
	first := o.firstEpoch(s)
	whole := false // the last of the secrets is there
	master := false
	var found []candidate
	for _, session := range o.sessions(search) {
		agreements := o.agreements(&session.Secrets)
		master = master || len(agreements) == 0 && session.Secrets.Get(keylog.Master) != nil
		for _, a := range agreements {
			tls13 := a.version == tlsrec.VersionTLS13
			handshakes := false // its secret is there
			for e := first; e <= application; e++ {
				opener, err := a.opener(o, s, e, &session)
				if err != nil {
					return err
				}
				if opener == nil {
					continue
				}
				whole = whole || e == application
				handshakes = handshakes || e == handshake
				if tls13 && search.exact && e == application {
					search.later = search.later || !handshakes
					continue
				}
				found = append(found, candidate{
					opener: opener, epoch: e, same: search.exact && e == first, agreement: a, random: session.Random,
				})
			}
		}
	}
	switch {
	case o.identified && master:
		return ErrOneHello
	case !search.exact && !whole && !o.final:
		search.asked, search.after = false, 0
		s.wait = waitKey
		return nil
	case len(found) == 0:
		return o.keyless(s)
	}
	search.openers, search.guessed, search.had = found, true, true
	return nil
}

// sessions returns the sessions one of which this connection may be, as far as their
// secrets are new.
func (o *Observer) sessions(s *search) []keylog.Session {
	if !o.identified {
		if o.Newest == nil {
			return nil
		}
		sessions, now := o.Newest(s.after)
		s.after = now
		return sessions
	}
	secrets, _ := o.lookup(o.info.ClientRandom)
	if s.asked && secrets == s.last {
		return nil
	}
	s.asked, s.last = true, secrets
	return []keylog.Session{{Random: o.info.ClientRandom, Secrets: secrets}}
}

// keyless decides what becomes of s where nothing is left to try for its first record:
// others may open, or it waits for its key, or no key will come.
func (o *Observer) keyless(s *side) error {
	search := s.search
	switch {
	case search.exact && (search.later || o.info.Early != EarlyNone && search.had) && (o.identified || o.final):
		o.missExtensions(s)
		search.guessing = guessing{had: search.had}
		return o.candidates(s)
	case !o.final:
		s.wait = waitKey
		return nil
	case search.had && o.identified:
		return tlsrec.ErrOpen
	case search.fault != nil && !o.identified:
		return search.fault
	}
	o.missKey(s, false)
	return ErrNoKey
}

// seekHere tries whether the record at the start of b opens, and returns how many bytes
// are done with.
func (o *Observer) seekHere(s *side, b []byte) int {
	if len(b) < tlsrec.HeaderLen || len(b) < tlsrec.RecordLen(b) {
		return 0
	}
	record := b[:tlsrec.RecordLen(b)]
	if o.match(s, record, 0) {
		return len(record)
	}
	if !s.open() {
		return 0
	}
	s.search.openers = nil
	return o.seek(s, b) // with what is new since, and is tried once
}
