package tlstap

import (
	"fmt"

	"anytls-inspect/capture/internal/tlsrec"
)

// Behind a gap, neither the next record's start nor its number is known. A
// search finds both by trial: what looks like a header is followed by a record
// that opens under one of the numbers that the missing bytes allow, or it is
// none. The AEAD tells right from wrong, up to a chance of 2⁻¹²⁸.
//
// It is bounded by
const (
	// maxScanned bytes, for each gap, that are looked through for a record's
	// start: three of the longest records, and so at least two starts;
	maxScanned = 64 << 10
	// maxTried bytes, for each gap, that trial opening reads, each trial counted
	// with tryCost more: 4,000 trials of the longest record, 130,000 of the
	// shortest, some tens of milliseconds; and
	maxTried = 64 << 20
	tryCost  = 480
	// firstTried bytes and triedPerByte for each byte that was fed, for all gaps
	// of a direction, so that no capture takes much longer than its size allows.
	firstTried   = 4 << 20
	triedPerByte = 64
)

// A search looks for the place where a side can be taken up again.
type search struct {
	cause   error // ErrGap or ErrNoKey
	lost    int64 // bytes from the last record that opened to buf's first byte
	inexact bool  // it is not known how many bytes are missing
	dropped int64 // how many records the lost bytes are, numbered or not; -1 if not known
	scanned int
	tried   int64
	openers []candidate
}

// A candidate is an opener that the next record may open with.
type candidate struct {
	opener *tlsrec.Opener
	epoch  epoch
	same   bool // it is the one of the last record that opened: its seq counts
}

func (s *search) err() error {
	return fmt.Errorf("%w, and nothing opens behind them", s.cause)
}

// seek looks for a record that opens in b, the first of what s holds, and
// returns how many of these bytes are done with: 0 where more are needed.
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

// pass gives up n more bytes: no record that opens starts in them.
func (o *Observer) pass(s *side, n int) {
	s.search.scanned += n
	s.search.lost += int64(n)
	s.offset += int64(n)
	s.unread += int64(n)
}

// plausible reports whether a protected record may begin with header.
func (o *Observer) plausible(header []byte) bool {
	typ, size := tlsrec.ContentType(header[0]), tlsrec.RecordLen(header)
	if o.info.Version == tlsrec.VersionTLS13 && typ != tlsrec.ApplicationData {
		return false
	}
	return typ >= tlsrec.AlertRecord && typ <= tlsrec.ApplicationData && header[1] == 3 && header[2] == 3 &&
		size >= o.params.Overhead() && size <= o.params.MaxRecord()
}

// candidates collects the openers that the next record of s may open with: of
// its epoch, of those behind it, and of the next keys. It waits for what it
// needs to know of them.
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

func (o *Observer) firstEpoch(s *side) epoch {
	if s.sealed {
		return s.epoch
	}
	return application // TLS 1.2, before ChangeCipherSpec
}

// numbers returns the first and the last of the numbers that a record behind
// lost bytes may have, in the order in which they are tried.
func (s *search) numbers(c *candidate, params *tlsrec.SuiteParams, lost int64) (from, to int64) {
	var base int64
	if c.same {
		base = int64(c.opener.Seq())
	}
	switch {
	case s.dropped >= 0: // but for the handshake's, and ChangeCipherSpecs, they are all
		return base + s.dropped, max(0, base+s.dropped-maxEpochRecords)
	case s.inexact:
		return base, base + maxTried/tryCost
	case c.same && c.epoch == application:
		from = lost / int64(params.MaxRecord())
	}
	return base + from, base + lost/int64(params.Overhead())
}

// match tries whether record, behind lost bytes, opens, and takes s up there.
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
			if typ, plaintext, ok := o.probe(c.opener, record, uint64(seq)); ok {
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

// afford counts the effort of a trial, and reports whether it may be made.
func (s *search) afford(of *side, cost int64) bool {
	if s.tried+cost > maxTried || of.tried+cost > firstTried+triedPerByte*of.fed {
		return false
	}
	s.tried += cost
	of.tried += cost
	return true
}

// resume takes s up at record, which opened with c as number seq.
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
