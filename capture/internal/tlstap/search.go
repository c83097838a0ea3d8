package tlstap

import (
	"errors"
	"fmt"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
)

// The bounds of a search.
const (
	// maxScanned is how many bytes are looked through for the start of a record,
	// for each gap: three of the longest records, which hold two starts at least.
	maxScanned = 64 << 10
	// maxTried is how many bytes trial opening reads, for each gap. Each trial
	// counts tryCost bytes more. That is 4,000 trials of the longest record, or
	// 130,000 of the shortest: some tens of milliseconds.
	maxTried = 64 << 20
	tryCost  = 480
	// firstTried is how many bytes trial opening reads for all gaps of a direction,
	// and triedPerByte how many more for each byte that was fed up to the end of a
	// record, whatever has come behind it by then: so the time that a capture takes is
	// bounded by its size, and what is found does not depend on how it is cut.
	firstTried   = 4 << 20
	triedPerByte = 64
)

// A search looks for the place where a side goes on.
//
// Behind a gap it is not known where the next record begins, nor what its number
// is. A search finds both by trial: where something looks like a header, it tries
// whether a record opens there, under each number that the missing bytes allow. The
// AEAD tells a right guess from a wrong one, but for a chance of 2⁻¹²⁸.
//
// So it finds, too, what a lost hello said: see guess.go.
type search struct {
	cause   error // ErrGap, ErrDamaged or ErrNoKey
	lost    int64 // bytes between the last record that opened and buf's first byte
	fault   error // of the record that is damaged; nil where none is
	inexact bool  // it is not known how many bytes are missing
	plain   bool  // some of the lost bytes may not have been protected
	dropped int64 // how many records the lost bytes are; -1 where that is not known
	scanned int   // bytes
	tried   int64 // bytes
	openers []candidate
	looked  int64 // up to where in the direction every record was tried with them
	guessing
}

// restart forgets what was tried: other openers, or other places, are to be.
func (s *search) restart() { s.openers, s.looked, s.guessing = nil, 0, guessing{} }

// A candidate is an opener that the next record may open with.
type candidate struct {
	opener  *tlsrec.Opener
	epoch   epoch
	same    bool // it opened the last record, or is for the first one of all: its number is known
	updated bool // it is for what follows a KeyUpdate
	agreement
	random keylog.Random // of the session whose secret it is

	number, step, left int64 // what match tries next, how it goes on, and how often
}

// searchErr returns the error of a search of s that finds nothing.
func (o *Observer) searchErr(s *side) error {
	switch {
	case s.fed == 0:
		return ErrAbsent
	case s.search.fault != nil:
		return s.search.fault // and nothing opens behind it
	case !errors.Is(s.search.cause, ErrNoKey):
		return fmt.Errorf("%w, and nothing opens behind them", s.search.cause)
	case !o.identified:
		return fmt.Errorf("%w, as far as is known without its ClientHello", ErrNoKey)
	}
	return fmt.Errorf("%w, nor does any behind it", tlsrec.ErrOpen)
}

// seek looks for a record that opens in b, the first bytes that s holds, and
// returns how many of them are done with: 0 where more are needed.
func (o *Observer) seek(s *side, b []byte) int {
	search := s.search
	s.wait = waitNone
	if err := o.candidates(s); err != nil {
		o.fail(s, err)
		return 0
	}
	if s.wait != waitNone {
		return 0
	}
	if search.exact {
		return o.seekHere(s, b)
	}
	done := len(b) // where something begins that may be a record, and is cut
	for n := range b {
		rest := b[n:]
		if search.scanned+n > maxScanned {
			if done < n {
				break
			}
			s.at = s.offset + int64(n)
			o.stop(s, o.searchErr(s))
			return 0
		}
		switch {
		case len(rest) < tlsrec.HeaderLen:
			done = min(done, n)
			continue
		case !o.plausible(rest):
			continue
		case len(rest) < tlsrec.RecordLen(rest):
			done = min(done, n) // or not: what only looks like a header may have a record behind it
			continue
		case s.offset+int64(n+tlsrec.RecordLen(rest)) <= search.looked:
			continue // however often more comes, it is tried once
		}
		record := rest[:tlsrec.RecordLen(rest)]
		if o.match(s, record, search.lost+int64(n)) {
			return n + len(record)
		}
		if !s.open() {
			return 0
		}
	}
	search.looked = s.offset + int64(len(b))
	o.pass(s, done)
	return done
}

// pass gives up n more bytes, in which no record begins that opens.
func (o *Observer) pass(s *side, n int) {
	s.search.scanned += n
	s.search.lost += int64(n)
	s.offset += int64(n)
	s.unread += int64(n)
}

// plausible tells whether header may begin a protected record.
func (o *Observer) plausible(header []byte) bool {
	typ, size := tlsrec.ContentType(header[0]), tlsrec.RecordLen(header)
	least, most := tlsrec.HeaderLen+1+16, tlsrec.MaxRecord13
	if o.params != nil {
		least, most = o.params.Overhead(), o.params.MaxRecord()
	}
	if o.info.Version != tlsrec.VersionTLS12 && typ != tlsrec.ApplicationData {
		return false
	}
	return typ >= tlsrec.AlertRecord && typ <= tlsrec.ApplicationData && header[1] == 3 && header[2] == 3 &&
		size >= least && size <= most
}

// candidates collects the openers that the next record of s may open with: those of
// its epoch, of the epochs behind it, and of the keys behind a KeyUpdate. It makes
// s wait where one of their secrets is not known.
func (o *Observer) candidates(s *side) error {
	search := s.search
	if search.openers != nil {
		return nil
	}
	if o.params == nil && !o.server().mute || !o.identified && !o.client().mute {
		s.wait = waitHello
		return nil
	}
	if s.epoch == early && s.sealed && s.opener == nil && o.identified && !o.judgeEarly(s) {
		return nil
	}
	if !o.identified || o.params == nil {
		return o.guesses(s)
	}
	agreed := o.agreed()
	var found []candidate
	missing := false
	for e := o.firstEpoch(s); e <= application; e++ {
		same := s.sealed && e == s.epoch && !search.plain
		opener := s.opener
		if e != s.epoch || opener == nil {
			var err error
			if opener, err = o.openerOf(s, e); err != nil {
				return err
			}
		}
		missing = opener == nil // the last one is what counts: they come in their order
		if opener != nil {
			found = append(found, candidate{opener: opener, epoch: e, same: same, agreement: agreed, random: o.info.ClientRandom})
		}
	}
	if missing && !o.final {
		s.wait = waitKey
		return nil
	}
	if len(found) == 0 {
		o.missKey(s, false)
		return ErrNoKey
	}
	if last := found[len(found)-1]; last.version == tlsrec.VersionTLS13 && last.epoch == application {
		next, err := last.opener.Next()
		if err != nil {
			return err
		}
		found = append(found, candidate{opener: next, epoch: application, updated: true, agreement: agreed, random: o.info.ClientRandom})
	}
	search.openers = found
	return nil
}

// firstEpoch returns the first epoch that the next record of s may be of.
func (o *Observer) firstEpoch(s *side) epoch {
	switch {
	case s.sealed:
		return s.epoch
	case o.info.Version == tlsrec.VersionTLS12:
		return application
	case s == o.client() && (s.mute || o.info.Early == EarlyUnknown):
		return early
	}
	return handshake
}

// numbers sets out which numbers are tried of a candidate for a record behind so many
// lost bytes.
func (s *search) numbers(c *candidate, lost int64) {
	var base int64
	if c.same {
		base = int64(c.opener.Seq())
	}
	from, to := base, base+lost/int64(c.params.Overhead())
	switch {
	case s.exact:
		to = base
	case s.dropped >= 0: // all of these have numbers but ChangeCipherSpecs and the handshake's
		from, to = base+s.dropped, max(0, base+s.dropped-maxEpochRecords)
	case s.inexact:
		to = base + maxTried/tryCost
	case c.same && c.epoch == application:
		from += lost / int64(c.params.MaxRecord())
	}
	c.number, c.step, c.left = from, 1, to-from+1
	if to < from {
		c.step, c.left = -1, from-to+1
	}
	if s.guessed {
		c.left = min(c.left, max(1, maxGuessed/int64(len(s.openers))))
	}
}

// match tells whether record opens behind so many lost bytes. If so, s goes on
// there. It tries the candidates by turns: where it is not known how many bytes are
// missing, a wrong one has numbers without an end.
func (o *Observer) match(s *side, record []byte, lost int64) bool {
	search := s.search
	came := s.offset - s.missing + lost - search.lost + int64(len(record))
	for i := range search.openers {
		search.numbers(&search.openers[i], lost)
	}
	for left := true; left; {
		left = false
		for i := range search.openers {
			c := &search.openers[i]
			if c.left <= 0 {
				continue
			}
			if !search.afford(s, came, int64(len(record)+tryCost)) {
				s.at = s.offset
				o.stop(s, o.searchErr(s))
				return false
			}
			if typ, plaintext, ok := o.tryOpen(c.opener, record, uint64(c.number)); ok {
				o.resume(s, c, lost, record)
				if err := o.deliver(s, typ, plaintext); err != nil {
					o.fail(s, err)
				}
				return true
			}
			c.number, c.left, left = c.number+c.step, c.left-1, true
		}
	}
	return false
}

// afford counts the cost of a trial of a record, up to whose end so many bytes came, and tells
// whether it is within the bounds.
func (s *search) afford(of *side, came, cost int64) bool {
	if s.tried+cost > maxTried || of.tried+cost > firstTried+triedPerByte*came {
		return false
	}
	s.tried += cost
	of.tried += cost
	return true
}
