package tlstap

import (
	"fmt"

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
	// and triedPerByte how many more for each byte that was fed: so the time that a
	// capture takes is bounded by its size.
	firstTried   = 4 << 20
	triedPerByte = 64
)

// A search looks for the place where a side goes on.
//
// Behind a gap it is not known where the next record begins, nor what its number
// is. A search finds both by trial: where something looks like a header, it tries
// whether a record opens there, under each number that the missing bytes allow. The
// AEAD tells a right guess from a wrong one, but for a chance of 2⁻¹²⁸.
type search struct {
	cause   error // ErrGap or ErrNoKey
	lost    int64 // bytes between the last record that opened and buf's first byte
	inexact bool  // it is not known how many bytes are missing
	dropped int64 // how many records the lost bytes are; -1 where that is not known
	scanned int   // bytes
	tried   int64 // bytes
	openers []candidate
}

// A candidate is an opener that the next record may open with.
type candidate struct {
	opener *tlsrec.Opener
	epoch  epoch
	same   bool // it opened the last record: its number is known
}

// err returns the error of a search that finds nothing.
func (s *search) err() error {
	return fmt.Errorf("%w, and nothing opens behind them", s.cause)
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
	for n := range b {
		rest := b[n:]
		if search.scanned+n > maxScanned {
			s.at = s.offset + int64(n)
			o.stop(s, search.err())
			return 0
		}
		if len(rest) >= tlsrec.HeaderLen && !o.plausible(rest) {
			continue
		}
		if len(rest) < tlsrec.HeaderLen || len(rest) < tlsrec.RecordLen(rest) {
			o.pass(s, n)
			return n
		}
		record := rest[:tlsrec.RecordLen(rest)]
		if o.match(s, record, search.lost+int64(n)) {
			return n + len(record)
		}
		if !s.open() {
			return 0
		}
	}
	return 0
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
	if o.info.Version == tlsrec.VersionTLS13 && typ != tlsrec.ApplicationData {
		return false
	}
	return typ >= tlsrec.AlertRecord && typ <= tlsrec.ApplicationData && header[1] == 3 && header[2] == 3 &&
		size >= o.params.Overhead() && size <= o.params.MaxRecord()
}

// candidates collects the openers that the next record of s may open with: those of
// its epoch, of the epochs behind it, and of the keys behind a KeyUpdate. It makes
// s wait where one of their secrets is not known.
func (o *Observer) candidates(s *side) error {
	search := s.search
	if search.openers != nil {
		return nil
	}
	if o.params == nil {
		s.wait = waitHello
		return nil
	}
	if s.epoch == early && s.sealed && s.opener == nil && !o.judgeEarly(s) {
		return nil
	}
	var found []candidate
	for e := o.firstEpoch(s); e <= application; e++ {
		same := s.sealed && e == s.epoch
		opener := s.opener
		if !same || opener == nil {
			var err error
			if opener, err = o.openerOf(s, e); err != nil {
				return err
			}
		}
		if opener != nil {
			found = append(found, candidate{opener, e, same})
		} else if e != early && !o.final {
			s.wait = waitKey
			return nil
		}
	}
	if len(found) == 0 {
		o.missKey(s)
		return ErrNoKey
	}
	if o.info.Version == tlsrec.VersionTLS13 && s.epoch == application && s.opener != nil {
		next, err := s.opener.Next()
		if err != nil {
			return err
		}
		found = append(found, candidate{next, application, false})
	}
	search.openers = found
	return nil
}

// firstEpoch returns the first epoch that the next record of s may be of.
func (o *Observer) firstEpoch(s *side) epoch {
	if s.sealed {
		return s.epoch
	}
	return application // TLS 1.2, before ChangeCipherSpec
}

// numbers returns the first and the last of the numbers that a record behind so
// many lost bytes may have, in the order in which they are tried: downward where
// the first is the larger.
func (s *search) numbers(c *candidate, params *tlsrec.SuiteParams, lost int64) (from, to int64) {
	var base int64
	if c.same {
		base = int64(c.opener.Seq())
	}
	switch {
	case s.dropped >= 0: // all of these have numbers but ChangeCipherSpecs and the handshake's
		return base + s.dropped, max(0, base+s.dropped-maxEpochRecords)
	case s.inexact:
		return base, base + maxTried/tryCost
	case c.same && c.epoch == application:
		from = lost / int64(params.MaxRecord())
	}
	return base + from, base + lost/int64(params.Overhead())
}

// match tells whether record opens behind so many lost bytes. If so, s goes on
// there.
func (o *Observer) match(s *side, record []byte, lost int64) bool {
	search := s.search
	for i := range search.openers {
		c := &search.openers[i]
		seq, to := search.numbers(c, o.params, lost)
		step := int64(1)
		if to < seq {
			step = -1
		}
		for ; (to-seq)*step >= 0; seq += step {
			if !search.afford(s, int64(len(record)+tryCost)) {
				s.at = s.offset
				o.stop(s, search.err())
				return false
			}
			if typ, plaintext, ok := o.tryOpen(c.opener, record, uint64(seq)); ok {
				o.resume(s, c, seq, lost, record)
				if err := o.deliver(s, typ, plaintext); err != nil {
					o.fail(s, err)
				}
				return true
			}
		}
	}
	return false
}

// afford counts the cost of a trial, and tells whether it is within the bounds.
func (s *search) afford(of *side, cost int64) bool {
	if s.tried+cost > maxTried || of.tried+cost > firstTried+triedPerByte*of.fed {
		return false
	}
	s.tried += cost
	of.tried += cost
	return true
}

// resume lets s go on at record, which opened with c as number seq.
func (o *Observer) resume(s *side, c *candidate, seq, lost int64, record []byte) {
	search := s.search
	gap := Gap{Wire: lost, Records: -1, Plaintext: -1}
	if search.inexact {
		gap.Wire = -1
	}
	if c.same {
		gap.Records = seq - int64(c.opener.Seq())
		if !search.inexact && c.epoch != handshake {
			gap.Plaintext = lost - gap.Records*int64(c.opener.Overhead())
		}
	}
	skipped := lost - search.lost
	s.unread += skipped
	s.offset += skipped + int64(len(record))
	s.at = s.offset
	o.emit(s, Finding{Kind: Lost, Gap: gap, Err: search.cause})

	s.sealed, s.epoch, s.opener = true, c.epoch, c.opener
	s.opener.SetSeq(uint64(seq) + 1)
	s.search, s.skipped = nil, nil
	if !s.finished && s.epoch == application && (o.info.Version == tlsrec.VersionTLS13 || seq > 0) {
		o.finished(s)
	}
}
