package tlstap

import "anytls-inspect/capture/internal/tlsrec"

// resume lets s go on at record, which opened with c behind so many lost bytes.
func (o *Observer) resume(s *side, c *candidate, lost int64, record []byte) {
	search, seq := s.search, c.number
	gap := Gap{Wire: lost, Records: -1, Plaintext: o.lostData(s, c, lost)}
	if search.inexact {
		gap.Wire = -1
	}
	if c.same {
		gap.Records = seq - int64(c.opener.Seq())
	}
	skipped := lost - search.lost
	s.unread += skipped
	s.offset += skipped + int64(len(record))
	s.at = s.offset
	o.adopt(s, c)
	if lost > 0 || search.inexact {
		o.emit(s, Finding{Kind: Lost, Gap: gap, Err: search.cause})
	}

	s.begun, s.sealed, s.epoch, s.opener = true, true, c.epoch, c.opener
	s.opener.SetSeq(uint64(seq) + 1)
	s.search, s.skipped = nil, nil
	if c.epoch == early && o.info.Early != EarlyAccepted {
		o.info.Early = EarlyUnknown
	}
	if !s.finished && s.epoch == application && (o.info.Version == tlsrec.VersionTLS13 || seq > 0) {
		o.finished(s)
	}
}

// orDamaged starts a search of s where a record has a fault, though those before it did open:
// other bytes were captured than were sent. It returns the fault where none did.
func (o *Observer) orDamaged(s *side, fault error) error {
	if s.opener == nil || s.opener.Seq() == 0 {
		return fault
	}
	s.search = &search{cause: ErrDamaged, fault: fault, dropped: -1}
	o.emit(s, Finding{Kind: Damaged, Err: fault})
	return nil
}

// lostData returns how many bytes of application data were lost of s before a record that
// opens with c, -1 where that is not known. Whoever reads the data goes on by it, so it
// is never a guess: it counts the lost records by their numbers, and none of them may have
// been of another kind.
func (o *Observer) lostData(s *side, c *candidate, lost int64) int64 {
	tls13, seq := c.version == tlsrec.VersionTLS13, c.number
	records := seq - int64(c.opener.Seq())
	switch {
	case c.updated:
		return -1
	case c.epoch == handshake, tls13 && c.epoch == application && !c.same && seq == 0, !tls13 && !s.finished && seq <= 1:
		if o.mayLoseEarly(s) {
			return -1
		}
		return 0 // of the handshake only
	case !c.same:
		return -1
	case records == 0:
		return 0
	case s.search.inexact, !tls13 && !s.finished:
		return -1
	case tls13 && s == o.server() && !s.spoke:
		return -1 // some may be tickets, which a server sends before its first data
	case c.epoch == early && c.opener.Seq() == 0:
		return -1 // a ChangeCipherSpec may be among them
	}
	n := lost - records*int64(c.opener.Overhead())
	if n < 0 || n > records*tlsrec.MaxPlaintext {
		return -1
	}
	return n
}

// mayLoseEarly tells whether what was lost of s, before records of the handshake or behind
// it, may have been 0-RTT that counts as data.
func (o *Observer) mayLoseEarly(s *side) bool {
	switch {
	case s == o.server(), s.sealed && s.epoch == handshake:
		return false
	case o.info.Early == EarlyUnknown, o.info.Early == EarlyAccepted:
		return true
	}
	// A client that is not known to have offered it may have, where its hello is lost.
	return s.mute && (!o.server().said || o.info.Resumed)
}

// adopt takes what is known now that a record of s opens with c.
func (o *Observer) adopt(s *side, c *candidate) {
	if o.identified && o.params != nil {
		return
	}
	o.info.ClientRandom, o.identified, o.info.Incomplete = c.random, true, true
	if o.params == nil {
		o.info.Version, o.info.Suite, o.params = c.version, c.suite, c.params
		if client := o.client(); s != client && client.said {
			o.sealClient()
		}
	}
	o.greet(s)
	if search := o.other(s).search; search != nil {
		search.restart()
	}
}
