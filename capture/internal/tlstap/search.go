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

// A search looks for the place where a half can be taken up again.
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

// seek looks for a record that opens in b, the first of what h holds, and
// returns how many of these bytes are done with: 0 where more are needed.
func (t *Tap) seek(h *half, b []byte) int {
	s := h.search
	h.wait = waitNone
	if err := t.candidates(h); err != nil {
		t.fail(h, err)
		return 0
	}
	if h.wait != waitNone {
		return 0
	}
	for n := range b {
		rest := b[n:]
		if s.scanned+n > maxScanned {
			h.at = h.offset + int64(n)
			t.stop(h, s.err())
			return 0
		}
		if len(rest) >= tlsrec.HeaderLen && !t.plausible(rest) {
			continue
		}
		if len(rest) < tlsrec.HeaderLen || len(rest) < tlsrec.RecordLen(rest) {
			t.pass(h, n)
			return n
		}
		record := rest[:tlsrec.RecordLen(rest)]
		if t.match(h, record, s.lost+int64(n)) {
			return n + len(record)
		}
		if !h.open() {
			return 0
		}
	}
	return 0
}

// pass gives up n more bytes: no record that opens starts in them.
func (t *Tap) pass(h *half, n int) {
	h.search.scanned += n
	h.search.lost += int64(n)
	h.offset += int64(n)
	h.unread += int64(n)
}

// plausible reports whether a protected record may begin with header.
func (t *Tap) plausible(header []byte) bool {
	typ, size := tlsrec.ContentType(header[0]), tlsrec.RecordLen(header)
	if t.info.Version == tlsrec.VersionTLS13 && typ != tlsrec.ApplicationData {
		return false
	}
	return typ >= tlsrec.AlertRecord && typ <= tlsrec.ApplicationData && header[1] == 3 && header[2] == 3 &&
		size >= t.params.Overhead() && size <= t.params.MaxRecord()
}

// candidates collects the openers that the next record of h may open with: of
// its epoch, of those behind it, and of the next keys. It waits for what it
// needs to know of them.
func (t *Tap) candidates(h *half) error {
	s := h.search
	if s.openers != nil {
		return nil
	}
	if t.params == nil {
		h.wait = waitHello
		return nil
	}
	if h.epoch == early && h.sealed && h.opener == nil && !t.judgeEarly(h) {
		return nil
	}
	var found []candidate
	for e := t.firstEpoch(h); e <= application; e++ {
		same := h.sealed && e == h.epoch
		opener := h.opener
		if !same || opener == nil {
			var err error
			if opener, err = t.openerOf(h, e); err != nil {
				return err
			}
		}
		if opener != nil {
			found = append(found, candidate{opener, e, same})
		} else if e != early && !t.final {
			h.wait = waitKey
			return nil
		}
	}
	if len(found) == 0 {
		t.missKey(h)
		return ErrNoKey
	}
	if t.info.Version == tlsrec.VersionTLS13 && h.epoch == application && h.opener != nil {
		next, err := h.opener.Next()
		if err != nil {
			return err
		}
		found = append(found, candidate{next, application, false})
	}
	s.openers = found
	return nil
}

func (t *Tap) firstEpoch(h *half) epoch {
	if h.sealed {
		return h.epoch
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

// match tries whether record, behind lost bytes, opens, and takes h up there.
func (t *Tap) match(h *half, record []byte, lost int64) bool {
	s := h.search
	for i := range s.openers {
		c := &s.openers[i]
		seq, to := s.numbers(c, t.params, lost)
		step := int64(1)
		if to < seq {
			step = -1
		}
		for ; (to-seq)*step >= 0; seq += step {
			if !s.afford(h, int64(len(record)+tryCost)) {
				h.at = h.offset
				t.stop(h, s.err())
				return false
			}
			if typ, plaintext, ok := t.probe(c.opener, record, uint64(seq)); ok {
				t.resume(h, c, seq, lost, record)
				if err := t.deliver(h, typ, plaintext); err != nil {
					t.fail(h, err)
				}
				return true
			}
		}
	}
	return false
}

// afford counts the effort of a trial, and reports whether it may be made.
func (s *search) afford(h *half, cost int64) bool {
	if s.tried+cost > maxTried || h.tried+cost > firstTried+triedPerByte*h.fed {
		return false
	}
	s.tried += cost
	h.tried += cost
	return true
}

// resume takes h up at record, which opened with c as number seq.
func (t *Tap) resume(h *half, c *candidate, seq, lost int64, record []byte) {
	s := h.search
	gap := Gap{Wire: lost, Records: -1, Plaintext: -1}
	if s.inexact {
		gap.Wire = -1
	}
	if c.same {
		gap.Records = seq - int64(c.opener.Seq())
		if !s.inexact && c.epoch != handshake {
			gap.Plaintext = lost - gap.Records*int64(c.opener.Overhead())
		}
	}
	skipped := lost - s.lost
	h.unread += skipped
	h.offset += skipped + int64(len(record))
	h.at = h.offset
	t.send(h, Event{Kind: Lost, Gap: gap, Err: s.cause})

	h.sealed, h.epoch, h.opener = true, c.epoch, c.opener
	h.opener.SetSeq(uint64(seq) + 1)
	h.search, h.skipped = nil, nil
	if !h.finished && h.epoch == application && (t.info.Version == tlsrec.VersionTLS13 || seq > 0) {
		t.finished(h)
	}
}
